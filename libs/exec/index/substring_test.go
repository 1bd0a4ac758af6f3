package index

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/millrace/millrace/libs/exec/expr"
	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/plan"
)

func randomText(r *rand.Rand, n int) string {
	var b strings.Builder
	for range r.IntN(n) {
		b.WriteString([]string{"a", "b", "A", "é", "É", "日", "本", " ", "ſ", "s", "k", "K"}[r.IntN(12)])
	}
	return b.String()
}

// Both indexes of needles give every atom the truth values that it has by itself.
func TestSubstringAgreesWithAtoms(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	column := &plan.Column{Name: "text", Typ: record.VarcharType}
	for round := range 60 {
		b := record.NewBatch(&record.Schema{Fields: []record.Field{{Name: "text", Type: record.VarcharType}}})
		c := &b.Columns[0]
		const n = 130
		for range n {
			if r.IntN(8) == 0 {
				c.AppendNull()
			} else {
				c.AppendStr(randomText(r, 30))
			}
		}
		var in expr.Input
		in.Reset([]*record.Column{c}, n)
		fn := []string{plan.FuncContains, plan.FuncIContains}[round%2]
		var literals Literals
		var target Target
		atoms := map[int32]plan.Expr{}
		for slot := range int32(200) {
			e := call(fn, column, &plan.Literal{Value: record.Text(randomText(r, 6))})
			at, literal, ok := TargetOf(e)
			if !ok {
				continue
			}
			if _, twice := literals.texts[literal.Str()]; twice {
				continue
			}
			target = at
			literals.Set(literal, slot)
			atoms[slot] = e
		}
		if len(atoms) < 20 {
			t.Fatalf("only %d needles", len(atoms))
		}
		var others, want expr.Truths
		got := map[int32]*expr.Truths{}
		copied := func(slot int32) *expr.Truths {
			if got[slot] == nil {
				got[slot] = new(expr.Truths)
				got[slot].Copy(&others)
			}
			return got[slot]
		}
		x := New(target, 0, &literals)
		if x.Len() != len(atoms) {
			t.Fatalf("an index of %d atoms says %d", len(atoms), x.Len())
		}
		x.Eval(&in, &others, func(slot int32, row int) { copied(slot).SetTrue(row) })
		for slot, e := range atoms {
			p, err := expr.CompilePredicate(e, func(*plan.Column) (int, error) { return 0, nil })
			if err != nil {
				t.Fatal(err)
			}
			p.Eval(&in, &want)
			for row := range n {
				if copied(slot).At(row) != want.At(row) {
					t.Fatalf("%s of %q: %v, want %v", plan.FormatExpr(e), c.Strs[row], copied(slot).At(row), want.At(row))
				}
			}
		}
	}
}

func BenchmarkSubstring(b *testing.B) {
	for _, needles := range []int{10, 100, 1000, 10000} {
		b.Run(fmt.Sprint(needles), func(b *testing.B) {
			r := rand.New(rand.NewPCG(1, 2))
			var literals Literals
			for i := range needles {
				literals.Set(record.Text(fmt.Sprintf("word%d", i*7)), int32(i))
			}
			batch := record.NewBatch(&record.Schema{Fields: []record.Field{{Name: "text", Type: record.VarcharType}}})
			size := 0
			for range 200 {
				var s strings.Builder
				for range 20 {
					fmt.Fprintf(&s, "%c%d ", 'a'+rune(r.IntN(26)), r.IntN(100000))
				}
				size += s.Len()
				batch.Columns[0].AppendStr(s.String())
			}
			var in expr.Input
			var others expr.Truths
			x := New(Target{Column: "text", Test: Contains}, 0, &literals)
			hits := 0
			b.SetBytes(int64(size))
			b.ResetTimer()
			for range b.N {
				in.Reset([]*record.Column{&batch.Columns[0]}, 200)
				x.Eval(&in, &others, func(int32, int) { hits++ })
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/200, "ns/doc")
		})
	}
}
