//go:build !race

package direct_test

const (
	someSeeds   = 4
	manyQueries = 2000
	richQueries = 5000
)
