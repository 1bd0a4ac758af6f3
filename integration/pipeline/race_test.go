//go:build race

package pipeline_test

// racing says that the race detector makes everything many times slower: what is
// compared is then less, and goes the same ways.
const racing = true
