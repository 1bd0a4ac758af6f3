package admission

import (
	"errors"
	"strings"

	"github.com/millrace/millrace/libs/sql/ast"
	"github.com/millrace/millrace/libs/wire"
	"github.com/millrace/millrace/services/query-parser/internal/legacy"
)

// problem is what is wrong with a submission, as its author is told.
type problem struct {
	position, line, column   int // line and column from 1, 0: no place
	message, expected, found string
	hint, excerpt            string
}

// problemOf tells an error of the parsers, with its place where it has one.
func problemOf(err error) *problem {
	var e *ast.Error
	if !errors.As(err, &e) {
		return &problem{message: strings.TrimPrefix(err.Error(), wire.ErrInvalid.Error()+": ")}
	}
	return &problem{
		position: int(e.Pos), line: e.Line, column: e.Col, message: e.Msg, expected: e.Expected, found: e.Found,
		hint: e.Hint, excerpt: excerpt(e),
	}
}

// problemOfValue tells why a submission could not be read at all, with the place
// where it stops being JSON if that is why.
func problemOfValue(value []byte, err error) *problem {
	if strings.HasPrefix(strings.TrimLeft(string(value), " \t\r\n"), "{") {
		if syntax := legacy.Syntax(string(value)); syntax != nil {
			return problemOf(syntax)
		}
	}
	return problemOf(err)
}

// excerpt returns the source line of an error with the caret below.
func excerpt(e *ast.Error) string {
	_, rest, _ := strings.Cut(e.Render(), "\n")
	source, rest, _ := strings.Cut(rest, "\n")
	caret, _, _ := strings.Cut(rest, "\n")
	return source + "\n" + caret
}

// maxText bounds the bytes of a text of a status record: a query may be long.
const maxText = 4 << 10

func (p *problem) status() *wire.Status {
	return &wire.Status{
		Position: p.position, Line: p.line, Column: p.column, Message: truncate(p.message, maxText),
		Expected: truncate(p.expected, maxText), Found: truncate(p.found, maxText), Hint: truncate(p.hint, maxText),
		Excerpt: truncate(p.excerpt, maxText),
	}
}
