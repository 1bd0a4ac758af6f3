package agg

import (
	"encoding/hex"
	"testing"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/plan"
)

// TestStatesBeyond: states that hold timestamps which an earlier version took, and this
// one does not, are read, merged with others and written as they were. The bytes are
// those that it wrote.
func TestStatesBeyond(t *testing.T) {
	const (
		year9999 = "058080e0e995fea18407"
		year1    = "05ffffddf2dfffdfdc01"
		y2016    = "0580c0d99192f89e05"
	)
	top, err := TopRows(TopSpec{K: 2, Cols: []plan.Expr{column(record.TimestampType)}, Order: []plan.SortKey{{Expr: column(record.TimestampType), Desc: true}}})
	if err != nil {
		t.Fatal(err)
	}
	of := func(spec plan.Agg) Function {
		f, err := Lookup(spec)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	at := []plan.Expr{column(record.TimestampType)}
	for _, test := range []struct {
		name         string
		f            Function
		state, other string // hexadecimal
		merged       string
		result       string
	}{
		{"min", of(plan.Agg{Func: "min", Args: at, Type: record.TimestampType}), year1, y2016, year1, "0001-01-01T00:00:00.000Z"},
		{"max", of(plan.Agg{Func: "max", Args: at, Type: record.TimestampType}), year9999, y2016, year9999, "9999-12-31T00:00:00.000Z"},
		{"min of a later one", of(plan.Agg{Func: "min", Args: at, Type: record.TimestampType}), year9999, y2016, y2016, "2016-10-02T12:00:00.000Z"},
		{"top rows", top, "01" + year9999 + year9999, "01" + y2016 + y2016, "02" + year9999 + year9999 + y2016 + y2016, "2"},
		{"count distinct", of(plan.Agg{Func: "count", Distinct: true, Args: at, Type: record.BigIntType}), "01" + year9999, "01" + y2016, "02" + year9999 + y2016, "2"},
	} {
		read := func(b string) State {
			bytes, err := hex.DecodeString(b)
			if err != nil {
				t.Fatal(err)
			}
			s, err := test.f.Decode(bytes)
			if err != nil {
				t.Fatalf("%s: %s: %v", test.name, b, err)
			}
			if got := hex.EncodeToString(s.Append(nil)); got != b {
				t.Errorf("%s: %s is written again as %s", test.name, b, got)
			}
			return s
		}
		s := read(test.state)
		s.Merge(read(test.other))
		if got := hex.EncodeToString(s.Append(nil)); got != test.merged {
			t.Errorf("%s: merged is %s, not %s", test.name, got, test.merged)
		}
		if v, err := s.Result(); err != nil || v.String() != test.result {
			t.Errorf("%s is %s, %v, not %s", test.name, v, err, test.result)
		}
	}
}
