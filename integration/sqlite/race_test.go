//go:build race

package sqlite_test

// someSeeds are how many are tried where the race detector makes each slow.
const someSeeds = 4
