package client

import (
	"fmt"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/millrace/millrace/libs/sql/ast"
	"github.com/millrace/millrace/libs/wire"
)

// Problem is why the service refused something (RFC 9457). Where SQL that was
// submitted is wrong it wraps an [*ast.Error], which tells the place.
type Problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`

	Line     int    `json:"line"`   // from 1; 0: the problem is at no place
	Column   int    `json:"column"` // from 1, in characters
	Expected string `json:"expected"`
	Found    string `json:"found"`
	Hint     string `json:"hint"`
	Excerpt  string `json:"excerpt"` // the source line and a caret below it

	Code string       `json:"code"` // SQLSTATE
	More []wire.Fault `json:"more"` // what else is wrong, independently

	Epoch *int64 `json:"epoch"` // of the submission, where there was one

	sql string // that was submitted
}

// Names of problems that callers tell apart.
const (
	BadRequest  = "bad-request"
	InvalidSQL  = "invalid-sql"
	Rejected    = "rejected"
	NotFound    = "not-found"
	NotLive     = "not-live"
	Unavailable = "unavailable"
)

const typePrefix = "urn:millrace:problem:"

// Named reports whether the problem has the name.
func (p *Problem) Named(name string) bool { return p.Type == typePrefix+name }

// Invalid reports whether what was asked for can never be done: it is for the
// caller to change.
func (p *Problem) Invalid() bool {
	return p.Named(InvalidSQL) || p.Named(BadRequest) || p.Named(Rejected) && p.Line > 0
}

// Error returns one line: line:col: detail where SQL is wrong, else title and
// detail.
func (p *Problem) Error() string {
	switch {
	case p.Line > 0:
		return fmt.Sprintf("%d:%d: %s", p.Line, p.Column, p.Detail)
	case p.Detail == "":
		return p.Title
	default:
		return lower(p.Title) + ": " + p.Detail
	}
}

// Render returns the message with the source line, a caret under the place and
// the hint, where there are some.
func (p *Problem) Render() string {
	var b strings.Builder
	b.WriteString(p.Error() + "\n")
	if p.Excerpt != "" {
		b.WriteString(strings.TrimRight(p.Excerpt, "\n") + "\n")
	}
	if p.Hint != "" {
		b.WriteString("hint: " + p.Hint + "\n")
	}
	for _, m := range p.More {
		one := Problem{Detail: m.Message, Line: m.Line, Column: m.Column, Hint: m.Hint, Excerpt: m.Excerpt}
		b.WriteString(one.Render())
	}
	return b.String()
}

// Unwrap returns the error in the SQL as the parser tells it, nil where there is
// none.
func (p *Problem) Unwrap() error {
	if p.Line < 1 || p.sql == "" {
		return nil
	}
	e := ast.NewError(p.sql, place(p.sql, p.Line, p.Column), p.Detail).WithHint("%s", p.Hint).WithCode(ast.Code(p.Code))
	e.Expected, e.Found = p.Expected, p.Found
	for _, m := range p.More {
		e.More = append(e.More, ast.NewError(p.sql, place(p.sql, m.Line, m.Column), m.Message).WithHint("%s", m.Hint).WithCode(ast.Code(m.Code)))
	}
	return e
}

// place returns the offset of a line and column, both from 1, the column in
// characters: what [ast.Locate] undoes.
func place(src string, line, column int) ast.Pos {
	at := 0
	for range line - 1 {
		i := strings.IndexByte(src[at:], '\n')
		if i < 0 {
			return ast.Pos(len(src))
		}
		at += i + 1
	}
	for range column - 1 {
		_, size := utf8.DecodeRuneInString(src[at:])
		at += size
	}
	return ast.Pos(at)
}

// lower makes the first letter of a title small, as it is told after a colon.
func lower(title string) string {
	if title == "" {
		return ""
	}
	return strings.ToLower(title[:1]) + title[1:]
}

// checkID refuses what can be no query's id before it becomes part of an
// address. "." and ".." are ids, but not in addresses.
func checkID(id string) error {
	if wire.ValidID(id) && id != "." && id != ".." {
		return nil
	}
	return &Problem{
		Type: typePrefix + BadRequest, Title: "The id is not possible", Status: http.StatusBadRequest,
		Detail: fmt.Sprintf("%.140q: expected 1 to 128 of A-Z a-z 0-9 . _ -", id),
	}
}
