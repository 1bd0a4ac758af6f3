package legacy

import (
	"strings"

	"github.com/millrace/millrace/libs/sql/ast"
)

// conditions reads an object whose entries must all hold.
func (c *converter) conditions(v *value) (ast.Expr, *ast.Error) {
	if v.kind != object {
		return nil, c.expected(v, `an object like {"lang":{"_eq":"en"}}`)
	}
	if len(v.members) == 0 {
		return nil, c.fail(v, "there is no condition here")
	}
	var all ast.Expr
	for _, m := range v.members {
		var one ast.Expr
		var err *ast.Error
		switch {
		case m.key == "_and" || m.key == "_or":
			one, err = c.combined(m)
		case strings.HasPrefix(m.key, "_"):
			err = c.unknownKey(m, "operator", "_and", "_or")
		default:
			one, err = c.field(m)
		}
		if err != nil {
			return nil, err
		}
		all = and(all, one)
	}
	return all, nil
}

func and(l, r ast.Expr) ast.Expr {
	if l == nil {
		return r
	}
	return &ast.And{L: l, R: r}
}

// combined reads _and or _or with its list.
func (c *converter) combined(m member) (ast.Expr, *ast.Error) {
	if m.value.kind != list {
		return nil, c.expected(m.value, "a list of conditions")
	}
	if len(m.value.items) == 0 {
		return nil, c.fail(m.value, "the list of conditions is empty")
	}
	var all ast.Expr
	for _, item := range m.value.items {
		one, err := c.conditions(item)
		switch {
		case err != nil:
			return nil, err
		case all == nil || m.key == "_and":
			all = and(all, one)
		default:
			all = &ast.Or{L: all, R: one}
		}
	}
	return all, nil
}

// field reads {"_eq":"en"}, what must hold of a field.
func (c *converter) field(m member) (ast.Expr, *ast.Error) {
	if m.value.kind != object || len(m.value.members) == 0 {
		return nil, c.expected(m.value, `an object like {"_eq":"en"}`)
	}
	var all ast.Expr
	for _, op := range m.value.members {
		name, err := c.name(m.value, m.key)
		if err != nil {
			return nil, err
		}
		one, err := c.compare(name, m.key, op)
		if err != nil {
			return nil, err
		}
		all = and(all, one)
	}
	return all, nil
}

func (c *converter) compare(name *ast.Name, field string, op member) (ast.Expr, *ast.Error) {
	at := c.at(op.value)
	switch op.key {
	case "_eq", "_neq":
		if op.value.kind == null {
			return &ast.IsNull{X: name, Not: op.key == "_neq"}, nil
		}
	case "_contains":
	default:
		return nil, c.unknownKey(op, "operator", "_contains", "_eq", "_neq")
	}
	operand, err := c.literal(op.value)
	switch {
	case err != nil:
		return nil, err
	case op.key == "_eq":
		return &ast.Compare{Op: ast.Eq, L: name, R: operand, OpAt: at}, nil
	case op.key == "_neq":
		return &ast.Compare{Op: ast.Ne, L: name, R: operand, OpAt: at}, nil
	case c.isList(field):
		return &ast.AnyCompare{Op: ast.Eq, L: operand, Array: name, OpAt: at}, nil
	default:
		return &ast.Contains{X: name, Needle: operand, OpAt: at}, nil
	}
}

func (c *converter) literal(v *value) (ast.Expr, *ast.Error) {
	at := c.at(v)
	switch v.kind {
	case boolean:
		return &ast.BoolLit{Value: v.truth, At: at}, nil
	case number:
		return &ast.NumberLit{Text: v.text, At: at}, nil
	case text:
		return &ast.StringLit{Value: v.text, At: at}, nil
	case null, list, object:
	}
	return nil, c.expected(v, "a string, a number or a boolean")
}
