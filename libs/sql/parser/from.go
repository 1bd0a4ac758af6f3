package parser

import (
	"strings"

	"github.com/millrace/millrace/libs/sql/ast"
)

// from = source [[AS] alias [( column, … )]] [TABLESAMPLE …] {unnesting}.
// source = stream | ( query ) | ( VALUES … ) | window-function.
func (p *parser) from(f *ast.From) *ast.Error {
	f.At = p.tok.at
	var err *ast.Error
	switch {
	case p.tok.is("("):
		err = p.fromParen(f)
	case p.tok.is("table") && p.peek.is("("):
		p.advance()
		open := p.tok.at
		p.advance()
		err = p.window(f)
		if err == nil {
			err = p.closes(open)
		}
	case p.tok.is("lateral") && (p.peek.is("(") || p.peek.is("unnest")):
		return p.lateral()
	case p.tok.kind == word && p.peek.is("("):
		err = p.window(f)
	default:
		f.Stream, err = p.stream()
	}
	if err != nil {
		return err
	}
	if f.Alias, f.Columns, err = p.correlation(); err != nil {
		return err
	}
	if f.Sample, err = p.sample(); err != nil {
		return err
	}
	for p.tok.is(",") || p.tok.is("cross") {
		if err := p.unnesting(f); err != nil {
			return err
		}
	}
	return nil
}

// fromParen = ( query ) | ( VALUES … ).
func (p *parser) fromParen(f *ast.From) (err *ast.Error) {
	switch {
	case p.peek.is("select") || p.peek.is("with"):
		f.Query, err = p.subquery()
	case p.peek.is("values"):
		f.Values, err = p.values()
	default:
		p.advance()
		err = hinted(p.expected("SELECT", "WITH", "VALUES"), "the name of a stream stands without parentheses")
	}
	return err
}

// correlation = [[AS] alias [( column, … )]].
func (p *parser) correlation() (alias *ast.Ident, columns []*ast.Ident, err *ast.Error) {
	if alias, err = p.alias(); alias == nil || err != nil || !p.tok.is("(") {
		return alias, nil, err
	}
	if alias == p.bare {
		what := append([]string{","}, clauses[:]...)
		if _, near := ast.Nearest(alias.Name, firstWords(what)); near && !alias.Quoted {
			wrong := p.fail(p.tok.at, "expected %s, found %s", oneOf(what), p.tok)
			wrong.Expected = oneOf(what)
			return nil, nil, p.blameBare(wrong, what)
		}
	}
	columns, err = p.columnNames()
	return alias, columns, err
}

// stream = name.
func (p *parser) stream() (*ast.Ident, *ast.Error) {
	id, err := p.newName("the name of a stream")
	if err != nil {
		return nil, err
	}
	if p.tok.is(".") {
		return nil, p.fail(p.tok.at, "the name of a stream has no dot").WithHint("write FROM %s", clip(p.peek.text))
	}
	if p.tok.is("[") {
		return nil, p.refuse(p.tok.at, "a part of a stream, %s[a:b], is not supported", id).
			WithHint("bounds stand in WHERE: created_at >= '2016-10-01' AND created_at < '2016-10-02'")
	}
	return id, nil
}

// window = TUMBLE ( [TABLE] stream , DESCRIPTOR(time) | time , INTERVAL … ).
func (p *parser) window(f *ast.From) *ast.Error {
	name := p.tok
	if name.kind != word {
		return p.expected("TUMBLE")
	}
	w := &ast.Window{Func: strings.ToUpper(name.text), At: name.at}
	switch name.value {
	case "tumble":
	case "hop", "session", "cumulate":
		return p.refuse(name.at, "%s is not supported yet", w.Func).
			WithHint("TUMBLE(tweets, created_at, INTERVAL '1' MINUTE) cuts a stream into windows")
	case "unnest":
		return p.fail(name.at, "UNNEST stands beside a stream").
			WithHint("write FROM tweets CROSS JOIN UNNEST(hashtags) AS h(tag)")
	case "values":
		return p.fail(name.at, "VALUES stands in parentheses").WithHint("write FROM (VALUES (1, 'a'), (2, 'b')) AS t(n, name)")
	default:
		err := p.fail(name.at, "unknown window function %s", name.text)
		err.Expected, err.Found = "TUMBLE", name.String()
		if near, ok := ast.Nearest(name.text, []string{"TUMBLE"}); ok {
			return err.WithHint("did you mean %s?", near)
		}
		return err.WithHint("TUMBLE(tweets, created_at, INTERVAL '1' MINUTE) cuts a stream into windows")
	}
	p.advance()
	open := p.tok.at
	if err := p.need("("); err != nil {
		return err
	}
	f.Window = w
	if err := p.windowArgs(f, w); err != nil {
		return err
	}
	return p.closes(open)
}

func (p *parser) windowArgs(f *ast.From, w *ast.Window) (err *ast.Error) {
	if p.tok.is("table") && (p.peek.kind == word || p.peek.kind == quoted) {
		p.advance()
	}
	if p.tok.is("(") {
		return p.refuse(p.tok.at, "a window over a query is not supported yet").
			WithHint("give the query a name: WITH x AS (SELECT …) SELECT … FROM TUMBLE(x, created_at, INTERVAL '1' MINUTE), or CREATE VIEW x")
	}
	if f.Stream, err = p.stream(); err != nil {
		return err
	}
	if err = p.need(","); err != nil {
		return err
	}
	if w.Time, err = p.descriptor(); err != nil {
		return err
	}
	if err = p.need(","); err != nil {
		return err
	}
	if w.Size, err = p.windowSize(); err != nil {
		return err
	}
	if p.tok.is(",") {
		return p.refuse(p.tok.at, "an offset of the window is not supported yet").
			WithHint("TUMBLE takes the stream, the time column and the size")
	}
	return nil
}

func (p *parser) descriptor() (*ast.Name, *ast.Error) {
	wrapped := p.tok.is("descriptor") && p.peek.is("(")
	if wrapped {
		p.advance()
		p.advance()
	}
	if p.tok.kind != quoted && (p.tok.kind != word || ast.Reserved(p.tok.value)) {
		return nil, p.expected("DESCRIPTOR(column)")
	}
	name, err := p.name()
	if err == nil && wrapped {
		err = p.need(")")
	}
	return name, err
}
