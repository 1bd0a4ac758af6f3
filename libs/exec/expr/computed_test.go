package expr

import (
	"testing"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/plan"
)

// counted is a compiler whose t_length counts its calls.
func counted(cols []*plan.Column) (c *compiler, calls *int) {
	c, calls = newCompiler(cols), new(int)
	lookup := c.scope.Function
	c.scope.Function = func(name string) (*Function, bool) {
		f, ok := lookup(name)
		if name == "t_length" {
			counting := *f
			counting.Prepare = func(types []record.Type, consts []*record.Value) (Eval, error) {
				eval, err := f.Prepare(types, consts)
				return func(args []record.Value) (record.Value, error) {
					*calls++
					return eval(args)
				}, err
			}
			return &counting, ok
		}
		return f, ok
	}
	return c, calls
}

func integer(n int64) plan.Expr { return &plan.Literal{Value: record.Int(n)} }

// A value is computed once for a row in a batch whoever asks, nested in others too,
// and in no row that nobody asks for.
func TestComputedOnce(t *testing.T) {
	text := &plan.Column{Name: "text", Typ: record.VarcharType}
	c, calls := counted([]*plan.Column{text})
	length := &plan.Call{Func: "t_length", Args: []plan.Expr{text}, Typ: record.BigIntType}
	var predicates []Predicate
	for i := range int64(100) {
		half := &plan.Call{Func: "t_div", Args: []plan.Expr{length, integer(i)}, Typ: record.BigIntType}
		for _, e := range []plan.Expr{call(plan.FuncLe, length, integer(i)), call(plan.FuncEq, half, integer(2))} {
			p, err := CompilePredicate(e, c.scope)
			if err != nil {
				t.Fatal(err)
			}
			predicates = append(predicates, p)
		}
	}
	if len(c.values) != 101 || c.asked[c.at[plan.FingerprintExpr(length)]] != 200 {
		t.Errorf("%d values, asked for %v", len(c.values), c.asked)
	}
	if len(Positions(predicates[0])) != 1 || len(c.values[1].Positions()) != 1 || !IsComputed(predicates[1]) || IsTotal(predicates[1]) || !IsTotal(predicates[0]) {
		t.Errorf("%v and %v", predicates[0], predicates[1])
	}
	column := record.NewBatch(&record.Schema{Fields: []record.Field{{Type: text.Typ}}}).Columns[0]
	const n = 200
	for range n {
		column.AppendStr("abcd")
	}
	var in Input
	var out Truths
	for range 3 {
		*calls = 0
		c.reset(&in, []*record.Column{&column}, n)
		for _, p := range predicates {
			p.At(&in, 7)
			p.At(&in, 150)
		}
		if *calls != 2 {
			t.Fatalf("%d calls for 2 rows", *calls)
		}
		for _, p := range predicates {
			p.Eval(&in, &out)
		}
		if *calls != n {
			t.Fatalf("%d calls for %d rows", *calls, n)
		}
	}
	steady := testing.AllocsPerRun(10, func() {
		c.reset(&in, []*record.Column{&column}, n)
		for _, p := range predicates {
			p.Eval(&in, &out)
		}
	})
	if steady > 3 { // reset makes a slice of columns
		t.Errorf("%v allocations a batch", steady)
	}
}
