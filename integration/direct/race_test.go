//go:build race

package direct_test

// What is tried where the race detector makes each slow.
const (
	someSeeds   = 1
	manyQueries = 400
	richQueries = 500
)
