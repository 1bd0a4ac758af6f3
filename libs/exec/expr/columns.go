package expr

import (
	"cmp"
	"strings"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/plan"
)

// pairs tests two columns, NULL where one of them is.
type pairs struct {
	cols [2]int
	test func(a, b *record.Column, row int) bool // of rows that are not NULL
}

func (p pairs) Eval(in *Input, out *Truths) {
	out.Fill(in.Len, record.False)
	a, b := in.Columns[p.cols[0]], in.Columns[p.cols[1]]
	for i := range in.Len {
		switch {
		case !a.Valid.At(i) || !b.Valid.At(i):
			out.Set(i, record.Null)
		case p.test(a, b, i):
			out.SetTrue(i)
		}
	}
}

// compileColumns compiles a comparison of two columns; nil where it has no
// vectorised form.
func compileColumns(fn string, a, b int, at, bt record.Type) Predicate {
	var compare func(a, b *record.Column, i int) int
	switch kinds := [2]record.Kind{at.Kind, bt.Kind}; kinds {
	case [2]record.Kind{record.BigInt, record.BigInt},
		[2]record.Kind{record.Timestamp, record.Timestamp},
		[2]record.Kind{record.Date, record.Date},
		[2]record.Kind{record.DayTime, record.DayTime},
		[2]record.Kind{record.YearMonth, record.YearMonth}:
		compare = func(a, b *record.Column, i int) int { return cmp.Compare(a.Ints[i], b.Ints[i]) }
	case [2]record.Kind{record.Double, record.Double}:
		compare = func(a, b *record.Column, i int) int { return record.CompareFloat(a.Floats[i], b.Floats[i]) }
	case [2]record.Kind{record.BigInt, record.Double}:
		compare = func(a, b *record.Column, i int) int { return record.CompareIntFloat(a.Ints[i], b.Floats[i]) }
	case [2]record.Kind{record.Double, record.BigInt}:
		compare = func(a, b *record.Column, i int) int { return -record.CompareIntFloat(b.Ints[i], a.Floats[i]) }
	case [2]record.Kind{record.Varchar, record.Varchar}:
		compare = func(a, b *record.Column, i int) int { return strings.Compare(a.Strs[i], b.Strs[i]) }
	default:
		return nil
	}
	switch fn {
	case plan.FuncEq, plan.FuncLt, plan.FuncLe:
		o := opOf(fn)
		return pairs{cols: [2]int{a, b}, test: func(a, b *record.Column, i int) bool { return o.holds(compare(a, b, i)) }}
	default:
		return nil
	}
}
