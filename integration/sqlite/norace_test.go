//go:build !race

package sqlite_test

const (
	someSeeds   = 20
	richQueries = 1000
)
