package ast

import "github.com/millrace/millrace/libs/sql/spelling"

// Nearest is [spelling.Nearest].
func Nearest(word string, candidates []string) (string, bool) {
	return spelling.Nearest(word, candidates)
}
