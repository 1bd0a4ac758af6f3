//go:build !race

package direct_test

const someSeeds = 4
