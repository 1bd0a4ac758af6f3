package bind

import (
	"slices"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/ast"
	"github.com/millrace/millrace/libs/sql/function"
	"github.com/millrace/millrace/libs/sql/plan"
)

// boolean returns a call whose result is BOOLEAN.
func boolean(name string, args ...plan.Expr) plan.Expr {
	return &plan.Call{Func: name, Args: args, Typ: record.BooleanType}
}

// negated returns e, under NOT where not is set.
func negated(not bool, e plan.Expr) plan.Expr {
	if not {
		return boolean(plan.FuncNot, e)
	}
	return e
}

// predicate binds a condition.
func (b *binder) predicate(s scope, e ast.Expr) (plan.Expr, *ast.Error) {
	if x := b.groupKey(s, e); x != nil && x.Type().Kind == record.Boolean {
		return x, nil // a condition that is grouped by
	}
	if s == keyScope {
		return b.asKey(e, b.condition, true)
	}
	x, err := b.condition(s, e)
	if err != nil {
		return nil, err
	}
	return b.measured(e, x)
}

// condition binds a condition that is no key.
func (b *binder) condition(s scope, e ast.Expr) (plan.Expr, *ast.Error) {
	switch e := e.(type) {
	case *ast.Paren:
		return b.predicate(s, e.X)
	case *ast.And:
		return b.connective(s, plan.FuncAnd, andOperands(e))
	case *ast.Or:
		return b.connective(s, plan.FuncOr, orOperands(e))
	case *ast.Not:
		x, err := b.predicate(s, e.X)
		if err != nil {
			return nil, err
		}
		return boolean(plan.FuncNot, x), nil
	case *ast.Compare:
		return b.compare(s, e)
	case *ast.AnyCompare:
		return b.quantified(s, e)
	case *ast.IsNull:
		x, err := b.value(s, e.X)
		if err != nil {
			return nil, err
		}
		return negated(e.Not, boolean(plan.FuncIsNull, x)), nil
	case *ast.Between:
		return b.between(s, e)
	case *ast.In:
		return b.in(s, e)
	case *ast.InQuery:
		return b.inQuery(s, e)
	case *ast.Like:
		return b.like(s, e)
	case *ast.Contains:
		return b.contains(s, e)
	case *ast.IsTruth:
		return b.isTruth(s, e)
	case *ast.IsDistinct:
		args, err := b.operands(s, e.OpAt, certainly, e.L, e.R)
		if err != nil {
			return nil, err
		}
		b.exactEqual(args)
		return negated(e.Not, boolean(function.IsDistinct, args...)), nil
	case *ast.Match:
		return b.match(s, e)
	default:
		return b.bareCondition(s, e)
	}
}

// isTruth binds X IS [NOT] TRUE, FALSE or UNKNOWN.
func (b *binder) isTruth(s scope, e *ast.IsTruth) (plan.Expr, *ast.Error) {
	x, err := b.predicate(s, e.X)
	if err != nil {
		return nil, err
	}
	test := plan.FuncIsNull
	switch e.Value {
	case ast.True:
		test = function.IsTrue
	case ast.False:
		test = function.IsFalse
	case ast.Unknown:
	}
	return negated(e.Not, boolean(test, x)), nil
}

// match binds X ~ pattern. Without regard to case is a flag of the pattern.
func (b *binder) match(s scope, e *ast.Match) (plan.Expr, *ast.Error) {
	pattern := e.Pattern
	if lit, ok := ast.Unparen(pattern).(*ast.StringLit); ok && e.Fold {
		pattern = &ast.StringLit{Value: "(?i)" + lit.Value, At: lit.At}
	} else if e.Fold {
		return nil, b.fail(e.OpAt, "~* takes a pattern between single quotes, found %s", short(pattern)).
			WithHint("write ~ and begin the pattern with (?i)")
	}
	x, err := b.apply(s, e.OpAt, function.RegexpMatch, e.X, pattern)
	if err != nil {
		return nil, err
	}
	return negated(e.Not, x), nil
}

// connective binds the operands of a chain of AND or OR as one call.
func (b *binder) connective(s scope, name string, operands []ast.Expr) (plan.Expr, *ast.Error) {
	args := make([]plan.Expr, len(operands))
	var wrong *ast.Error
	next := perhaps // where another operand is FALSE, this one's ERROR does not count
	for i, o := range operands {
		arg, err := b.within(next, func() (plan.Expr, *ast.Error) { return b.predicate(s, o) })
		wrong = together(wrong, err)
		args[i] = arg
		if err == nil && next != never && b.decides(arg, name == plan.FuncOr) {
			next = never // whatever those that follow are
		}
	}
	return boolean(name, args...), wrong
}

// andOperands returns the operands of a AND b AND …, which the parser nests to
// the left, in order.
func andOperands(e *ast.And) []ast.Expr {
	var operands []ast.Expr
	for {
		operands = append(operands, e.R)
		left, ok := e.L.(*ast.And)
		if !ok {
			operands = append(operands, e.L)
			slices.Reverse(operands)
			return operands
		}
		e = left
	}
}

func orOperands(e *ast.Or) []ast.Expr {
	var operands []ast.Expr
	for {
		operands = append(operands, e.R)
		left, ok := e.L.(*ast.Or)
		if !ok {
			operands = append(operands, e.L)
			slices.Reverse(operands)
			return operands
		}
		e = left
	}
}

// bareCondition binds an operand that stands as a condition: a BOOLEAN column,
// TRUE, FALSE or NULL.
func (b *binder) bareCondition(s scope, e ast.Expr) (plan.Expr, *ast.Error) {
	x, err := b.value(s, e)
	if err != nil {
		return nil, err
	}
	switch x.Type().Kind {
	case record.Boolean:
		return x, nil
	case record.Unknown:
		return &plan.Literal{Value: record.NullOf(record.BooleanType)}, nil
	default:
	}
	refused := b.fail(e.Pos(), "expected a condition, found %s, which is %s", short(e), x.Type())
	refused.Expected, refused.Found = "a condition", e.String()
	if _, ok := literal(x); ok {
		return nil, refused.WithHint("conditions compare a column: lang = 'en'")
	}
	return nil, refused.WithHint("compare it: %s %s", short(e), comparisonExample(x.Type()))
}

func comparisonExample(t record.Type) string {
	switch t.Kind {
	case record.Varchar:
		return "= 'en'"
	case record.BigInt, record.Double:
		return "> 0"
	case record.Timestamp:
		return ">= '2016-10-01 12:30:00'"
	case record.Date:
		return ">= '2016-10-01'"
	default:
		return "IS NOT NULL"
	}
}

// compareFunc names the operator in plans.
func compareFunc(op ast.CompareOp) string {
	switch op {
	case ast.Eq:
		return plan.FuncEq
	case ast.Ne:
		return function.Ne
	case ast.Lt:
		return plan.FuncLt
	case ast.Le:
		return plan.FuncLe
	case ast.Gt:
		return function.Gt
	case ast.Ge:
		return function.Ge
	default:
		return string(op)
	}
}
