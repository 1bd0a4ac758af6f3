package build_test

import (
	"errors"
	"math/rand/v2"
	"strings"
	"sync"

	"github.com/millrace/millrace/libs/exec/expr"
	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/libs/sql/plan"
)

var errTest = errors.New("it fails")

// paddedBytes are those of what t_pad makes.
const paddedBytes = 10_000

// testFunctions are functions of every type, some of which fail.
func testFunctions() map[string]*expr.Function {
	all := map[string]*expr.Function{}
	add := func(name string, result record.Type, total bool, f expr.Eval) {
		strict := func(a []record.Value) (record.Value, error) {
			for _, v := range a {
				if v.IsNull() {
					return record.NullOf(result), nil
				}
			}
			return f(a)
		}
		all[name] = &expr.Function{
			Match:   func([]record.Type) (record.Type, error) { return result, nil },
			Prepare: func([]record.Type, []*record.Value) (expr.Eval, error) { return strict, nil },
			MayFail: func([]record.Type, []*record.Value) bool { return !total },
		}
	}
	add("t_length", record.BigIntType, true, func(a []record.Value) (record.Value, error) {
		return record.Int(int64(len(a[0].Str()))), nil
	})
	add("t_lower", record.VarcharType, true, func(a []record.Value) (record.Value, error) {
		return record.Text(strings.ToLower(a[0].Str())), nil
	})
	add("t_name", record.VarcharType, false, func(a []record.Value) (record.Value, error) {
		if a[0].Str() == "" {
			return record.Value{}, errTest
		}
		return record.Text(strings.ToUpper(a[0].Str()[:1]) + a[0].Str()[1:]), nil
	})
	add("t_words", record.ArrayOf(record.VarcharType), true, func(a []record.Value) (record.Value, error) {
		var vs []record.Value
		for _, s := range strings.Split(a[0].Str(), " ") {
			if s == "x" {
				vs = append(vs, record.NullOf(record.VarcharType))
			} else {
				vs = append(vs, record.Text(s))
			}
		}
		return record.List(record.VarcharType, vs), nil
	})
	add("t_pad", record.VarcharType, true, func(a []record.Value) (record.Value, error) {
		return record.Text(strings.Repeat(" ", paddedBytes-len(a[0].Str())) + a[0].Str()), nil
	})
	add("t_div", record.BigIntType, false, func(a []record.Value) (record.Value, error) {
		if a[1].Int() == 0 {
			return record.Value{}, errTest
		}
		return record.Int(a[0].Int() / a[1].Int()), nil
	})
	add("t_ratio", record.DoubleType, false, func(a []record.Value) (record.Value, error) {
		if a[1].Int() == 0 {
			return record.Value{}, errTest
		}
		return record.Float(float64(a[0].Int()) / float64(a[1].Int())), nil
	})
	add("t_starts", record.BooleanType, true, func(a []record.Value) (record.Value, error) {
		return record.Bool(strings.HasPrefix(a[0].Str(), a[1].Str())), nil
	})
	add("t_short", record.BooleanType, false, func(a []record.Value) (record.Value, error) {
		if a[0].Str() == "" {
			return record.Value{}, errTest
		}
		return record.Bool(len(a[0].Str()) < 3), nil
	})
	return all
}

// functionsOnce are those, made once.
var functionsOnce = sync.OnceValue(testFunctions)

// testFunction finds those.
func testFunction(name string) (*expr.Function, bool) {
	if f, ok := functionsOnce()[name]; ok {
		return f, true
	}
	return expr.TableFunction(name)
}

// computed returns a call, or a column or literal among its arguments.
func computed(r *rand.Rand, def *catalog.Stream, t record.Type, depth int) plan.Expr {
	columns := map[record.Kind][]string{
		record.Varchar: {"text", "lang", "user.screen_name"},
		record.BigInt:  {"user.followers_count", "retweet_count", "favorite_count", "reply_to"},
	}
	operand := func(t record.Type) plan.Expr {
		if depth > 0 && r.IntN(3) == 0 {
			return computed(r, def, t, depth-1)
		}
		if names := columns[t.Kind]; r.IntN(5) > 0 && names != nil {
			return column(def, names[r.IntN(len(names))])
		}
		if t.Kind == record.Varchar {
			return text([]string{"go", "en", "Go", ""}[r.IntN(4)])
		}
		return integer(r.Int64N(4))
	}
	of := func(fn string, args ...plan.Expr) plan.Expr { return &plan.Call{Func: fn, Args: args, Typ: t} }
	switch t.Kind {
	case record.BigInt:
		if r.IntN(2) == 0 {
			return of("t_length", operand(record.VarcharType))
		}
		return of("t_div", operand(t), operand(t))
	case record.Double:
		return of("t_ratio", operand(record.BigIntType), operand(record.BigIntType))
	case record.Varchar:
		return of([]string{"t_lower", "t_lower", "t_name"}[r.IntN(3)], operand(t))
	case record.Array:
		return of("t_words", operand(record.VarcharType))
	default:
		return []plan.Expr{of("t_starts", operand(record.VarcharType), operand(record.VarcharType)), of("t_short", operand(record.VarcharType))}[r.IntN(2)]
	}
}

// computedAtom returns a predicate over a computed value.
func computedAtom(r *rand.Rand, def *catalog.Stream) plan.Expr {
	of := func(t record.Type) plan.Expr { return computed(r, def, t, 2) }
	word := text([]string{"go", "en", "Go", "fish", "", "Go fish", "x"}[r.IntN(7)])
	compare := []string{plan.FuncLe, plan.FuncLt, plan.FuncEq}[r.IntN(3)]
	switch r.IntN(9) {
	case 0:
		return of(record.BooleanType)
	case 1:
		return call(plan.FuncMember, of(record.ArrayOf(record.VarcharType)), word)
	case 2:
		fn := []string{plan.FuncContains, plan.FuncIContains}[r.IntN(2)]
		return call(fn, of(record.VarcharType), word)
	case 3:
		return call([]string{plan.FuncLike, plan.FuncILike}[r.IntN(2)], of(record.VarcharType), text([]string{"go%", "%is%", "G%h", "%fi%_"}[r.IntN(4)]))
	case 4:
		return call(plan.FuncIsNull, of([]record.Type{record.BigIntType, record.VarcharType}[r.IntN(2)]))
	case 5:
		return call(plan.FuncEq, of(record.VarcharType), word)
	case 6:
		return call(compare, of(record.DoubleType), integer(r.Int64N(4)))
	case 7:
		return call(compare, of(record.BigIntType), of(record.BigIntType))
	default:
		return call(compare, of(record.BigIntType), integer(r.Int64N(6)))
	}
}

// computedPredicate returns a predicate of columns and computed values.
func computedPredicate(r *rand.Rand, def *catalog.Stream, depth int) plan.Expr {
	if depth == 0 || r.IntN(4) == 0 {
		e := computedAtom(r, def)
		if r.IntN(3) == 0 {
			e = randomAtom(r, def)
		}
		if r.IntN(4) == 0 {
			e = not(e)
		}
		return e
	}
	if r.IntN(4) == 0 { // an interval
		e := computed(r, def, []record.Type{record.BigIntType, record.DoubleType}[r.IntN(2)], 1)
		args := []plan.Expr{call(plan.FuncLe, e, integer(2+r.Int64N(6))), not(call(plan.FuncLt, e, integer(r.Int64N(4))))}
		if r.IntN(2) == 0 {
			args = append(args, pointedAtom(r, def))
		}
		return call(plan.FuncAnd, args...)
	}
	args := []plan.Expr{computedPredicate(r, def, depth-1), computedPredicate(r, def, depth-1)}
	if r.IntN(2) == 0 {
		args = append(args, pointedAtom(r, def))
	}
	return call([]string{plan.FuncAnd, plan.FuncAnd, plan.FuncOr}[r.IntN(3)], args...)
}

// pointedAtom returns an atom over a column that an index can hold.
func pointedAtom(r *rand.Rand, def *catalog.Stream) plan.Expr {
	switch r.IntN(3) {
	case 0:
		return call(plan.FuncEq, column(def, "lang"), text([]string{"en", "de", "go"}[r.IntN(3)]))
	case 1:
		return call(plan.FuncMember, column(def, "hashtags"), text([]string{"go", "en", "de"}[r.IntN(3)]))
	default:
		return call(plan.FuncContains, column(def, "text"), text([]string{"go", " fish", "x go"}[r.IntN(3)]))
	}
}

// computedQuery returns a query that computes something in each of its parts.
func computedQuery(r *rand.Rand, def *catalog.Stream) *plan.Output {
	in := scanOf()
	if r.IntN(6) > 0 {
		in = where(computedPredicate(r, def, 2))
	}
	whatever := func() plan.Expr {
		types := []record.Type{record.BigIntType, record.DoubleType, record.VarcharType, record.BooleanType, record.ArrayOf(record.VarcharType)}
		if r.IntN(4) == 0 {
			return column(def, "lang")
		}
		if r.IntN(4) == 0 {
			return computedPredicate(r, def, 1)
		}
		return computed(r, def, types[r.IntN(len(types))], 2)
	}
	switch r.IntN(6) {
	case 0:
		return grouped(in, nil, count())
	case 1, 2:
		p := &plan.Project{In: in, Cols: []plan.NamedExpr{{Name: "a", Expr: whatever()}, {Name: "b", Expr: whatever()}}}
		if r.IntN(2) == 0 {
			return emit(p)
		}
		return emit(&plan.TopK{In: p, K: 1 + r.Int64N(6), Order: []plan.SortKey{{Expr: computed(r, def, record.BigIntType, 1), Desc: r.IntN(2) == 0}}})
	}
	if r.IntN(2) == 0 {
		in = &plan.Window{In: in, Kind: plan.Tumble, Time: def.EventTime, Size: []int64{1e6, 60e6}[r.IntN(2)]}
	}
	number := func() plan.Expr { return computed(r, def, record.BigIntType, 2) }
	aggs := []plan.Agg{
		count(),
		{Func: "count", Args: []plan.Expr{whatever()}, Type: record.BigIntType},
		{Func: "count", Filter: computedPredicate(r, def, 1), Type: record.BigIntType},
		{Func: "sum", Args: []plan.Expr{number()}, Type: record.BigIntType},
		{Func: "avg", Args: []plan.Expr{number()}, Filter: computedPredicate(r, def, 1), Type: record.DoubleType},
		{Func: "min", Args: []plan.Expr{computed(r, def, record.VarcharType, 1)}, Type: record.VarcharType},
		{Func: "sum", Args: []plan.Expr{number()}, Distinct: true, Type: record.BigIntType},
		{Func: "arg_min", Args: []plan.Expr{number(), number()}, Type: record.BigIntType},
		{
			Func: "array_agg", Args: []plan.Expr{number()}, Type: record.ArrayOf(record.BigIntType),
			Order: []plan.SortKey{{Expr: number(), Desc: r.IntN(2) == 0}},
		},
	}
	r.Shuffle(len(aggs), func(i, j int) { aggs[i], aggs[j] = aggs[j], aggs[i] })
	var keys []plan.Expr
	for range r.IntN(3) {
		keys = append(keys, whatever())
	}
	return grouped(in, keys, aggs[:1+r.IntN(3)]...)
}

// mixedQuery returns a query that computes something, or one that does not.
func mixedQuery(r *rand.Rand, def *catalog.Stream) *plan.Output {
	if r.IntN(4) == 0 {
		return randomQuery(r, def)
	}
	return computedQuery(r, def)
}
