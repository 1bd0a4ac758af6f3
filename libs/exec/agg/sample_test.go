package agg

import (
	"testing"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/plan"
)

// What a row is, is read from columns of any type, also from one that has been one of texts
// before: columns of what is unnested are gathered into the same memory.
func TestSampleOfColumnsThatWereOthers(t *testing.T) {
	integer := record.BigIntType
	a := plan.Agg{Func: "sample_agg", Args: []plan.Expr{
		&plan.Column{Name: "x", Typ: integer}, &plan.Literal{Value: record.Int(3)}, &plan.Literal{Value: record.Int(0)},
	}, Order: []plan.SortKey{{Expr: &plan.Column{Name: "id", Typ: integer}}}}
	f, err := Lookup(a)
	if err != nil {
		t.Fatal(err)
	}
	x := record.Column{Type: integer}
	for i := range int64(5) {
		x.AppendInt(i)
	}
	texts := record.Column{Type: record.VarcharType}
	texts.AppendStr("one")
	reused := record.Column{}
	reused.Gather(&texts, []int32{0})
	reused.Gather(&x, []int32{0, 1, 2, 3, 4})
	got, want := f.New(), f.New()
	rows := []int32{0, 1, 2, 3, 4}
	got.Update([]*record.Column{&x, &reused}, rows)
	want.Update([]*record.Column{&x, &x}, rows)
	same(t, "sample", got, want)
}
