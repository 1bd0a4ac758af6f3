package ast

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Error is what is wrong with a query, told to whoever wrote it: where, what,
// and what to do. The parser and the binder return no other errors.
type Error struct {
	Pos      Pos      // byte offset into Source
	Line     int      // from 1
	Col      int      // from 1, in code points
	Msg      string   // "expected FROM, found 'tweets'"
	Expected string   // what could have stood here; "" where that is no list
	Found    string   // what stands here instead
	Hint     string   // what to write instead: "did you mean lang?"
	Code     Code     // SQLSTATE
	More     []*Error // what else is wrong, independently, with the same text
	Source   string   // the whole text
}

// NewError returns an error at pos of src, with [CodeSyntax]; line and column follow
// from the position.
func NewError(src string, pos Pos, msg string) *Error {
	e := &Error{Pos: pos, Msg: Printable(msg), Source: src, Code: CodeSyntax}
	e.Line, e.Col = Locate(src, pos)
	return e
}

// WithHint returns e with the hint, formatted as by [fmt.Sprintf].
func (e *Error) WithHint(format string, args ...any) *Error {
	e.Hint = Printable(fmt.Sprintf(format, args...))
	return e
}

// In returns the same error seen in src, a longer text in which e's own text
// begins at offset: how an error in one statement is told as one of a script.
func (e *Error) In(src string, offset Pos) *Error {
	moved := *e
	moved.Source = src
	moved.Pos += offset
	moved.Line, moved.Col = Locate(src, moved.Pos)
	moved.More = nil
	for _, more := range e.More {
		moved.More = append(moved.More, more.In(src, offset))
	}
	return &moved
}

// Error returns line:col: msg.
func (e *Error) Error() string {
	return fmt.Sprintf("%d:%d: %s", e.Line, e.Col, e.Msg)
}

// Render returns the message, the source line with a caret under the place, and
// the hint, ending in a line break; and the same of what else is wrong.
//
//	1:8: unknown column lagn
//	  1 | SELECT lagn FROM tweets
//	    |        ^
//	hint: did you mean lang?
func (e *Error) Render() string {
	var b strings.Builder
	b.WriteString(e.Error())
	b.WriteByte('\n')
	line, caret := excerpt(e.Source, e.Pos)
	gutter := fmt.Sprintf("%3d", e.Line)
	fmt.Fprintf(&b, "%s | %s\n", gutter, line)
	fmt.Fprintf(&b, "%s | %s^\n", strings.Repeat(" ", len(gutter)), strings.Repeat(" ", caret))
	if e.Hint != "" {
		b.WriteString("hint: " + Printable(e.Hint) + "\n")
	}
	for _, more := range e.More {
		b.WriteString(more.Render())
	}
	return b.String()
}

// Printable replaces what a terminal would not show as one character, such as
// control characters that came in with the query's text, by dots.
func Printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsGraphic(r) && r != utf8.RuneError {
			return r
		}
		return '·'
	}, text)
}

// Locate returns the line and the column, both from 1 and the column in code
// points, of the byte at pos. A position beyond the end is the end.
func Locate(src string, pos Pos) (line, col int) {
	at := clamp(src, pos)
	start := strings.LastIndexByte(src[:at], '\n') + 1
	return 1 + strings.Count(src[:start], "\n"), 1 + utf8.RuneCountInString(src[start:at])
}

func clamp(src string, pos Pos) int {
	return max(0, min(int(pos), len(src)))
}
