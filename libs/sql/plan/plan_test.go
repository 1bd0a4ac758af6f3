package plan

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"github.com/millrace/millrace/libs/record"
)

// TestGolden holds how plans are printed, and their bytes and fingerprints: a
// registry holds such bytes, so they may never change.
func TestGolden(t *testing.T) {
	datadriven.RunTest(t, "testdata/golden", func(t *testing.T, d *datadriven.TestData) string {
		switch d.Cmd {
		case "plan":
			var name string
			d.ScanArgs(t, "name", &name)
			for _, e := range examples() {
				if e.name == name {
					b := Encode(e.plan)
					return fmt.Sprintf("%s\n%s\n%s", Format(e.plan), Fingerprint(e.plan), hexLines(b))
				}
			}
			d.Fatalf(t, "no example %s", name)
		case "decode":
			b, err := hex.DecodeString(strings.Join(strings.Fields(d.Input), ""))
			if err != nil {
				d.Fatalf(t, "%v", err)
			}
			out, err := Decode(b)
			if err != nil {
				return err.Error()
			}
			return Format(out)
		default:
			d.Fatalf(t, "unknown command %s", d.Cmd)
		}
		return ""
	})
}

func hexLines(b []byte) string {
	var out strings.Builder
	for ; len(b) > 32; b = b[32:] {
		fmt.Fprintf(&out, "%x\n", b[:32])
	}
	fmt.Fprintf(&out, "%x", b)
	return out.String()
}

// TestGoldenBytesDecode checks that all example plans survive a round trip.
func TestGoldenBytesDecode(t *testing.T) {
	for _, e := range examples() {
		got, err := Decode(Encode(e.plan))
		if err != nil {
			t.Errorf("%s: %v", e.name, err)
			continue
		}
		if Format(got) != Format(e.plan) || Fingerprint(got) != Fingerprint(e.plan) {
			t.Errorf("%s: reads back as\n%s", e.name, Format(got))
		}
	}
}

// TestDecodeRefusesCutOffPlans checks every proper prefix and a byte too many.
func TestDecodeRefusesCutOffPlans(t *testing.T) {
	for _, e := range examples() {
		b := Encode(e.plan)
		for n := range b {
			if _, err := Decode(b[:n]); !errors.Is(err, ErrEncoding) {
				t.Fatalf("%s: the first %d of %d bytes: %v", e.name, n, len(b), err)
			}
		}
		if _, err := Decode(append(b, 0)); !errors.Is(err, ErrEncoding) {
			t.Fatalf("%s: with a byte behind: %v", e.name, err)
		}
	}
}

func TestDecodeBoundsDepthAndLength(t *testing.T) {
	nested := func(depth int) *Output {
		e := call(FuncIsNull, lang)
		for range depth {
			e = call(FuncNot, e)
		}
		return &Output{Emit: EmitChanges, In: &Project{In: &Filter{In: &Scan{Stream: "s"}, Pred: e}, Cols: []NamedExpr{{"lang", lang}}}}
	}
	if _, err := Decode(Encode(nested(MaxDepth - 2))); err != nil {
		t.Errorf("as deep as allowed: %v", err)
	}
	if _, err := Decode(Encode(nested(MaxDepth + 1))); !errors.Is(err, ErrEncoding) {
		t.Errorf("too deep: %v", err)
	}
	if _, err := Decode(append([]byte{Version}, make([]byte, MaxEncoded)...)); !errors.Is(err, ErrEncoding) {
		t.Errorf("too long: %v", err)
	}
}

// TestLiteralsHaveOneSpelling checks that equal literals make equal plans.
func TestLiteralsHaveOneSpelling(t *testing.T) {
	negZero := -1 / posInf()
	for _, pair := range [][2]record.Value{
		{record.Float(negZero), record.Float(0)},
		{record.Float(nan(1)), record.Float(nan(2))},
	} {
		if a, b := FingerprintExpr(lit(pair[0])), FingerprintExpr(lit(pair[1])); a != b {
			t.Errorf("%s and %s differ", pair[0], pair[1])
		}
	}
}

func TestFingerprintsDiffer(t *testing.T) {
	exprs := []Expr{
		lit(record.Int(1)), lit(record.Float(1)), lit(record.Text("1")), lit(record.JSONOf("1")), lit(record.DateOf(1)),
		lit(record.NullOf(record.BigIntType)), lit(record.NullOf(record.DoubleType)), lit(record.Value{}),
		&Column{Name: "a", Typ: record.BigIntType}, &Column{Name: "a", Typ: record.DoubleType}, &Column{Name: "b", Typ: record.BigIntType},
		keyRef(0, record.BigIntType), keyRef(1, record.BigIntType), aggRef(0, record.BigIntType),
		call("f"), call("f", lang), call("f", lang, text), call("f", text, lang), call("f", call("f", lang), text),
	}
	seen := map[ID]Expr{}
	for _, e := range exprs {
		id := FingerprintExpr(e)
		if other, ok := seen[id]; ok {
			t.Errorf("%s and %s share an id", FormatExpr(e), FormatExpr(other))
		}
		seen[id] = e
	}
	if HashID([]byte("ab"), []byte("c")) == HashID([]byte("a"), []byte("bc")) {
		t.Error("parts run into each other")
	}
	if HashID() == HashID(nil) {
		t.Error("no part and an empty part share an id")
	}
}

func TestParseID(t *testing.T) {
	id := HashID([]byte("x"))
	if got, err := ParseID(id.String()); err != nil || got != id {
		t.Errorf("ParseID(%s) = %s, %v", id, got, err)
	}
	for _, bad := range []string{"", "00", strings.Repeat("g", 32), strings.Repeat("A", 32), id.String() + "0"} {
		if _, err := ParseID(bad); err == nil {
			t.Errorf("ParseID(%q) is accepted", bad)
		}
	}
}

// TestCheck holds what Check refuses, one change to a good plan at a time.
func TestCheck(t *testing.T) {
	const w = "window-top"
	for _, tt := range []struct {
		plan string
		edit func(*Output)
		want string
	}{
		{w, func(o *Output) { o.Emit = 0 }, "unknown emission 0"},
		{w, func(o *Output) { o.In = o.In.Input().Input() }, "expected a Project, found *plan.Aggregate"},
		{w, func(o *Output) { o.In.(*TopK).K = 0 }, "the first 0 rows by 3 keys"},
		{w, func(o *Output) { o.In.(*TopK).Order = nil }, "the first 10 rows by 0 keys"},
		{w, func(o *Output) { o.In.(*TopK).Order[0].Expr = aggRef(1, record.BigIntType) }, "sort key: agg(1) of 1 aggregates"},
		{w, func(o *Output) { o.In.Input().(*Project).Cols = nil }, "no output columns"},
		{w, func(o *Output) { o.In.Input().(*Project).Cols[2].Expr = keyRef(-1, record.VarcharType) }, `output column "lang": key(-1) of 1 keys`},
		{w, func(o *Output) { o.In.Input().(*Project).Cols[2].Expr = keyRef(0, record.BigIntType) }, `output column "lang": key(0) is VARCHAR, not BIGINT`},
		{w, func(o *Output) { o.In.Input().(*Project).Cols[2].Expr = &Ref{Kind: 9} }, `output column "lang": reference of unknown kind 9`},
		{w, func(o *Output) { o.In.Input().(*Project).Cols[2].Expr = lang }, `output column "lang": column lang above an aggregate`},
		{w, func(o *Output) { o.In.Input().Input().Input().(*Window).Size = 1500 }, `window of kind 1, size 1500 µs over column "created_at"`},
		{w, func(o *Output) { o.In.Input().Input().(*Aggregate).In = &Scan{Stream: "s"} }, `output column "window_start": window_start without a window`},
		{w, func(o *Output) { o.In.Input().Input().(*Aggregate).Keys[0] = keyRef(0, record.VarcharType) }, "key(0) without an aggregate below"},
		{w, func(o *Output) { o.In.Input().Input().(*Aggregate).Aggs[0].Func = "" }, "aggregate without a name"},
		{"grouped", func(o *Output) { o.In.Input().(*Filter).Pred = aggRef(0, record.BigIntType) }, "HAVING is BIGINT, not BOOLEAN"},
		{"grouped", func(o *Output) { o.In.Input().Input().(*Aggregate).Aggs[2].Filter = lang }, "FILTER is VARCHAR, not BOOLEAN"},
		{"grouped", func(o *Output) { o.In.Input().Input().Input().(*Filter).Pred = text }, "WHERE is VARCHAR, not BOOLEAN"},
		{"rows", func(o *Output) { o.In.(*Project).In = &Scan{} }, "scan of a stream without a name"},
		{"rows", func(o *Output) { o.In.(*Project).In = &Window{In: o.In.Input()} }, "expected a Scan, found *plan.Window"},
		{"rows", func(o *Output) { o.In.(*Project).Cols[0].Expr = aggRef(0, record.BigIntType) }, `output column "id": agg(0) without an aggregate below`},
		{"rows", func(o *Output) { o.In.(*Project).Cols[0].Expr = call("") }, `output column "id": function without a name`},
		{"rows", func(o *Output) { o.In.(*Project).Cols[0].Expr = &Column{} }, `output column "id": column without a name`},
	} {
		for _, e := range examples() {
			if e.name != tt.plan {
				continue
			}
			if err := Check(e.plan); err != nil {
				t.Fatalf("%s: %v", e.name, err)
			}
			tt.edit(e.plan)
			if err := Check(e.plan); err == nil || err.Error() != tt.want {
				t.Errorf("%s: error %v, want %s", e.name, err, tt.want)
			}
			if _, err := Decode(Encode(e.plan)); !errors.Is(err, ErrEncoding) {
				t.Errorf("%s, %s: Decode: %v", e.name, tt.want, err)
			}
		}
	}
}

func TestRandomPlansRoundTrip(t *testing.T) {
	for seed := range uint64(2000) {
		p := newRandom(seed).output()
		b := Encode(p)
		got, err := Decode(b)
		if err != nil {
			t.Fatalf("seed %d: %v\n%s", seed, err, Format(p))
		}
		if !reflect.DeepEqual(got, p) {
			t.Fatalf("seed %d:\n%s\nreads back as\n%s", seed, Format(p), Format(got))
		}
	}
}

// FuzzDecode checks that Decode never panics and accepts only what Encode
// writes.
func FuzzDecode(f *testing.F) {
	for _, e := range examples() {
		f.Add(Encode(e.plan))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		out, err := Decode(b)
		if err != nil {
			if !errors.Is(err, ErrEncoding) {
				t.Fatalf("error %v does not wrap ErrEncoding", err)
			}
			return
		}
		if again := Encode(out); !bytes.Equal(again, b) {
			t.Fatalf("%x\nis written as\n%x", b, again)
		}
		Format(out)
	})
}
