//go:build !race

package sim

const someSeeds = 300
