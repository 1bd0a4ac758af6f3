package bind

import (
	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/ast"
	"github.com/millrace/millrace/libs/sql/function"
	"github.com/millrace/millrace/libs/sql/plan"
)

// binaries names the functions of the operators.
var binaries = map[ast.BinaryOp]string{
	ast.Add: function.Add, ast.Sub: function.Sub, ast.Mul: function.Mul, ast.Div: function.Div, ast.Mod: function.Mod,
	ast.Concat: function.Concat, ast.JSONField: function.JSONGet, ast.JSONText: function.JSONGetText,
}

// operator binds an expression that is written with operators or keywords and gives a
// value; ok is false for others.
func (b *binder) operator(s scope, e ast.Expr) (x plan.Expr, err *ast.Error, ok bool) {
	switch e := e.(type) {
	case *ast.Binary:
		x, err = b.apply(s, e.OpAt, binaries[e.Op], e.L, e.R)
	case *ast.Neg:
		x, err = b.apply(s, e.At, function.Neg, e.X)
	case *ast.Subscript:
		x, err = b.apply(s, e.At, function.Subscript, e.X, e.Index)
	case *ast.ArrayLit:
		x, err = b.apply(s, e.At, function.Array, e.Elems...)
	case *ast.Case:
		x, err = b.caseOf(s, e)
	case *ast.Cast:
		x, err = b.castOf(s, e)
	case *ast.IntervalLit:
		x, err = b.interval(e)
	default:
		return nil, nil, false
	}
	return x, err, true
}

// interval reads a literal, which is of one of the two kinds by its units.
func (b *binder) interval(e *ast.IntervalLit) (plan.Expr, *ast.Error) {
	span := record.Span{Months: e.Months, Time: e.Span, Calendar: e.Calendar}
	v, err := span.Value()
	if err != nil {
		return nil, b.fail(e.At, "%v", err).WithCode(ast.CodeTime).WithHint("%s", mixedHint)
	}
	return &plan.Literal{Value: v}, nil
}

// caseOf binds CASE as a call of conditions and values in turn, and the value of ELSE.
func (b *binder) caseOf(s scope, e *ast.Case) (plan.Expr, *ast.Error) {
	var es []ast.Expr
	var args []plan.Expr
	next := certainly
	for _, w := range e.Whens {
		cond, err := b.within(next, func() (plan.Expr, *ast.Error) {
			if e.Operand == nil {
				return b.predicate(s, w.Cond)
			}
			return b.compare(s, &ast.Compare{Op: ast.Eq, L: e.Operand, R: w.Cond, OpAt: w.Cond.Pos()})
		})
		if err != nil {
			return nil, err
		}
		holds, fixed := b.always(cond)
		chosen := fixed && holds == record.True
		then, err := b.within(max(next, after(fixed, fixed && !chosen)), func() (plan.Expr, *ast.Error) { return b.value(s, w.Then) })
		if err != nil {
			return nil, err
		}
		next = max(next, after(fixed, chosen))
		es, args = append(es, w.Cond, w.Then), append(args, cond, then)
	}
	other, otherwise := plan.Expr(&plan.Literal{}), e.Else
	if otherwise == nil {
		otherwise = &ast.NullLit{At: e.At}
	} else {
		var err *ast.Error
		if other, err = b.within(next, func() (plan.Expr, *ast.Error) { return b.value(s, e.Else) }); err != nil {
			return nil, err
		}
	}
	es, args = append(es, otherwise), append(args, other)
	return b.resolve(e.At, function.Case, es, args)
}

// castOf binds CAST, TRY_CAST and X::type. A text in quotes is read at once, so that
// what it cannot be is told.
func (b *binder) castOf(s scope, e *ast.Cast) (plan.Expr, *ast.Error) {
	to := typeOf(&e.Type)
	x, err := b.value(s, e.X)
	if err != nil {
		return nil, err
	}
	if isText(x) && !e.Try && to.Kind != record.Array {
		return b.convert(x, e.X, to)
	}
	if x.Type().Kind == record.Unknown {
		return &plan.Literal{Value: record.NullOf(to)}, nil
	}
	cast, err := b.cast(x, e.X, to, e.Try)
	if err != nil && x.Type().Kind == record.Varchar && to.Kind == record.Array {
		return nil, err.WithHint("an array is written ARRAY['a', 'b']; string_to_array(text, ',') makes one of a text, CAST('[1, 2]'::JSON AS %s) of JSON", to)
	}
	return cast, err
}

// typeOf is the type that a name of the parser's is.
func typeOf(n *ast.TypeName) record.Type {
	if n.Elem != nil {
		return record.ArrayOf(typeOf(n.Elem))
	}
	t, err := record.ParseType(n.Name)
	if err != nil {
		return record.Type{}
	}
	return t
}
