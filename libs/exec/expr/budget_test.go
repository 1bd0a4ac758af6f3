package expr

import (
	"math/bits"
	"strings"
	"testing"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/plan"
)

// padded returns a call that makes a text of the length of column n.
func padded(n plan.Expr) *plan.Call {
	return &plan.Call{Func: "lpad", Args: []plan.Expr{&plan.Literal{Value: record.Text("x")}, n}, Typ: record.VarcharType}
}

// Under a limit values are computed for as many rows at a time as there is room for, in the
// end for all, and nothing is left of them.
func TestComputedWithinALimit(t *testing.T) {
	const rows, limit = 300, 1000
	length := &plan.Column{Name: "n", Typ: record.BigIntType}
	c := newCompiler([]*plan.Column{length})
	c.scope.Function = TableFunction
	long := padded(length)
	parts := &plan.Call{Func: "string_to_array", Args: []plan.Expr{
		&plan.Call{Func: "replace", Args: []plan.Expr{long, &plan.Literal{Value: record.Text(" ")}, &plan.Literal{Value: record.Text("yz")}}, Typ: record.VarcharType},
		&plan.Literal{Value: record.Text("y")},
	}, Typ: record.ArrayOf(record.VarcharType)}
	var at []int
	for _, e := range []*plan.Call{long, parts} {
		v, err := CompileValue(e, c.scope)
		if err != nil {
			t.Fatal(err)
		}
		pos, _ := Position(v)
		at = append(at, pos)
	}
	column := record.NewBatch(&record.Schema{Fields: []record.Field{{Type: length.Typ}}}).Columns[0]
	for i := range rows {
		column.AppendInt(int64([]int{10, 1, 200, 5000}[i%4])) // one is too long by itself
	}
	var in Input
	in.Bound(limit)
	for range 2 {
		c.reset(&in, []*record.Column{&column}, rows)
		mark := in.Mark()
		in.Need(at[0], nil)
		in.Need(at[1], nil)
		if in.Held(mark) {
			t.Fatal("there was room for all")
		}
		seen, calls := make([]int, rows), 0
		in.Portions(nil, func(some []uint64) bool {
			calls++
			mark := in.Mark()
			for _, pos := range at {
				in.Need(pos, some)
			}
			if !in.Held(mark) {
				return false
			}
			held, n := 0, 0
			for i, w := range some {
				for ; w != 0; w &= w - 1 {
					row := i<<6 | bits.TrailingZeros64(w)
					want := column.Ints[row]
					if got := in.Columns[at[0]].Strs[row]; int64(len(got)) != want || strings.Trim(got, " ") != "x" {
						t.Fatalf("row %d: %q", row, got)
					}
					if got := len(in.Columns[at[1]].Value(row).Elems()); int64(got) != want {
						t.Fatalf("row %d: %d parts of %d", row, got, want)
					}
					seen[row]++
					held += int(want)
					n++
				}
			}
			if held > limit && n > 1 {
				t.Fatalf("%d bytes of %d rows are held", held, n)
			}
			return true
		})
		for row, n := range seen {
			if n != 1 {
				t.Fatalf("row %d was taken %d times", row, n)
			}
		}
		if calls > 6*rows {
			t.Errorf("%d calls for %d rows", calls, rows)
		}
		for _, s := range in.Columns[at[0]].Strs {
			if s != "" {
				t.Fatal("a value is kept")
			}
		}
		if e := in.Columns[at[1]].Elem; cap(e.Strs) > 0 {
			t.Fatal("elements are kept")
		}
	}
}

// What refers to a text that is there anyway takes no room.
func TestPartsOfTextsTakeNoRoom(t *testing.T) {
	text := &plan.Column{Name: "text", Typ: record.VarcharType}
	c := newCompiler([]*plan.Column{text})
	c.scope.Function = TableFunction
	v, err := CompileValue(&plan.Call{Func: "trim", Args: []plan.Expr{text}, Typ: record.VarcharType}, c.scope)
	if err != nil {
		t.Fatal(err)
	}
	pos, _ := Position(v)
	column := record.NewBatch(&record.Schema{Fields: []record.Field{{Type: text.Typ}}}).Columns[0]
	for range 100 {
		column.AppendStr(" " + strings.Repeat("y", 100) + " ")
	}
	var in Input
	in.Bound(1000)
	c.reset(&in, []*record.Column{&column}, 100)
	mark := in.Mark()
	if in.Need(pos, nil); !in.Held(mark) {
		t.Error("there was no room for parts of columns")
	}
}

// Memory that was needed once is not kept for the next batch.
func TestLargeValuesAreForgotten(t *testing.T) {
	length := &plan.Column{Name: "n", Typ: record.BigIntType}
	c := newCompiler([]*plan.Column{length})
	c.scope.Function = TableFunction
	v, err := CompileValue(padded(length), c.scope)
	if err != nil {
		t.Fatal(err)
	}
	pos, _ := Position(v)
	column := record.NewBatch(&record.Schema{Fields: []record.Field{{Type: length.Typ}}}).Columns[0]
	for range 10 {
		column.AppendInt(keptComputed / 5)
	}
	var in Input
	c.reset(&in, []*record.Column{&column}, 10)
	in.Need(pos, nil)
	in.Folded(pos)
	first := in.Columns[pos]
	c.reset(&in, []*record.Column{&column}, 10)
	if in.Need(pos, []uint64{1}); in.Columns[pos] == first || in.folded[pos].arena != nil {
		t.Error("cells of large values are used again")
	}
	column.Ints[0] = 10
	c.reset(&in, []*record.Column{&column}, 10)
	in.Need(pos, []uint64{1})
	small := in.Columns[pos]
	c.reset(&in, []*record.Column{&column}, 10)
	if in.Need(pos, []uint64{1}); in.Columns[pos] != small {
		t.Error("cells of small values are not used again")
	}
}
