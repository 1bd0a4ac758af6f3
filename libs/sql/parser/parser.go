package parser

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/millrace/millrace/libs/sql/ast"
)

// Bounds of one statement.
const (
	MaxText  = 64 << 10 // bytes
	MaxDepth = 200      // parentheses and NOTs within each other
	MaxList  = 10_000   // members of an IN list, items of any other list
)

// Parse reads one SELECT statement; a semicolon may follow it. Every error is
// an [*ast.Error].
func Parse(src string) (*ast.Statement, error) {
	p, err := open(src)
	if err != nil {
		return nil, err
	}
	stmt, err := p.statement()
	if err != nil {
		return nil, err
	}
	return stmt, nil
}

// ParseAny reads one SELECT statement, EXPLAIN or command, whichever it is: the others
// are nil. A semicolon may follow it. Every error is an [*ast.Error].
func ParseAny(src string) (*ast.Statement, ast.Command, error) {
	stmt, cmd, err := parseAny(src)
	if err != nil {
		return nil, nil, err
	}
	return stmt, cmd, nil
}

func parseAny(src string) (*ast.Statement, ast.Command, *ast.Error) {
	p, err := open(src)
	if err != nil {
		return nil, nil, err
	}
	cmd, err := p.command()
	if cmd != nil || err != nil {
		return nil, cmd, err
	}
	stmt, err := p.statement()
	return stmt, nil, err
}

// open returns a parser at the first token of src.
func open(src string) (*parser, *ast.Error) {
	if len(src) > MaxText {
		return nil, ast.NewError(src, MaxText, fmt.Sprintf("the query has %d bytes, more than %d", len(src), MaxText)).WithCode(ast.CodeLimit).
			WithHint("split it into several queries")
	}
	if !utf8.ValidString(src) {
		return nil, ast.NewError(src, firstInvalid(src), "the query is not valid UTF-8").WithCode(ast.CodeText)
	}
	p := &parser{src: src, lex: lexer{src: src}}
	p.advance()
	p.advance()
	return p, nil
}

func firstInvalid(src string) ast.Pos {
	for i := 0; i < len(src); {
		r, size := utf8.DecodeRuneInString(src[i:])
		if r == utf8.RuneError && size == 1 {
			return ast.Pos(i)
		}
		i += size
	}
	return ast.Pos(len(src))
}

// parser is the state of reading one statement. Its methods return an
// *ast.Error, nil where all went well.
type parser struct {
	src   string
	lex   lexer
	tok   token // the one to be read
	peek  token // the one after it
	prev  token // the one before it
	depth int

	// bare is the last alias that was written without AS: perhaps a misspelt
	// keyword.
	bare *ast.Ident

	cases int // CASEs that are open here
}

func (p *parser) advance() {
	p.prev, p.tok, p.peek = p.tok, p.peek, p.lex.next()
}

// take reads the keyword or symbol s if it stands here.
func (p *parser) take(s string) bool {
	if !p.tok.is(s) {
		return false
	}
	p.advance()
	return true
}

// need reads the keyword or symbol s, which must stand here.
func (p *parser) need(s string) *ast.Error {
	if p.take(s) {
		return nil
	}
	return p.expected(strings.ToUpper(s))
}

// fail returns an error at pos.
func (p *parser) fail(pos ast.Pos, format string, args ...any) *ast.Error {
	return ast.NewError(p.src, pos, fmt.Sprintf(format, args...))
}

// refuse returns an error about what SQL has and Millrace has not.
func (p *parser) refuse(pos ast.Pos, format string, args ...any) *ast.Error {
	return p.fail(pos, format, args...).WithCode(ast.CodeUnsupported)
}

// expected returns the error of finding none of what here. Keywords among what
// are in upper case; a word that resembles one of them gets a hint.
func (p *parser) expected(what ...string) *ast.Error {
	if p.tok.kind == bad {
		return p.tok.err
	}
	if err := p.unsupported(); err != nil {
		return err
	}
	err := p.fail(p.tok.at, "expected %s, found %s", oneOf(what), p.tok)
	err.Expected, err.Found = oneOf(what), p.tok.String()
	switch p.tok.kind {
	case word:
		if near, ok := ast.Nearest(p.tok.text, firstWords(what)); ok && !strings.EqualFold(near, p.tok.text) {
			return err.WithHint("did you mean %s?", near)
		}
	case symbol:
		if hint := symbolHint(p.tok.text); hint != "" {
			return err.WithHint("%s", hint)
		}
	case str:
		if p.prev.kind == str && slices.Contains(what, "FROM") {
			return err.WithHint("texts are joined by ||")
		}
	default:
	}
	return p.blameBare(err, what)
}

// blameBare moves the error to a preceding alias without AS that resembles one
// of the expected keywords: SELECT lang FORM tweets.
func (p *parser) blameBare(err *ast.Error, what []string) *ast.Error {
	if p.bare == nil || p.bare.Quoted || p.bare.At != p.prev.at {
		return err
	}
	near, ok := ast.Nearest(p.bare.Name, firstWords(what))
	if !ok {
		return err
	}
	moved := p.fail(p.bare.At, "expected %s, found %s", err.Expected, p.prev)
	moved.Expected, moved.Found = err.Expected, p.prev.String()
	return moved.WithHint("did you mean %s?", near)
}

// firstWords returns the keywords of what, of GROUP BY only GROUP.
func firstWords(what []string) []string {
	var words []string
	for _, w := range what {
		first, _, _ := strings.Cut(w, " ")
		if first != "" && first == strings.ToUpper(first) && first[0] >= 'A' {
			words = append(words, first)
		}
	}
	return words
}

func symbolHint(s string) string {
	switch s {
	case "==":
		return "equality is written with one ="
	case "&&":
		return "write AND; x = ANY(array) tests membership"
	case "=>":
		return "greater or equal is written >=; arguments stand in their order, without names"
	case ":=":
		return "equality is written ="
	case "!":
		return "write NOT"
	default:
		return ""
	}
}

// enter counts one level of nesting; leave ends it.
func (p *parser) enter() *ast.Error {
	if p.depth++; p.depth > MaxDepth {
		return p.fail(p.tok.at, "more than %d levels of parentheses and NOT", MaxDepth).
			WithHint("a AND b AND c needs no parentheses")
	}
	return nil
}

func (p *parser) leave() { p.depth-- }
