package bind

import (
	"errors"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/ast"
	"github.com/millrace/millrace/libs/sql/function"
	"github.com/millrace/millrace/libs/sql/plan"
)

// apply binds the operands es and calls the function of the name, which is known, with them. What they are
// no operands of the function for is told at pos, or at the operand.
func (b *binder) apply(s scope, pos ast.Pos, name string, es ...ast.Expr) (plan.Expr, *ast.Error) {
	f, known := function.LookupName(name)
	first := known && f.Name == function.Coalesce
	args, next := make([]plan.Expr, len(es)), certainly
	for i, e := range es {
		var err *ast.Error
		if args[i], err = b.within(next, func() (plan.Expr, *ast.Error) { return b.value(s, e) }); err != nil {
			if i == 0 {
				err = unitMeant(name, e, err)
			}
			return nil, err
		}
		if first {
			next = max(next, b.afterFirst(args[i]))
		}
	}
	return b.resolve(pos, name, es, args)
}

// resolve calls the function that takes arguments of these types, which are cast to
// what it takes where that goes without saying.
func (b *binder) resolve(pos ast.Pos, name string, es []ast.Expr, args []plan.Expr) (plan.Expr, *ast.Error) {
	types, loose := make([]record.Type, len(args)), make([]record.Type, len(args))
	for i, a := range args {
		types[i] = a.Type()
		if loose[i] = types[i]; isText(a) {
			loose[i] = record.Type{} // it is read as what is taken there
		}
	}
	r, err := function.Resolve(name, types)
	if err != nil {
		var other error
		if r, other = function.Resolve(name, loose); other != nil {
			refused := b.unresolved(pos, es, err)
			if hint := operandHint(name, types, es); hint != "" {
				return nil, refused.WithHint("%s", hint)
			}
			return nil, refused
		}
	}
	out := make([]plan.Expr, len(args))
	for i, a := range args {
		var err *ast.Error
		if out[i], err = b.convert(a, es[i], r.Args[i]); err != nil {
			if hint := operandHint(name, types, es); hint != "" {
				return nil, err.WithHint("%s", hint)
			}
			return nil, err
		}
	}
	call := &plan.Call{Func: r.Func.Name, Args: out, Typ: r.Result}
	if err := b.prepare(pos, es, call); err != nil {
		return nil, err
	}
	return call, b.computes(pos, call)
}

// unresolved tells at which operand a function does not take what it is given.
func (b *binder) unresolved(pos ast.Pos, es []ast.Expr, err error) *ast.Error {
	var why *function.Error
	if !errors.As(err, &why) {
		return b.fail(pos, "%v", err).WithCode(ast.CodeValue)
	}
	if why.Arg >= 0 && why.Arg < len(es) && len(es) > 1 {
		pos = es[why.Arg].Pos()
	}
	out := b.fail(pos, "%s", why.Message).WithCode(ast.CodeFunction)
	if why.Hint != "" {
		return out.WithHint("%s", why.Hint)
	}
	return out
}

// convert makes x a value of the type, which it becomes without being asked to.
func (b *binder) convert(x plan.Expr, at ast.Expr, to record.Type) (plan.Expr, *ast.Error) {
	from := x.Type()
	if from.Equal(to) || to.Kind == record.Unknown {
		return x, nil
	}
	if lit, ok := literal(x); ok {
		switch {
		case lit.Value.IsNull():
			return &plan.Literal{Value: record.NullOf(to)}, nil
		case isText(x):
			return b.read(at.Pos(), lit.Value.Str(), to)
		}
	}
	return b.cast(x, at, to, false)
}

// isText reports whether e is a text in quotes.
func isText(e plan.Expr) bool {
	lit, ok := literal(e)
	return ok && !lit.Value.IsNull() && lit.Value.Type().Kind == record.Varchar
}

// read reads a text in quotes as a value of another type: what CAST would.
func (b *binder) read(pos ast.Pos, text string, to record.Type) (plan.Expr, *ast.Error) {
	if to.Kind == record.Timestamp || to.Kind == record.Date {
		v, err := b.timeText(pos, text, to)
		return &plan.Literal{Value: v}, err
	}
	f, err := function.Cast(record.VarcharType, to, false)
	if err != nil {
		return nil, b.unresolved(pos, nil, err)
	}
	v, err := f.Eval([]record.Value{record.Text(text)})
	if err != nil {
		return nil, b.fail(pos, "%v", err).WithCode(ast.CodeValue).WithHint("%s", castHint(text, ast.Quote(text), to))
	}
	return &plan.Literal{Value: v}, nil
}

// plain reports whether e is a literal, with what it is perhaps between parentheses.
func plain(e ast.Expr) bool {
	switch e := ast.Unparen(e).(type) {
	case *ast.NumberLit, *ast.StringLit, *ast.TimeLit, *ast.IntervalLit, *ast.BoolLit:
		return true
	case *ast.Neg:
		return plain(e.X)
	default:
		return false
	}
}

// cast returns x cast to a type.
func (b *binder) cast(x plan.Expr, at ast.Expr, to record.Type, try bool) (plan.Expr, *ast.Error) {
	if x.Type().Equal(to) {
		return x, nil
	}
	f, err := function.Cast(x.Type(), to, try)
	if err != nil {
		return nil, b.unresolved(at.Pos(), nil, err)
	}
	call := &plan.Call{Func: f.Name, Args: []plan.Expr{x}, Typ: to}
	return call, b.converts(at, call)
}
