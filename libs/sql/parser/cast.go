package parser

import (
	"strings"

	"github.com/millrace/millrace/libs/sql/ast"
)

// cast = {CAST | TRY_CAST} ( expr AS type ).
func (p *parser) cast() (ast.Expr, *ast.Error) {
	verb := strings.ToUpper(p.tok.text)
	c := &ast.Cast{Try: p.tok.is("try_cast"), At: p.tok.at}
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	p.advance()
	open := p.tok.at
	p.advance()
	var err *ast.Error
	if c.X, err = p.expr(); err != nil {
		return nil, err
	}
	if !p.take("as") {
		err := p.expected("AS")
		x := clip(c.X.String())
		if t, ok := typeNames[p.tok.value]; ok && p.tok.kind == word {
			return nil, err.WithHint("write %s(%s AS %s)", verb, x, t)
		}
		return nil, hinted(err, "write %s(%s AS BIGINT)", verb, x)
	}
	if err := p.typeName(&c.Type); err != nil {
		return nil, err
	}
	return c, p.closes(open)
}

// colons = :: type.
func (p *parser) colons(x ast.Expr) (ast.Expr, *ast.Error) {
	c := &ast.Cast{X: x, Colons: true, At: p.tok.at}
	p.advance()
	return c, p.typeName(&c.Type)
}
