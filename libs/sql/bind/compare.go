package bind

import (
	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/ast"
	"github.com/millrace/millrace/libs/sql/function"
	"github.com/millrace/millrace/libs/sql/plan"
)

// compare binds L op R.
func (b *binder) compare(s scope, e *ast.Compare) (plan.Expr, *ast.Error) {
	args, err := b.operands(s, e.OpAt, certainly, e.L, e.R)
	if err != nil {
		return nil, b.membershipMeant(s, err, e.L, e.R, e.Op == ast.Ne)
	}
	left, right := roundings(e.Op)
	if args[0].Type().Kind == record.BigInt {
		args[1] = b.exact(args[1], right)
	} else if args[1].Type().Kind == record.BigInt {
		args[0] = b.exact(args[0], left)
	}
	return boolean(compareFunc(e.Op), args...), nil
}

// roundings say which integer stands for a number left, or right, of an operator.
func roundings(op ast.CompareOp) (left, right rounding) {
	switch op {
	case ast.Lt, ast.Ge:
		return down, up
	case ast.Le, ast.Gt:
		return up, down
	default:
		return none, none
	}
}

// between binds X [NOT] BETWEEN Low AND High.
func (b *binder) between(s scope, e *ast.Between) (plan.Expr, *ast.Error) {
	if n, ok := ast.Unparen(e.X).(*ast.NumberLit); ok && inexact(n) {
		// Another integer stands for it beside the one than beside the other.
		low := &ast.Compare{Op: ast.Ge, L: e.X, R: e.Low, OpAt: e.X.Pos()}
		x, err := b.predicate(s, &ast.And{L: low, R: &ast.Compare{Op: ast.Le, L: e.X, R: e.High, OpAt: e.X.Pos()}})
		return negated(e.Not, x), err
	}
	args, err := b.operands(s, e.X.Pos(), perhaps, e.X, e.Low, e.High)
	if err != nil {
		return nil, err
	}
	if args[0].Type().Kind == record.BigInt {
		args[1], args[2] = b.exact(args[1], up), b.exact(args[2], down)
	}
	return negated(e.Not, boolean(function.Between, args...)), nil
}

// in binds X [NOT] IN (…).
func (b *binder) in(s scope, e *ast.In) (plan.Expr, *ast.Error) {
	members := certainly
	if len(e.List) > 1 {
		members = perhaps // where another one is equal, an ERROR does not count
	}
	args, err := b.operands(s, e.X.Pos(), members, append([]ast.Expr{e.X}, e.List...)...)
	if err != nil {
		return nil, b.membershipMeant(s, err, e.X, e.List[0], e.Not)
	}
	b.exactEqual(args)
	return negated(e.Not, boolean(function.In, args...)), nil
}

// operands binds the first expression and those that it is compared with, and
// gives literals the type of what they are compared with. An error of two
// expressions that do not compare stands at pos where neither is a literal. The first is
// reached as all of it is, the others as others says.
func (b *binder) operands(s scope, pos ast.Pos, others reach, es ...ast.Expr) ([]plan.Expr, *ast.Error) {
	args, r := make([]plan.Expr, len(es)), certainly
	for i, e := range es {
		arg, err := b.within(r, func() (plan.Expr, *ast.Error) { return b.value(s, e) })
		r = others
		if err != nil {
			return nil, b.textMeant(s, err, i > 0 && !args[0].Type().Numeric(), e)
		}
		args[i] = arg
	}
	return b.adapted(pos, args, es)
}

// adapted gives literals the type of what they are compared with.
func (b *binder) adapted(pos ast.Pos, args []plan.Expr, es []ast.Expr) ([]plan.Expr, *ast.Error) {
	if err := b.adaptFirst(args, es); err != nil {
		return nil, err
	}
	for i := 1; i < len(args); i++ {
		arg, err := b.adapt(args[i], es[i], args[0], es[0])
		if err != nil {
			return nil, err
		}
		args[i] = arg
	}
	return b.comparable(pos, args, es)
}

// comparable casts what is compared to one type, where it is implied: a DATE beside a
// TIMESTAMP. BIGINT and DOUBLE compare as they are.
func (b *binder) comparable(pos ast.Pos, args []plan.Expr, es []ast.Expr) ([]plan.Expr, *ast.Error) {
	common := args[0].Type()
	for i := 1; i < len(args); i++ {
		t := args[i].Type()
		together, ok := function.Common(common, t)
		if !ok || !compares(t, t) || !compares(common, common) {
			return nil, b.incomparable(pos, args[0], es[0], args[i], es[i])
		}
		common = together
	}
	for i := range args {
		if !compares(args[i].Type(), common) {
			var err *ast.Error
			if args[i], err = b.convert(args[i], es[i], common); err != nil {
				return nil, err
			}
		}
	}
	return args, nil
}

// adaptFirst gives a literal that stands first the type of the first other
// operand that has one to give: '2016-10-01' < created_at.
func (b *binder) adaptFirst(args []plan.Expr, es []ast.Expr) *ast.Error {
	if _, ok := literal(args[0]); !ok {
		return nil
	}
	for pass := range 2 { // columns decide before literals
		for i := 1; i < len(args); i++ {
			if _, ok := literal(args[i]); ok != (pass == 1) {
				continue
			}
			first, err := b.adapt(args[0], es[0], args[i], es[i])
			if err != nil || first.Type().Kind != args[0].Type().Kind {
				args[0] = first
				return err
			}
		}
	}
	return nil
}

// adapt gives a literal the type of other: NULL every type, text that of a
// TIMESTAMP, DATE or INTERVAL, a DATE that of a TIMESTAMP. Numbers stay as they are: BIGINT
// and DOUBLE compare exactly.
func (b *binder) adapt(x plan.Expr, at ast.Expr, other plan.Expr, otherAt ast.Expr) (plan.Expr, *ast.Error) {
	lit, ok := literal(x)
	if !ok {
		return x, nil
	}
	from, to := lit.Value.Type(), other.Type()
	switch {
	case to.Kind == record.Unknown || from.Kind == to.Kind:
		return x, nil
	case from.Kind == record.Unknown:
		return &plan.Literal{Value: record.NullOf(to)}, nil
	case from.Kind == record.Varchar && (to.Kind == record.Timestamp || to.Kind == record.Date || to.Interval()):
		return b.read(at.Pos(), lit.Value.Str(), to)
	case from.Kind == record.Date && to.Kind == record.Timestamp:
		v, ok := record.TimestampFrom(lit.Value.Time())
		if !ok {
			return nil, b.beyond(at.Pos(), lit.Value.String())
		}
		return &plan.Literal{Value: v}, nil
	case compares(from, to), from.Kind == record.Timestamp && to.Kind == record.Date: // the DATE becomes its midnight
		return x, nil
	}
	if _, both := literal(other); both {
		return x, nil // the other one may yet adapt
	}
	return nil, b.wrongLiteral(lit, at, other, otherAt)
}

// compares reports whether values of the types compare with each other.
func compares(t, u record.Type) bool {
	return function.Comparable.Has(t) && function.Comparable.Has(u) && function.Compares(t, u)
}

// wrongLiteral explains a literal of a type that its column does not compare
// with.
func (b *binder) wrongLiteral(lit *plan.Literal, at ast.Expr, other plan.Expr, otherAt ast.Expr) *ast.Error {
	to := other.Type()
	err := b.fail(at.Pos(), "%s is %s and does not compare with %s, which is %s", short(at), lit.Value.Type(), short(otherAt), to)
	err.Expected, err.Found = to.String(), at.String()
	switch {
	case to.Kind == record.Array:
		return err.WithHint("%s", ast.AnyHint(ast.Unparen(at), short(otherAt), false))
	case lit.Value.Type().Kind == record.Varchar && to.Numeric():
		return err.WithHint("write a number without quotes")
	case to.Kind == record.Varchar:
		return err.WithHint("text stands between single quotes: '%s'", at)
	case to.Kind == record.Boolean:
		return err.WithHint("write TRUE or FALSE, or %s alone", short(otherAt))
	case to.Kind == record.Timestamp:
		return err.WithHint("a timestamp is written '2016-10-01 12:30:00'")
	case to.Kind == record.Date:
		return err.WithHint("a date is written '2016-10-01'")
	case to.Kind == record.DayTime:
		return err.WithHint("an interval is written INTERVAL '1 hour 30 minutes'; extract(epoch FROM …) is its seconds")
	case to.Kind == record.YearMonth:
		return err.WithHint("an interval is written INTERVAL '1 year 2 months'")
	case to.Kind == record.JSON:
		return err.WithHint("%s", jsonHint(otherAt, lit.Value.Type()))
	default:
		return err
	}
}

func (b *binder) incomparable(pos ast.Pos, l plan.Expr, lAt ast.Expr, r plan.Expr, rAt ast.Expr) *ast.Error {
	t, u := l.Type(), r.Type()
	if compares(t, t) && compares(u, u) {
		return b.fail(pos, "%s is %s and does not compare with %s, which is %s", short(lAt), t, short(rAt), u).
			WithHint("%s", commonHint(t, lAt, u, rAt))
	}
	if !compares(u, u) {
		t, lAt, u = u, rAt, t
	}
	err := b.fail(pos, "%s is %s, which does not compare", short(lAt), t)
	switch {
	case t.Kind == record.JSON && (u.Kind == record.JSON || compares(u, u)):
		return err.WithHint("%s", jsonHint(lAt, u))
	default:
		return err.WithHint("'go' = ANY(hashtags) tests membership; IS NULL works for every type")
	}
}

// membershipMeant gives an error about an array and a literal the hint that
// fits where they stand: hashtags = 'go', 'go' IN (hashtags).
func (b *binder) membershipMeant(s scope, err *ast.Error, l, r ast.Expr, not bool) *ast.Error {
	array, needle := ast.Unparen(l), ast.Unparen(r)
	if _, ok := array.(*ast.Name); !ok {
		array, needle = needle, array
	}
	name, ok := array.(*ast.Name)
	if !ok {
		return err
	}
	if _, literal := needle.(*ast.StringLit); !literal {
		return err
	}
	if x, nameErr := b.name(s, name); nameErr == nil && x.Type().Kind == record.Array {
		return err.WithHint("%s", ast.AnyHint(needle, name.String(), not))
	}
	return err
}

// textMeant adds to the error of an unknown name right of a comparison that it
// may have been meant as text: lang = en.
func (b *binder) textMeant(s scope, err *ast.Error, right bool, e ast.Expr) *ast.Error {
	n, ok := ast.Unparen(e).(*ast.Name)
	if !ok || !right || err.Pos != n.Pos() || len(n.Parts) > 1 || n.Parts[0].Quoted {
		return err
	}
	if _, near := b.nearestColumn(n); near || err.Expected == "" {
		return err
	}
	if _, near := b.nearestOutput(n); near && s == havingScope {
		return err
	}
	return err.WithHint("text stands between single quotes: %s", ast.Quote(n.Parts[0].Name))
}
