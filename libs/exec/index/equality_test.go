package index

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/millrace/millrace/libs/exec/expr"
	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/plan"
)

func call(fn string, args ...plan.Expr) plan.Expr {
	return &plan.Call{Func: fn, Args: args, Typ: record.BooleanType}
}

func TestTargetOf(t *testing.T) {
	text := &plan.Column{Name: "text", Typ: record.VarcharType}
	n := &plan.Column{Name: "n", Typ: record.BigIntType}
	f := &plan.Column{Name: "f", Typ: record.DoubleType}
	tags := &plan.Column{Name: "tags", Typ: record.ArrayOf(record.VarcharType)}
	lit := func(v record.Value) plan.Expr { return &plan.Literal{Value: v} }
	for _, c := range []struct {
		e    plan.Expr
		want Target
		ok   bool
	}{
		{call(plan.FuncEq, text, lit(record.Text("a"))), Target{Column: "text", Test: Equals}, true},
		{call(plan.FuncEq, n, lit(record.Int(1))), Target{Column: "n", Test: Equals}, true},
		{call(plan.FuncEq, n, lit(record.Float(1))), Target{}, false},
		{call(plan.FuncEq, f, lit(record.Float(1))), Target{}, false},
		{call(plan.FuncEq, text, lit(record.NullOf(record.VarcharType))), Target{}, false},
		{call(plan.FuncEq, text, text), Target{}, false},
		{call(plan.FuncLe, n, lit(record.Int(1))), Target{}, false},
		{call(plan.FuncMember, tags, lit(record.Text("go"))), Target{Column: "tags", Test: Has}, true},
		{call(plan.FuncContains, text, lit(record.Text("gol"))), Target{}, false},
		{call(plan.FuncContains, text, lit(record.Text("gola"))), Target{Column: "text", Test: Contains}, true},
		{call(plan.FuncIContains, text, lit(record.Text("日本"))), Target{Column: "text", Test: IContains}, true},
		{call(plan.FuncLike, text, lit(record.Text("gola%"))), Target{}, false},
		{text, Target{}, false},
	} {
		got, v, ok := TargetOf(c.e)
		if ok != c.ok || ok && (got != c.want || v.IsNull()) {
			t.Errorf("%s: %+v %v %v", plan.FormatExpr(c.e), got, v, ok)
		}
	}
}

// The index gives every atom the truth values that it has by itself.
func TestEqualityAgreesWithAtoms(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	values := map[record.Kind]func() record.Value{
		record.Varchar:   func() record.Value { return record.Text(fmt.Sprint(r.IntN(9))) },
		record.BigInt:    func() record.Value { return record.Int(r.Int64N(9)) },
		record.Timestamp: func() record.Value { return record.TimestampOf(r.Int64N(9)) },
		record.Date:      func() record.Value { return record.DateOf(r.Int64N(9)) },
	}
	for _, elem := range []record.Type{record.VarcharType, record.BigIntType, record.TimestampType, record.DateType} {
		for _, member := range []bool{false, true} {
			typ, fn := elem, plan.FuncEq
			if member {
				typ, fn = record.ArrayOf(elem), plan.FuncMember
			}
			b := record.NewBatch(&record.Schema{Fields: []record.Field{{Name: "c", Type: typ}}})
			c := &b.Columns[0]
			scalar := func(c *record.Column) {
				switch v := values[elem.Kind](); {
				case r.IntN(6) == 0:
					c.AppendNull()
				case elem.Kind == record.Varchar:
					c.AppendStr(v.Str())
				default:
					c.AppendInt(v.Int())
				}
			}
			const n = 300
			for range n {
				switch {
				case !member:
					scalar(c)
				case r.IntN(6) == 0:
					c.AppendNull()
				default:
					for range r.IntN(5) {
						scalar(c.Elem)
					}
					c.EndArray()
				}
			}
			var in expr.Input
			in.Reset([]*record.Column{c}, n)

			var literals Literals
			var target Target
			atoms := map[int32]plan.Expr{}
			for range 20 {
				v := values[elem.Kind]()
				e := call(fn, &plan.Column{Name: "c", Typ: typ}, &plan.Literal{Value: v})
				at, literal, ok := TargetOf(e)
				target = at
				if !ok || (target.Test == Has) != member {
					t.Fatalf("%s: %+v %v", plan.FormatExpr(e), target, ok)
				}
				slot := int32(v.Int())
				if elem.Kind == record.Varchar {
					slot = int32(v.Str()[0])
				}
				if r.IntN(5) == 0 {
					literals.Delete(literal)
					delete(atoms, slot)
					continue
				}
				literals.Set(literal, slot)
				atoms[slot] = e
			}
			if literals.Len() != len(atoms) {
				t.Fatalf("%d literals, %d atoms", literals.Len(), len(atoms))
			}
			x := New(target, 0, &literals)
			if x.Len() != len(atoms) {
				t.Fatalf("an index of %d atoms says %d", len(atoms), x.Len())
			}
			for slot := range atoms {
				literals.Set(record.Text("later"), slot) // changes nothing in x
			}
			if x.Len() != len(atoms) {
				t.Fatalf("later literals are in the index: %d of %d", x.Len(), len(atoms))
			}
			var others, want expr.Truths
			got := map[int32]*expr.Truths{}
			hits := map[int32][]int{}
			x.Eval(&in, &others, func(slot int32, row int) {
				if got[slot] == nil {
					got[slot] = new(expr.Truths)
					got[slot].Copy(&others) // complete before the first hit
				}
				hits[slot] = append(hits[slot], row)
			})
			for slot, e := range atoms {
				if got[slot] == nil {
					got[slot] = new(expr.Truths)
					got[slot].Copy(&others)
				}
				for _, row := range hits[slot] {
					got[slot].SetTrue(row)
				}
				p, err := expr.CompilePredicate(e, func(*plan.Column) (int, error) { return 0, nil })
				if err != nil {
					t.Fatal(err)
				}
				p.Eval(&in, &want)
				for row := range n {
					if got[slot].At(row) != want.At(row) {
						t.Fatalf("%s in row %d: %v, want %v", plan.FormatExpr(e), row, got[slot].At(row), want.At(row))
					}
				}
			}
			for slot := range hits {
				if atoms[slot] == nil {
					t.Errorf("hit of slot %d, which nobody has", slot)
				}
			}
		}
	}
}
