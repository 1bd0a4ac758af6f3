//go:build race

package sim

// someSeeds are how many are tried where the race detector makes each slow.
const someSeeds = 40
