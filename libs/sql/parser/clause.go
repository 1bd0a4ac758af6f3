package parser

import (
	"github.com/millrace/millrace/libs/sql/ast"
)

func (p *parser) where(s *ast.Statement) (err *ast.Error) {
	p.advance()
	s.Where, err = p.expr()
	return err
}

func (p *parser) having(s *ast.Statement) (err *ast.Error) {
	p.advance()
	s.Having, err = p.expr()
	return err
}

func (p *parser) groupBy(s *ast.Statement) *ast.Error {
	p.advance()
	if err := p.need("by"); err != nil {
		return err
	}
	for {
		if err := p.groupingSets(); err != nil {
			return err
		}
		e, err := p.expr()
		if err != nil {
			return err
		}
		if s.GroupBy = append(s.GroupBy, e); len(s.GroupBy) > MaxList {
			return p.fail(e.Pos(), "GROUP BY has more than %d columns", MaxList)
		}
		if !p.take(",") {
			return nil
		}
	}
}

func (p *parser) orderBy(s *ast.Statement) (err *ast.Error) {
	p.advance()
	if err := p.need("by"); err != nil {
		return err
	}
	s.OrderBy, err = p.orderItems()
	return err
}

// orderItems = item {, item}.
func (p *parser) orderItems() ([]ast.OrderItem, *ast.Error) {
	var items []ast.OrderItem
	for {
		item, err := p.orderItem()
		if err != nil {
			return nil, err
		}
		if items = append(items, item); len(items) > MaxList {
			return nil, p.fail(item.Pos(), "ORDER BY has more than %d columns", MaxList)
		}
		if !p.take(",") {
			return items, nil
		}
	}
}

func (p *parser) orderItem() (ast.OrderItem, *ast.Error) {
	e, err := p.expr()
	if err != nil {
		return ast.OrderItem{}, err
	}
	item := ast.OrderItem{Expr: e}
	if p.tok.is("using") {
		return item, p.refuse(p.tok.at, "ORDER BY … USING is not supported").WithHint("write ASC or DESC")
	}
	if !p.take("asc") {
		item.Desc = p.take("desc")
	}
	if p.take("nulls") {
		switch {
		case p.take("first"):
			item.Nulls = ast.NullsFirst
		case p.take("last"):
			item.Nulls = ast.NullsLast
		default:
			return item, p.expected("FIRST", "LAST")
		}
	}
	return item, nil
}

func (p *parser) emit(s *ast.Statement) *ast.Error {
	at := p.tok.at
	p.advance()
	if p.tok.is("periodic") {
		return p.refuse(p.tok.at, "EMIT PERIODIC is not supported yet").
			WithHint("write EMIT CHANGES or EMIT FINAL")
	}
	final := p.take("final")
	if !final && !p.take("changes") {
		return p.expected("CHANGES", "FINAL")
	}
	s.Emit = &ast.Emit{Final: final, At: at}
	return nil
}
