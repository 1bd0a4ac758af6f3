package parser

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/millrace/millrace/libs/sql/ast"
)

// ScriptStatement is one statement of a script: a SELECT, perhaps with EXPLAIN, or a
// command.
type ScriptStatement struct {
	// ID is the query's: of CREATE MATERIALIZED VIEW the name, else from the comment
	// -- name: id before it, else q1, q2, … by position among the queries. Other commands are
	// no queries and have none.
	ID      string
	Named   bool           // ID is written in the script
	SQL     string         // its text from its first word on, without the semicolon
	Stmt    *ast.Statement // positions count from the beginning of SQL; nil: it is a command
	Command ast.Command    // the same; nil: it is a SELECT
	Offset  ast.Pos        // of SQL in the script: see [ast.Error.In]
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
	queries := 0
	for _, part := range parts {
		s := ScriptStatement{SQL: src[part.from:part.to], Offset: part.from}
		stmt, cmd, err := parseAny(s.SQL)
		if err != nil {
			return nil, err.In(src, s.Offset)
		}
		s.Stmt, s.Command = stmt, cmd
		if err := part.check(&s, src); err != nil {
			return nil, err
		}
		view, isView := s.Command.(*ast.CreateMaterializedView)
		if s.Command == nil || isView {
			queries++
			at := part.nameAt
			switch {
			case isView:
				s.ID, at = view.Name.Name, part.from+view.Name.At
			case part.name != "":
				s.ID = part.name
			default:
				s.ID, at = fmt.Sprintf("q%d", queries), part.from
			}
			s.Named = isView || part.name != ""
			if !idPattern.MatchString(s.ID) {
				return nil, ast.NewError(src, at, fmt.Sprintf("%q cannot be the id of a query", s.ID)).
					WithHint("an id has 1 to 128 characters of A-Z a-z 0-9 . _ -")
			}
			if seen[s.ID] {
				return nil, ast.NewError(src, at, fmt.Sprintf("two queries have the id %s", s.ID)).
					WithHint("name each query by a comment before it: -- name: some-id")
			}
			seen[s.ID] = true
		}
		out = append(out, s)
	}
	return out, nil
}

// check refuses a name before what has another, or none.
func (p *part) check(s *ScriptStatement, src string) error {
	if p.name == "" || s.Command == nil {
		return nil
	}
	if view, ok := s.Command.(*ast.CreateMaterializedView); ok {
		if view.Name.Name == p.name {
			return nil
		}
		return ast.NewError(src, p.nameAt, fmt.Sprintf("the comment calls the query %s, the statement %s", p.name, view.Name.Name)).
			WithHint("leave the comment out")
	}
	return ast.NewError(src, p.nameAt, s.Command.Verb()+" is no query and has no id").
		WithHint("leave the comment out")
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
