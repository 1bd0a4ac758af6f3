package submission

import (
	"errors"
	"fmt"
	"strings"

	"github.com/millrace/millrace/libs/sql/ast"
	"github.com/millrace/millrace/libs/sql/legacy"
	"github.com/millrace/millrace/libs/wire"
)

// Problem is what is wrong with a submission, as its author is told.
type Problem struct {
	Message string
	Hint    string // "": there is none

	// Where the text is wrong: in the SQL, or in the JSON of a submission that is
	// no JSON or of the older query form.
	Position        int // byte offset
	Line, Column    int // from 1, Column in characters; 0: at no place
	Expected, Found string
	Excerpt         string // the source line and a caret below it

	Code string       // SQLSTATE; "": the text is not what is wrong
	More []wire.Fault // what else is wrong, independently
}

// Error returns the message, after line:column: where there is a place.
func (p *Problem) Error() string {
	if p.Line == 0 {
		return p.Message
	}
	return (&ast.Error{Line: p.Line, Col: p.Column, Msg: p.Message}).Error()
}

// ProblemOf tells any error as its author is told, with its place where it is an
// [*ast.Error].
func ProblemOf(err error) *Problem { return problemOf(err) }

// problemOf tells an error of the parsers, with its place where it has one.
func problemOf(err error) *Problem {
	var e *ast.Error
	if !errors.As(err, &e) {
		return &Problem{Message: strings.TrimPrefix(err.Error(), wire.ErrInvalid.Error()+": "), Hint: fieldHint(err)}
	}
	p := &Problem{
		Position: int(e.Pos), Line: e.Line, Column: e.Col, Message: e.Msg, Expected: e.Expected, Found: e.Found,
		Hint: e.Hint, Excerpt: excerpt(e), Code: string(e.Code),
	}
	for _, m := range e.More {
		p.More = append(p.More, wire.Fault{Code: string(m.Code), Message: m.Msg, Line: m.Line, Column: m.Col, Hint: m.Hint, Excerpt: excerpt(m)})
	}
	return p
}

// fieldHint suggests the field that was meant by one that is not known.
func fieldHint(err error) string {
	var s *wire.SubmissionError
	if !errors.As(err, &s) || s.Field == "" {
		return ""
	}
	if near, ok := ast.Nearest(s.Field, s.Known); ok {
		return fmt.Sprintf("did you mean %q?", near)
	}
	return ""
}

// problemOfValue tells why a submission could not be read at all, with the place
// where it stops being JSON if that is why.
func problemOfValue(value []byte, err error) *Problem {
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
