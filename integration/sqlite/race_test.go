//go:build race

package sqlite_test

// How many are tried where the race detector makes each slow.
const (
	someSeeds   = 4
	richQueries = 100
)
