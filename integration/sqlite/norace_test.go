//go:build !race

package sqlite_test

const someSeeds = 20
