//go:build !race

package merge

const raced = false
