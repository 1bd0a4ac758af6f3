package expr

import (
	"errors"
	"math"
	"strings"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/function"
)

var errTest = errors.New("it fails")

// testFunctions are functions of all kinds: some that fail, some that do not look at
// all of their arguments, and one of each type.
func testFunctions() map[string]*Function {
	all := map[string]*Function{}
	add := func(name string, result record.Type, total bool, eval Eval) {
		strict := func(a []record.Value) (record.Value, error) {
			for _, v := range a {
				if v.IsNull() {
					return record.NullOf(result), nil
				}
			}
			return eval(a)
		}
		all[name] = &Function{
			Match:   func([]record.Type) (record.Type, error) { return result, nil },
			Prepare: func([]record.Type, []*record.Value) (Eval, error) { return strict, nil },
			MayFail: func([]record.Type, []*record.Value) bool { return !total },
		}
	}
	add("t_length", record.BigIntType, true, func(a []record.Value) (record.Value, error) {
		return record.Int(int64(len(a[0].Str()))), nil
	})
	add("t_lower", record.VarcharType, true, func(a []record.Value) (record.Value, error) {
		return record.Text(strings.ToLower(a[0].Str())), nil
	})
	add("t_split", record.ArrayOf(record.VarcharType), true, func(a []record.Value) (record.Value, error) {
		var vs []record.Value
		for _, s := range strings.Split(a[0].Str(), "a") {
			if s == "b" {
				vs = append(vs, record.NullOf(record.VarcharType))
			} else {
				vs = append(vs, record.Text(s))
			}
		}
		return record.List(record.VarcharType, vs), nil
	})
	add("t_count", record.BigIntType, true, func(a []record.Value) (record.Value, error) {
		return record.Int(int64(len(a[0].Elems()))), nil
	})
	add("t_div", record.BigIntType, false, func(a []record.Value) (record.Value, error) {
		if a[1].Int() == 0 || a[0].Int() == math.MinInt64 {
			return record.Value{}, errTest
		}
		return record.Int(a[0].Int() / a[1].Int()), nil
	})
	add("t_root", record.DoubleType, false, func(a []record.Value) (record.Value, error) {
		if a[0].Float() < 0 {
			return record.Value{}, errTest
		}
		return record.Float(math.Sqrt(a[0].Float())), nil
	})
	add("t_starts", record.BooleanType, true, func(a []record.Value) (record.Value, error) {
		return record.Bool(strings.HasPrefix(a[0].Str(), a[1].Str())), nil
	})
	add("t_short", record.BooleanType, false, func(a []record.Value) (record.Value, error) {
		if len(a[0].Str()) > 4 {
			return record.Value{}, errTest
		}
		return record.Bool(len(a[0].Str()) < 2), nil
	})
	// What it begins with is prepared where it is constant, and then without b.
	all["t_begins"] = &Function{
		Match: func([]record.Type) (record.Type, error) { return record.BooleanType, nil },
		Prepare: func(_ []record.Type, consts []*record.Value) (Eval, error) {
			if consts != nil && consts[1] != nil {
				prefix := *consts[1]
				if strings.Contains(prefix.Str(), "b") {
					return nil, errTest
				}
				return func(a []record.Value) (record.Value, error) {
					return record.Bool(strings.HasPrefix(a[0].Str(), prefix.Str())), nil
				}, nil
			}
			return func(a []record.Value) (record.Value, error) {
				if strings.Contains(a[1].Str(), "b") {
					return record.Value{}, errTest
				}
				return record.Bool(strings.HasPrefix(a[0].Str(), a[1].Str())), nil
			}, nil
		},
		MayFail: func(_ []record.Type, consts []*record.Value) bool {
			return consts[1] == nil || strings.Contains(consts[1].Str(), "b")
		},
	}
	lazy := func(name string, f func(n int, arg func(i int) (record.Value, error)) (record.Value, error)) {
		all[name] = &Function{
			Match:   func([]record.Type) (record.Type, error) { return record.BigIntType, nil },
			MayFail: func([]record.Type, []*record.Value) bool { return false },
			Lazy:    f,
		}
	}
	lazy("t_coalesce", func(n int, arg func(i int) (record.Value, error)) (record.Value, error) {
		for i := range n {
			if v, err := arg(i); err != nil || !v.IsNull() {
				return v, err
			}
		}
		return record.Value{}, nil
	})
	lazy("t_case", func(_ int, arg func(i int) (record.Value, error)) (record.Value, error) {
		v, err := arg(0)
		if err != nil {
			return record.Value{}, err
		}
		if function.Truth(v) == record.True {
			return arg(1)
		}
		return arg(2)
	})
	return all
}

// testFunction is [Scope.Function] of those and of the table.
func testFunction() func(string) (*Function, bool) {
	own := testFunctions()
	return func(name string) (*Function, bool) {
		if f, ok := own[name]; ok {
			return f, true
		}
		return TableFunction(name)
	}
}
