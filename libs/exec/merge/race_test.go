//go:build race

package merge

// raced says that the race detector watches, under which much takes ten times as long.
const raced = true
