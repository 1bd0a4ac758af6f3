package parser

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/millrace/millrace/libs/sql/ast"
)

// ScriptStatement is one statement of a script.
type ScriptStatement struct {
	ID     string         // from the comment -- name: id before it, else q1, q2, … by position
	Named  bool           // ID is from a comment
	SQL    string         // its text from SELECT on, without the semicolon
	Stmt   *ast.Statement // positions count from the beginning of SQL
	Offset ast.Pos        // of SQL in the script: see [ast.Error.In]
}

// The ids that a query may have, and the comment that gives one.
var (
	idPattern   = regexp.MustCompile(`^[A-Za-z0-9._-]{1,128}$`)
	nameComment = regexp.MustCompile(`^--\s*name:\s*(.*?)\s*$`)
)

// ParseScript reads statements that end with semicolons, of which the last may
// lack its own. Errors are placed in the whole script. A script without
// statements is empty.
func ParseScript(src string) ([]ScriptStatement, error) {
	parts, err := split(src)
	if err != nil {
		return nil, err
	}
	out := make([]ScriptStatement, 0, len(parts))
	seen := make(map[string]bool, len(parts))
	for i, part := range parts {
		s := ScriptStatement{ID: part.name, Named: part.name != "", SQL: src[part.from:part.to], Offset: part.from}
		at := part.nameAt
		if s.ID == "" {
			s.ID, at = fmt.Sprintf("q%d", i+1), part.from
		}
		if !idPattern.MatchString(s.ID) {
			return nil, ast.NewError(src, at, fmt.Sprintf("%q cannot be the id of a query", s.ID)).
				WithHint("an id has 1 to 128 characters of A-Z a-z 0-9 . _ -")
		}
		if seen[s.ID] {
			return nil, ast.NewError(src, at, fmt.Sprintf("two queries have the id %s", s.ID)).
				WithHint("name each query by a comment before it: -- name: some-id")
		}
		seen[s.ID] = true
		stmt, err := parseAt(src, s.SQL, s.Offset)
		if err != nil {
			return nil, err
		}
		s.Stmt = stmt
		out = append(out, s)
	}
	return out, nil
}

func parseAt(src, sql string, offset ast.Pos) (*ast.Statement, error) {
	stmt, err := parse(sql)
	if err != nil {
		return nil, err.In(src, offset)
	}
	return stmt, nil
}

// part is where one statement stands in a script.
type part struct {
	from, to ast.Pos
	name     string
	nameAt   ast.Pos
}

// split finds the statements of a script by its tokens, so that semicolons in
// strings and comments do not count.
func split(src string) ([]part, error) {
	var parts []part
	var cur part
	open := false // a token of cur has been seen
	lex := lexer{src: src}
	lex.comment = func(text string, at ast.Pos) {
		if m := nameComment.FindStringSubmatch(strings.TrimRight(text, "\r")); m != nil && !open {
			cur.name, cur.nameAt = m[1], at
		}
	}
	for {
		t := lex.next()
		switch {
		case t.kind == bad:
			return nil, t.err
		case t.kind == end || t.is(";"):
			if open {
				parts = append(parts, cur)
				cur, open = part{}, false
			}
			if t.kind == end {
				return parts, nil
			}
		default:
			if !open {
				cur.from, open = t.at, true
			}
			cur.to = t.end()
		}
	}
}
