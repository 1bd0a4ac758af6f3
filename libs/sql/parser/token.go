package parser

import (
	"strings"
	"unicode"

	"github.com/millrace/millrace/libs/sql/ast"
)

type kind uint8

const (
	end    kind = iota // of the text
	word               // an unquoted identifier or keyword
	quoted             // a "quoted" identifier
	number             // without sign
	str                // a 'string'
	symbol             // an operator or punctuation
	bad                // what cannot be read: err says why
)

// token is one lexeme. Comments and white space are none.
type token struct {
	kind  kind
	text  string // as written
	value string // lower case of a word; content of what is quoted
	at    ast.Pos
	err   *ast.Error
}

func (t token) end() ast.Pos { return t.at + ast.Pos(len(t.text)) }

// is reports whether t is the keyword (in lower case) or the symbol s.
func (t token) is(s string) bool {
	return t.kind == word && t.value == s || t.kind == symbol && t.text == s
}

// String names the token in messages: found "lang".
func (t token) String() string {
	switch t.kind {
	case end:
		return "end of query"
	case str, quoted, number:
		return clip(t.text)
	default:
		return `"` + clip(t.text) + `"`
	}
}

// clip returns the beginning of s, one line of it at most, for a message.
func clip(s string) string {
	const most = 40 // code points
	n := 0
	for i, r := range s {
		if n++; n > most || r == '\n' || r == '\r' {
			return ast.Printable(s[:i]) + "…"
		}
	}
	return ast.Printable(s)
}

// oneOf spells a list of what could stand in a place: A, B or C. Punctuation
// is put in quotes.
func oneOf(what []string) string {
	names := make([]string, len(what))
	for i, w := range what {
		names[i] = w
		if !strings.ContainsFunc(w, unicode.IsLetter) {
			names[i] = `"` + w + `"`
		}
	}
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " or " + names[last]
}
