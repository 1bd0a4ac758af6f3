package agg

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"

	"github.com/millrace/millrace/libs/record"
)

func unsafeString(b []byte) string { return unsafe.String(&b[0], len(b)) }

// The K least of all rows, by sorting them.
func TestTopRowsAgainstSorting(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	for _, k := range []int64{1, 2, 10, 1000} {
		f, err := TopRows(topSpec(k))
		if err != nil {
			t.Fatal(err)
		}
		spec := f.(*topRows)
		var types []record.Type
		for _, e := range spec.Args() {
			types = append(types, e.Type())
		}
		cols := columns(types)
		state := f.New().(*Top)
		var all []TopRow
		for row := range 3000 {
			for _, c := range cols {
				cell(r, c)
			}
			state.Update(cols, only(row))
			vs := make([]record.Value, len(cols))
			for i, c := range cols {
				vs[i] = c.Value(row)
			}
			all = append(all, TopRow{Order: vs[:2], Cols: vs[2:]})
		}
		slices.SortStableFunc(all, spec.compare)
		all = all[:k]
		got := state.Rows()
		if len(got) != len(all) {
			t.Fatalf("k=%d: %d rows", k, len(got))
		}
		for i := range all {
			if !bytes.Equal(got[i].append(nil), all[i].append(nil)) {
				t.Fatalf("k=%d: row %d is %v, want %v", k, i, got[i], all[i])
			}
		}
		if v, err := state.Result(); err != nil || v.Int() != k {
			t.Errorf("k=%d: result %v %v", k, v, err)
		}
	}
}

func TestTopRowsOrder(t *testing.T) {
	f, err := TopRows(topSpec(10))
	if err != nil {
		t.Fatal(err)
	}
	spec := f.(*topRows)
	row := func(n, s, tie record.Value) TopRow {
		return TopRow{Order: []record.Value{n, s}, Cols: []record.Value{tie, record.Float(0), record.NullOf(record.ArrayOf(record.VarcharType))}}
	}
	i, s, null := record.Int, record.Text, record.NullOf
	want := []TopRow{ // first key descending, NULL last; second ascending, NULL first
		row(i(9), null(record.VarcharType), s("z")),
		row(i(9), s("a"), null(record.VarcharType)),
		row(i(9), s("a"), s("a")),
		row(i(9), s("b"), s("")),
		row(i(-1), s("a"), s("")),
		row(null(record.BigIntType), s("a"), s("")),
	}
	for a := range want {
		for b := range want {
			got := spec.compare(want[a], want[b])
			if (got < 0) != (a < b) || (got > 0) != (a > b) {
				t.Errorf("compare(%d, %d) = %d", a, b, got)
			}
		}
	}
}

func TestTopRowsSplit(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	f, err := TopRows(topSpec(200))
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{0, 1, 7, 500} {
		state := f.New().(*Top)
		var types []record.Type
		for _, e := range topSpec(200).Args() {
			types = append(types, e.Type())
		}
		cols := columns(types)
		for row := range n {
			for _, c := range cols {
				cell(r, c)
			}
			state.Update(cols, only(row))
		}
		for _, limit := range []int{1, 64, 300, 1 << 20} {
			parts := state.Split(limit)
			merged := f.New()
			for _, p := range parts {
				s, err := f.Decode(p)
				if err != nil {
					t.Fatal(err)
				}
				if rows := len(s.(*Top).Rows()); len(p) > limit && rows > 1 {
					t.Errorf("limit %d: %d bytes for %d rows", limit, len(p), rows)
				}
				merged.Merge(s)
			}
			if len(parts) == 0 || !bytes.Equal(merged.Append(nil), state.Append(nil)) {
				t.Errorf("%d rows, limit %d: %d parts do not merge into the state", n, limit, len(parts))
			}
		}
	}
}
