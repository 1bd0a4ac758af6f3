package optimize

import (
	"math"
	"math/rand/v2"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/function"
	"github.com/millrace/millrace/libs/sql/plan"
)

// variable is a column or an aggregate with the values that it takes in tests.
type variable struct {
	expr   plan.Expr
	domain []outcome
	lits   []record.Value // what it is compared with
}

// outcome is a value, or ERROR.
type outcome struct {
	v      record.Value
	failed bool
}

func values(vs ...record.Value) []outcome {
	out := make([]outcome, len(vs))
	for i, v := range vs {
		out[i] = outcome{v: v}
	}
	return out
}

func col(name string, t record.Type) plan.Expr { return &plan.Column{Name: name, Typ: t} }

func ints(ns ...int64) []record.Value {
	vs := []record.Value{record.NullOf(record.BigIntType)}
	for _, n := range ns {
		vs = append(vs, record.Int(n))
	}
	return vs
}

func floats(fs ...float64) []record.Value {
	vs := []record.Value{record.NullOf(record.DoubleType)}
	for _, f := range fs {
		vs = append(vs, record.Float(f))
	}
	return vs
}

func texts(ss ...string) []record.Value {
	vs := []record.Value{record.NullOf(record.VarcharType)}
	for _, s := range ss {
		vs = append(vs, record.Text(s))
	}
	return vs
}

const big = 1 << 53

// variables returns every kind of column; with aggs, aggregates that may be
// ERROR among them.
func variables(aggs bool) []variable {
	numbers := append(ints(-1, 0, 1, 2, math.MaxInt64, math.MinInt64, big+1),
		floats(-0.5, 0, 0.5, 1, 1.5, 1e30, -1e30, 1<<63, -1<<63, big)[1:]...)
	bigs := values(ints(-1, 0, 1, 2, math.MaxInt64, math.MinInt64)...)
	doubles := values(floats(math.NaN(), math.Inf(-1), math.Copysign(0, -1), 0.5, 1, big, big+2, math.Inf(1))...)
	words := values(texts("", "a", "A", "ab", "日a", "%", "\u212a", "k")...)
	bools := values(record.NullOf(record.BooleanType), record.Bool(true), record.Bool(false))
	micros := func(n int64) record.Value { return record.TimestampOf(n) }
	lists := values(record.NullOf(record.ArrayOf(record.VarcharType)),
		record.List(record.VarcharType, nil),
		record.List(record.VarcharType, texts("a")[1:]),
		record.List(record.VarcharType, texts("b")))
	vs := []variable{
		{col("a", record.BigIntType), bigs, numbers},
		{col("b", record.BigIntType), bigs[:5], numbers},
		{col("d", record.DoubleType), doubles, numbers},
		{col("e", record.DoubleType), doubles, numbers},
		{col("s", record.VarcharType), words, texts("", "a", "A", "AB", "日", "%", "k")},
		{col("t", record.VarcharType), words, texts("a", "b")},
		{col("v", record.BooleanType), bools, []record.Value{record.Bool(true), record.Bool(false), bools[0].v}},
		{col("w", record.BooleanType), bools, []record.Value{record.Bool(true), record.Bool(false)}},
		{col("at", record.TimestampType), values(record.NullOf(record.TimestampType), micros(0), micros(1)), []record.Value{micros(0), micros(1), micros(math.MinInt64)}},
		{col("tags", record.ArrayOf(record.VarcharType)), lists, texts("a", "b")[1:]},
	}
	if aggs {
		sum := &plan.Ref{Kind: plan.AggRef, Index: 0, Typ: record.BigIntType}
		avg := &plan.Ref{Kind: plan.AggRef, Index: 1, Typ: record.DoubleType}
		vs = append(vs[:6],
			variable{sum, append(bigs[:4:4], outcome{failed: true}), numbers},
			variable{avg, append(doubles[:4:4], outcome{failed: true}), numbers})
	}
	return vs
}

// generator makes random predicates over a few variables.
type generator struct {
	*rand.Rand
	vars  []variable
	fails bool // functions that may be ERROR, too
}

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

func (g *generator) pred(depth int) plan.Expr {
	if depth == 0 || g.IntN(4) == 0 {
		return g.leaf()
	}
	switch g.IntN(5) {
	case 0:
		return not(g.pred(depth - 1))
	case 1, 2:
		return call(plan.FuncAnd, g.preds(depth-1)...)
	default:
		return call(plan.FuncOr, g.preds(depth-1)...)
	}
}

func (g *generator) preds(depth int) []plan.Expr {
	out := make([]plan.Expr, 2+g.IntN(3))
	for i := range out {
		out[i] = g.pred(depth)
	}
	return out
}

func (g *generator) leaf() plan.Expr {
	if g.IntN(12) == 0 {
		return pick(g.Rand, []plan.Expr{null(), lit(record.Bool(true)), lit(record.Bool(false))})
	}
	x := pick(g.Rand, g.vars)
	if g.fails && x.expr.Type().Kind == record.BigInt && g.IntN(3) == 0 {
		x.expr = g.computed(x.expr)
	}
	if g.IntN(8) == 0 {
		return call(plan.FuncIsNull, x.expr)
	}
	switch x.expr.Type().Kind {
	case record.Array:
		return call(plan.FuncMember, x.expr, lit(pick(g.Rand, x.lits)))
	case record.Boolean:
		if g.IntN(2) == 0 {
			return x.expr
		}
	case record.Varchar:
		if g.IntN(2) == 0 {
			return g.match(x.expr)
		}
	default:
	}
	switch g.IntN(6) {
	case 0:
		return call(function.Between, x.expr, g.operand(x), g.operand(x))
	case 1:
		args := []plan.Expr{x.expr}
		for range 1 + g.IntN(4) {
			args = append(args, g.operand(x))
		}
		return call(function.In, args...)
	default:
		args := []plan.Expr{x.expr, g.operand(x)}
		g.Shuffle(2, func(i, j int) { args[i], args[j] = args[j], args[i] })
		ops := []string{plan.FuncEq, plan.FuncLt, plan.FuncLe, function.Ne, function.Gt, function.Ge}
		return call(pick(g.Rand, ops), args...)
	}
}

// computed returns a BIGINT made of x that is ERROR for some of its values.
func (g *generator) computed(x plan.Expr) plan.Expr {
	args := []plan.Expr{lit(record.Int(2)), x}
	if g.IntN(2) == 0 {
		args = []plan.Expr{x, lit(record.Int(1))}
	}
	return &plan.Call{Func: pick(g.Rand, []string{function.Div, function.Add, function.Sub}), Args: args, Typ: record.BigIntType}
}

// operand returns a literal, or a variable that compares with x.
func (g *generator) operand(x variable) plan.Expr {
	if g.IntN(4) == 0 {
		y := pick(g.Rand, g.vars).expr
		if y.Type().Equal(x.expr.Type()) || y.Type().Numeric() && x.expr.Type().Numeric() {
			return y
		}
	}
	return lit(pick(g.Rand, x.lits))
}

func (g *generator) match(x plan.Expr) plan.Expr {
	patterns := texts("", "a", "A", "%", "%a%", "%A%", "_", "%_%%", "_%_", "a%", `\%`, "%日%", "日", "日_", "%k%", "k", "%%")
	needles := texts("", "a", "A", "日", "k", "\u212a")
	switch g.IntN(4) {
	case 0:
		return call(plan.FuncLike, x, lit(pick(g.Rand, patterns)))
	case 1:
		return call(plan.FuncILike, x, lit(pick(g.Rand, patterns)))
	case 2:
		return call(plan.FuncContains, x, lit(pick(g.Rand, needles)))
	default:
		return call(plan.FuncIContains, x, lit(pick(g.Rand, needles)))
	}
}

// truth evaluates a predicate by the definitions of package function.
func truth(e plan.Expr, row map[string]outcome) record.Truth {
	if c, ok := isCall(e, plan.FuncAnd, plan.FuncOr, plan.FuncNot); ok {
		t := truth(c.Args[0], row)
		if c.Func == plan.FuncNot {
			return t.Not()
		}
		for _, a := range c.Args[1:] {
			if c.Func == plan.FuncAnd {
				t = t.And(truth(a, row))
			} else {
				t = t.Or(truth(a, row))
			}
		}
		return t
	}
	v := value(e, row)
	if !v.failed {
		return function.Truth(v.v)
	}
	// With ERROR among the arguments, BETWEEN and IN are what they stand for.
	if c, ok := isCall(e, function.Between); ok {
		return truth(call(function.Ge, c.Args[0], c.Args[1]), row).And(truth(call(plan.FuncLe, c.Args[0], c.Args[2]), row))
	}
	t := record.Error
	if c, ok := isCall(e, function.In); ok {
		t = record.False
		for _, a := range c.Args[1:] {
			t = t.Or(truth(call(plan.FuncEq, c.Args[0], a), row))
		}
	}
	return t
}

func value(e plan.Expr, row map[string]outcome) outcome {
	switch e := e.(type) {
	case *plan.Literal:
		return outcome{v: e.Value}
	case *plan.Call:
		f, ok := function.LookupScalar(e.Func)
		if !ok {
			panic("unknown function " + e.Func)
		}
		args := make([]record.Value, len(e.Args))
		for i, a := range e.Args {
			arg := value(a, row)
			if arg.failed {
				return arg
			}
			args[i] = arg.v
		}
		v, err := f.Eval(args)
		return outcome{v: v, failed: err != nil}
	default:
		return row[plan.FormatExpr(e)]
	}
}

// rows calls f with every assignment of values to the variables.
func rows(vars []variable, f func(row map[string]outcome)) {
	row := make(map[string]outcome)
	var assign func(i int)
	assign = func(i int) {
		if i == len(vars) {
			f(row)
			return
		}
		for _, o := range vars[i].domain {
			row[plan.FormatExpr(vars[i].expr)] = o
			assign(i + 1)
		}
	}
	assign(0)
}
