package index_test

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/millrace/millrace/libs/exec/expr"
	"github.com/millrace/millrace/libs/exec/index"
	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/plan"
)

// computing is a stream of one text column whose function of it counts the rows that
// it is called for.
type computing struct {
	subject *plan.Call
	eval    func(text string) (record.Value, error)
	calls   int
}

func (c *computing) scope() expr.Scope {
	scope := expr.Scope{
		Column: func(*plan.Column) (int, error) { return 0, nil },
		Call:   func(*plan.Call) (int, error) { return 1, nil },
	}
	scope.Function = func(name string) (*expr.Function, bool) {
		if name != "f" {
			return expr.TableFunction(name)
		}
		return &expr.Function{
			Match:   func([]record.Type) (record.Type, error) { return c.subject.Typ, nil },
			MayFail: func([]record.Type, []*record.Value) bool { return true },
			Prepare: func([]record.Type, []*record.Value) (expr.Eval, error) {
				return func(args []record.Value) (record.Value, error) {
					c.calls++
					if args[0].IsNull() {
						return record.NullOf(c.subject.Typ), nil
					}
					return c.eval(args[0].Str())
				}, nil
			},
		}, true
	}
	return scope
}

// An index over computed values gives every predicate its rows; where the value is
// ERROR none is TRUE, and they are told with those in which it is NULL.
func TestComputedIndexesAgreeWithAtoms(t *testing.T) {
	texts := []string{"", "go", "go fish", "fish", "bad", "Go", "bad go"}
	lit := func(v record.Value) plan.Expr { return &plan.Literal{Value: v} }
	words := func(s string) (record.Value, error) {
		var vs []record.Value
		for _, w := range strings.Fields(s) {
			vs = append(vs, record.Text(w))
		}
		return record.List(record.VarcharType, vs), nil
	}
	for _, k := range []struct {
		typ   record.Type
		value func(string) (record.Value, error)
		atom  func(subject plan.Expr, i int) plan.Expr
	}{
		{
			record.VarcharType, func(s string) (record.Value, error) { return record.Text(s), nil },
			func(s plan.Expr, i int) plan.Expr { return call(plan.FuncEq, s, lit(record.Text(texts[i]))) },
		},
		{
			record.VarcharType, func(s string) (record.Value, error) { return record.Text(s), nil },
			func(s plan.Expr, i int) plan.Expr { return call(plan.FuncContains, s, lit(record.Text(texts[i]+"o"))) },
		},
		{
			record.VarcharType, func(s string) (record.Value, error) { return record.Text(s), nil },
			func(s plan.Expr, i int) plan.Expr {
				return call(plan.FuncIContains, s, lit(record.Text([]string{"G", "O F", "FISH", "o", "Sh", "xx"}[i])))
			},
		},
		{
			record.VarcharType, func(s string) (record.Value, error) { return record.Text(s), nil },
			func(s plan.Expr, i int) plan.Expr { return call(plan.FuncLike, s, lit(record.Text("g"+texts[i]+"%"))) },
		},
		{
			record.BigIntType, func(s string) (record.Value, error) { return record.Int(int64(len(s))), nil },
			func(s plan.Expr, i int) plan.Expr { return call(plan.FuncLe, s, lit(record.Int(int64(i)))) },
		},
		{
			record.DoubleType, func(s string) (record.Value, error) { return record.Float(float64(len(s)) / 2), nil },
			func(s plan.Expr, i int) plan.Expr {
				return call(plan.FuncNot, call(plan.FuncLt, s, lit(record.Float(float64(i)))))
			},
		},
		{
			record.ArrayOf(record.VarcharType), words,
			func(s plan.Expr, i int) plan.Expr { return call(plan.FuncMember, s, lit(record.Text(texts[i]))) },
		},
	} {
		text := &plan.Column{Name: "text", Typ: record.VarcharType}
		c := &computing{subject: &plan.Call{Func: "f", Args: []plan.Expr{text}, Typ: k.typ}}
		c.eval = func(s string) (record.Value, error) {
			if strings.HasPrefix(s, "bad") {
				return record.Value{}, errors.New("bad")
			}
			return k.value(s)
		}
		value, err := expr.CompileCall(c.subject, c.scope())
		if err != nil {
			t.Fatal(err)
		}
		var set index.Set
		var atoms []plan.Expr
		for i := range 6 {
			e := k.atom(c.subject, i)
			target, key, ok := index.TargetOf(e)
			if !ok {
				target, key, ok = index.IntervalOf(e)
			}
			if !ok || !target.IsComputed() || index.Subject(e) != c.subject {
				t.Fatalf("%s: %+v, %t", plan.FormatExpr(e), target, ok)
			}
			if set == nil {
				set = index.NewSet(target)
			}
			set.Put(key, int32(i))
			atoms = append(atoms, e)
		}
		x := index.Computed(set.Index(1), 1)
		r := rand.New(rand.NewPCG(1, 2))
		column := record.NewBatch(&record.Schema{Fields: []record.Field{{Type: text.Typ}}}).Columns[0]
		const n = 100
		some := make([]uint64, 2)
		wanted := 0
		for row := range n {
			if column.Append(record.Text(texts[r.IntN(len(texts))])); r.IntN(3) == 0 {
				some[row>>6] |= 1 << (row & 63)
				wanted++
			}
		}
		column.AppendNull()
		var in expr.Input
		var hits index.Hits
		begin := func() {
			in.Reset([]*record.Column{&column, nil}, n+1)
			in.Compute(1, []*expr.Computed{value})
			hits.Begin(len(atoms), n+1)
			c.calls = 0
		}
		begin()
		empty := index.Computed(index.NewSet(index.Target{Test: index.Equals, Kind: record.Varchar}).Index(1), 1)
		if empty.Eval(&in, nil, &hits); c.calls != 0 {
			t.Errorf("%s: an index that holds nothing had %d rows computed", plan.FormatExpr(atoms[0]), c.calls)
		}
		for _, rows := range [][]uint64{some, nil} {
			begin()
			want := wanted
			if rows == nil {
				want = n + 1
			}
			if x.Eval(&in, rows, &hits); c.calls != want {
				t.Errorf("%s: %d rows computed of %d", plan.FormatExpr(atoms[0]), c.calls, want)
			}
			unknown := make([]uint64, 2)
			x.Nulls(&in, unknown)
			for i, e := range atoms {
				p, err := expr.CompilePredicate(e, c.scope())
				if err != nil {
					t.Fatal(err)
				}
				found := hits.Rows(int32(i))
				for row := range n + 1 {
					bit := func(w []uint64) bool { return w != nil && w[row>>6]>>(row&63)&1 != 0 }
					truth := p.At(&in, row)
					if looked := rows == nil || bit(rows); bit(found) != (truth == record.True && looked) {
						t.Fatalf("%s in row %d: found %t, %v", plan.FormatExpr(e), row, bit(found), truth)
					}
					if open := truth == record.Null || truth == record.Error; bit(unknown) != open && truth != record.True {
						t.Fatalf("%s in row %d: unknown %t, %v", plan.FormatExpr(e), row, bit(unknown), truth)
					}
				}
			}
		}
	}
}
