package function_test

import (
	"math"
	"strings"
	"testing"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/function"
)

func TestEval(t *testing.T) {
	yes, no, unknown := record.Bool(true), record.Bool(false), record.NullOf(record.BooleanType)
	text, nullText := record.Text, record.NullOf(record.VarcharType)
	n, nullInt := record.Int, record.NullOf(record.BigIntType)
	nan := record.Float(math.NaN())
	list := func(vs ...record.Value) record.Value { return record.List(record.VarcharType, vs) }
	for _, tc := range []struct {
		name string
		args []record.Value
		want record.Value
	}{
		{"and", []record.Value{yes, unknown, yes}, unknown},
		{"and", []record.Value{unknown, no}, no},
		{"or", []record.Value{no, unknown}, unknown},
		{"or", []record.Value{unknown, yes}, yes},
		{"not", []record.Value{unknown}, unknown},
		{"not", []record.Value{no}, yes},
		{"eq", []record.Value{n(1), record.Float(1)}, yes},
		{"eq", []record.Value{n(math.MaxInt64), record.Float(1 << 63)}, no},
		{"eq", []record.Value{nan, nan}, yes},
		{"eq", []record.Value{nullInt, nullInt}, unknown},
		{"lt", []record.Value{record.Float(math.Inf(1)), nan}, yes},
		{"lt", []record.Value{text("Z"), text("a")}, yes},
		{"lt", []record.Value{no, yes}, yes},
		{"le", []record.Value{n(2), n(2)}, yes},
		{"ne", []record.Value{n(2), n(2)}, no},
		{"gt", []record.Value{n(3), n(2)}, yes},
		{"ge", []record.Value{n(1), n(2)}, no},
		{"between", []record.Value{n(2), n(1), n(3)}, yes},
		{"between", []record.Value{n(4), nullInt, n(3)}, no},
		{"between", []record.Value{n(2), nullInt, n(3)}, unknown},
		{"in", []record.Value{n(2), n(1), nullInt, n(2)}, yes},
		{"in", []record.Value{n(2), n(1), nullInt}, unknown},
		{"in", []record.Value{n(2), n(1)}, no},
		{"is_null", []record.Value{nullText}, yes},
		{"is_null", []record.Value{text("")}, no},
		{"like", []record.Value{text("golang"), text("go%")}, yes},
		{"like", []record.Value{nullText, text("go%")}, unknown},
		{"ilike", []record.Value{text("STRASSE"), text("straß%")}, no},
		{"ilike", []record.Value{text("straẞe"), text("STRAß_")}, yes},
		{"contains", []record.Value{text("golang"), text("")}, yes},
		{"contains", []record.Value{text("golang"), text("LANG")}, no},
		{"icontains", []record.Value{text("go\u212aey"), text("OKE")}, yes},
		{"icontains", []record.Value{text("x"), nullText}, unknown},
		{"member", []record.Value{list(text("a"), text("b")), text("b")}, yes},
		{"member", []record.Value{list(text("a")), text("b")}, no},
		{"member", []record.Value{list(text("a"), nullText), text("b")}, unknown},
		{"member", []record.Value{list(), nullText}, no},
		{"member", []record.Value{list(text("a")), nullText}, unknown},
		{"member", []record.Value{record.NullOf(record.ArrayOf(record.VarcharType)), text("b")}, unknown},
	} {
		f, ok := function.LookupScalar(tc.name)
		if !ok {
			t.Fatalf("%s is unknown", tc.name)
		}
		got, err := f.Eval(tc.args)
		if err != nil || got.IsNull() != tc.want.IsNull() || record.Compare(got, tc.want) != 0 || got.Type().Kind != record.Boolean {
			t.Errorf("%s%v is %v (%v), want %v", tc.name, tc.args, got, err, tc.want)
		}
	}
	f, _ := function.LookupScalar("like")
	if _, err := f.Eval([]record.Value{text("x"), text(`x\`)}); err == nil {
		t.Error("a malformed pattern is taken")
	}
}

func TestAggregateTypes(t *testing.T) {
	tags := record.ArrayOf(record.VarcharType)
	for _, tc := range []struct {
		name string
		arg  record.Type
		want string // "": refused
	}{
		{"count", record.Type{}, "BIGINT"},
		{"count", tags, "BIGINT"},
		{"sum", record.BigIntType, "BIGINT"},
		{"sum", record.DoubleType, "DOUBLE"},
		{"sum", record.VarcharType, ""},
		{"avg", record.BigIntType, "DOUBLE"},
		{"avg", record.BooleanType, ""},
		{"min", record.TimestampType, "TIMESTAMP"},
		{"max", record.BooleanType, "BOOLEAN"},
		{"max", tags, ""},
		{"min", record.JSONType, ""},
	} {
		a, _ := function.LookupAggregate(tc.name)
		got, err := a.Result(tc.arg)
		switch {
		case tc.want == "":
			if err == nil || !strings.HasPrefix(err.Error(), tc.name+" takes ") {
				t.Errorf("%s(%s): got %v", tc.name, tc.arg, err)
			}
		case err != nil || got.String() != tc.want:
			t.Errorf("%s(%s) is %s (%v), want %s", tc.name, tc.arg, got, err, tc.want)
		}
	}
}
