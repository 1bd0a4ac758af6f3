package parser

import (
	"github.com/millrace/millrace/libs/sql/ast"
)

// selectList = [DISTINCT | ALL] item {, item}.
func (p *parser) selectList(s *ast.Statement) *ast.Error {
	if p.tok.is("distinct") {
		s.Distinct, s.DistinctAt = true, p.tok.at
		p.advance()
		if p.tok.is("on") && p.peek.is("(") {
			return p.refuse(p.tok.at, "DISTINCT ON is not supported").
				WithHint("GROUP BY with min, max or first gives one row per group")
		}
	} else {
		p.takeAll()
	}
	for {
		item, err := p.selectItem()
		if err != nil {
			return err
		}
		if s.Select = append(s.Select, item); len(s.Select) > MaxList {
			return p.fail(item.Pos(), "more than %d output columns", MaxList)
		}
		if !p.take(",") {
			return nil
		}
	}
}

// takeAll reads the ALL of SELECT ALL, which says nothing.
func (p *parser) takeAll() {
	if !p.tok.is("all") {
		return
	}
	switch p.peek.kind {
	case word:
		if p.peek.is("from") || p.peek.is("as") {
			return
		}
	case symbol:
		if !p.peek.is("*") && !p.peek.is("(") {
			return
		}
	case end, bad:
		return
	case quoted, number, str:
	}
	p.advance()
}

func (p *parser) selectItem() (ast.SelectItem, *ast.Error) {
	if p.tok.is("from") || p.tok.kind == end {
		return ast.SelectItem{}, p.noItem()
	}
	if star, err := p.star(); star != nil || err != nil {
		return ast.SelectItem{Expr: star}, err
	}
	e, err := p.expr()
	if err != nil {
		return ast.SelectItem{}, err
	}
	alias, err := p.alias()
	return ast.SelectItem{Expr: e, Alias: alias}, err
}

// star = * | name.* ; nil: here stands another item.
func (p *parser) star() (*ast.Star, *ast.Error) {
	if p.tok.is("*") {
		star := &ast.Star{At: p.tok.at}
		p.advance()
		return star, p.starAlone(star)
	}
	if !p.peek.is(".") || p.tok.kind != quoted && (p.tok.kind != word || ast.Reserved(p.tok.value)) {
		return nil, nil
	}
	before := *p
	n := &ast.Name{Parts: []ast.Ident{*p.ident()}}
	for p.tok.is(".") && len(n.Parts) < MaxDepth {
		if p.peek.is("*") {
			p.advance()
			star := &ast.Star{Of: n, At: p.tok.at}
			p.advance()
			return star, p.starAlone(star)
		}
		p.advance()
		if p.tok.kind != word && p.tok.kind != quoted {
			break
		}
		n.Parts = append(n.Parts, *p.ident())
	}
	*p = before
	return nil, nil
}

// starAlone refuses an alias after *.
func (p *parser) starAlone(star *ast.Star) *ast.Error {
	if p.tok.is("as") {
		return p.fail(p.tok.at, "%s stands for several columns, which cannot have one name", star).
			WithHint("list the columns")
	}
	return nil
}

// alias = [AS] name. After AS every word will do.
func (p *parser) alias() (*ast.Ident, *ast.Error) {
	if p.take("as") {
		if p.tok.kind != word && p.tok.kind != quoted {
			err := p.expected("a name")
			if p.tok.kind == str && err.Hint == "" {
				err.Hint = `names are written without quotes, or between double quotes: "` + p.tok.value + `"`
			}
			return nil, err
		}
		return p.ident(), nil
	}
	if p.tok.kind == quoted || p.tok.kind == word && !ast.Reserved(p.tok.value) {
		if p.sampled() || p.unsupported() != nil {
			return nil, nil
		}
		p.bare = p.ident()
		return p.bare, nil
	}
	return nil, nil
}

// ident reads the word or quoted name that stands here.
func (p *parser) ident() *ast.Ident {
	id := &ast.Ident{Name: p.tok.value, Quoted: p.tok.kind == quoted, At: p.tok.at}
	p.advance()
	return id
}

// newName = name, of what a command creates, or that is no column: what says what it
// is the name of.
func (p *parser) newName(what string) (*ast.Ident, *ast.Error) {
	if p.tok.kind != quoted && (p.tok.kind != word || ast.Reserved(p.tok.value)) {
		return nil, p.expected(what)
	}
	return p.ident(), nil
}

// columnNames = ( name {, name} ).
func (p *parser) columnNames() ([]*ast.Ident, *ast.Error) {
	open := p.tok.at
	p.advance()
	var names []*ast.Ident
	for {
		n, err := p.newName("the name of a column")
		if err != nil {
			return nil, p.trailingComma(err)
		}
		if names = append(names, n); len(names) > MaxList {
			return nil, p.fail(n.At, "more than %d columns", MaxList)
		}
		if p.take(")") {
			return names, nil
		}
		if !p.take(",") {
			return nil, p.unclosed(p.expected(",", ")"), open)
		}
	}
}
