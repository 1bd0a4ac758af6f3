package agg

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/plan"
)

// What Updates return adds up to about the memory that the state holds, also
// where rows go again.
func TestUpdateTellsGrowth(t *testing.T) {
	const text = 1000
	value := func(i int) string { return string(rune('a'+i%26)) + strings.Repeat("x", text-1) }
	fold := func(f Function, rows int, args ...record.Type) (grown int) {
		s, cols := f.New(), columns(args)
		for i := range rows {
			for _, c := range cols {
				if c.Type.Kind == record.Varchar {
					c.AppendStr(value(i))
				} else {
					c.AppendInt(int64(i))
				}
			}
			grown += s.Update(cols, only(i))
		}
		return grown
	}
	lookup := func(name string, arg record.Type) Function {
		f, err := Lookup(plan.Agg{Func: name, Args: []plan.Expr{column(arg)}})
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	if n := fold(lookup("sum", record.BigIntType), 100, record.BigIntType); n != 0 {
		t.Errorf("a sum grew by %d bytes", n)
	}
	if n := fold(lookup("max", record.VarcharType), 100, record.VarcharType); n != text {
		t.Errorf("a max of texts grew by %d bytes", n)
	}
	distinct, err := Lookup(plan.Agg{Func: "count", Args: []plan.Expr{column(record.VarcharType)}, Distinct: true})
	if err != nil {
		t.Fatal(err)
	}
	if n := fold(distinct, 100, record.VarcharType); n < 26*text || n > 26*(text+100) {
		t.Errorf("26 different texts grew by %d bytes", n)
	}
	const k = 10
	top, err := TopRows(TopSpec{
		K: k, Order: []plan.SortKey{{Expr: column(record.BigIntType), Desc: true}}, Cols: []plan.Expr{column(record.VarcharType)},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, rows := range []int{5, 36, 500} {
		n := fold(top, rows, record.BigIntType, record.VarcharType)
		if held := min(rows, 2*k+16); n < min(rows, k)*text || n > held*(text+400) {
			t.Errorf("%d rows: the %d least grew by %d bytes", rows, k, n)
		}
	}
}

// What Merges return adds up to what Updates with the same rows do, up to what is let go
// of at other times.
func TestMergeTellsGrowth(t *testing.T) {
	for _, s := range subjects(t) {
		r := rand.New(rand.NewPCG(9, 9))
		whole, merged := s.f.New(), s.f.New()
		updates, merges := 0, 0
		for range 50 {
			cols, part := columns(s.args), s.f.New()
			for row := range 20 {
				s.fill(r, cols)
				updates += whole.Update(cols, only(row))
				part.Update(cols, only(row))
			}
			merges += merged.Merge(part)
		}
		if merges < updates/2-1000 || merges > updates*2+1000 {
			t.Errorf("%s: merges grew by %d bytes, updates by %d", s.name, merges, updates)
		}
	}
}
