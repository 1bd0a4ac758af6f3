package jsonscan_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/millrace/millrace/libs/jsonscan"
	"github.com/millrace/millrace/libs/record"
)

// everything has all types, paths and options, under names so short that a
// fuzzer meets them.
const everything = `
version: 1
stream: everything
event_time: t
lateness: 0s
columns:
  - {name: i, type: BIGINT, paths: [i, a.i, a.b.c]}
  - {name: n, type: BIGINT, numeric_strings: true, paths: [n, "l[a='x'].n"]}
  - {name: d, type: DOUBLE, paths: [d]}
  - {name: e, type: DOUBLE, numeric_strings: true, paths: [e]}
  - {name: s, type: VARCHAR, paths: [a.b.s, s, "l[b.c=a.i].s"]}
  - {name: o, type: BOOLEAN, absent_is_false: true, paths: ["a.b?", "l[a='x']?", o]}
  - {name: t, type: TIMESTAMP, formats: ["Mon Jan 02 15:04:05 -0700 2006", rfc3339, "2006-01-02 15:04:05", epoch_ms], paths: [t]}
  - {name: y, type: DATE, formats: ["2006-01-02", rfc3339], paths: [t]}
  - {name: p, type: ARRAY<VARCHAR>, paths: ["a.l[].s|b.c", "p[]"]}
  - {name: q, type: ARRAY<BIGINT>, paths: ["q[]", "l[].n"]}
  - {name: r, type: ARRAY<BOOLEAN>, paths: ["l[].o"]}
`

func everythingSpec(t testing.TB, names ...string) jsonscan.Spec {
	t.Helper()
	return specOf(load(t, everything), names...)
}

// compare decodes a document with the decoder and the oracle.
func compare(t *testing.T, dec jsonscan.Decoder, o *oracle, b *record.Batch, doc []byte) {
	t.Helper()
	b.Reset()
	err := dec.Decode(doc, b)
	var bad *jsonscan.DocumentError
	if err != nil && !errors.As(err, &bad) {
		t.Fatalf("%q: %v is no DocumentError", doc, err)
	}
	vals, event, mismatches, ok := o.row(doc)
	if ok != (err == nil) {
		t.Fatalf("%q: error %v; accepted by encoding/json: %v", doc, err, ok)
	}
	if err != nil {
		if bad.Offset < 0 || bad.Offset > len(doc) || bad.Reason == "" {
			t.Fatalf("%q: error %+v", doc, bad)
		}
		if b.Len != 0 || len(b.EventTime) != 0 || len(b.Index) != 0 || slices.Max(b.Mismatches) != 0 || b.Columns[0].Valid.Len() != 0 {
			t.Fatalf("%q: rejected, and left %+v", doc, b)
		}
		return
	}
	if b.Len != 1 || len(b.EventTime) != 1 || len(b.Index) != 1 {
		t.Fatalf("%q: batch of %d rows, %d event times, %d indexes", doc, b.Len, len(b.EventTime), len(b.Index))
	}
	if b.EventTime[0] != event {
		t.Errorf("%q: event time %d, want %d", doc, b.EventTime[0], event)
	}
	for i, want := range vals {
		got := b.Columns[i].Value(0)
		if string(record.AppendValue(nil, got)) != string(record.AppendValue(nil, want)) {
			t.Errorf("%q: %s is %s, want %s", doc, b.Schema.Fields[i].Name, got, want)
		}
		if b.Mismatches[i] != mismatches[i] {
			t.Errorf("%q: %s: %d mismatches, want %d", doc, b.Schema.Fields[i].Name, b.Mismatches[i], mismatches[i])
		}
	}
}

// FuzzDecode checks acceptance and every value against encoding/json.
func FuzzDecode(f *testing.F) {
	for seed := range uint64(50) {
		f.Add(newGenerator(seed).document())
	}
	for _, s := range []string{``, `null`, `[]`, ` {} `, `{"i":1}x`, `{"s":"\ud83c\udf3e\uD800"}`, "{\"s\":\"\xff\"}", `{"t":"Wed Oct 05 09:14:07 +0000 2016"}`, `{"t":"2016-10-05"}`, `{"i":1.0e2}`} {
		f.Add([]byte(s))
	}
	dec := newDecoder(f, everythingSpec(f))
	b := record.NewBatch(dec.Schema())
	o := &oracle{everythingSpec(f)}
	f.Fuzz(func(t *testing.T, doc []byte) { compare(t, dec, o, b, doc) })
}

// FuzzInside does the same for what is at some place inside of a document, so
// that it comes to lie across the blocks that an index is made of.
func FuzzInside(f *testing.F) {
	for seed := range uint64(50) {
		f.Add(uint8(5*seed), newGenerator(seed).document())
	}
	for i, s := range []string{`1,"i":12`, `"\u00e9\"","\u0061":{"i":0}`, `[tru]`, `[1 ,2e+7, -0.0]`, `[[],{},null]`, `}`, `"\\\\"`} {
		f.Add(uint8(60+i), []byte(s))
	}
	dec := newDecoder(f, everythingSpec(f))
	b := record.NewBatch(dec.Schema())
	o := &oracle{everythingSpec(f)}
	f.Fuzz(func(t *testing.T, before uint8, inside []byte) {
		doc := slices.Concat([]byte(`{"a":{"z`), bytes.Repeat([]byte("-"), int(before)), []byte(`":`), inside, []byte(`},"i":7}`))
		compare(t, dec, o, b, doc)
	})
}

// TestRandomDocuments does the same for documents that look like what the
// columns want, whole and broken, by all columns and by some.
func TestRandomDocuments(t *testing.T) {
	n := uint64(4000)
	if testing.Short() {
		n = 500
	}
	for _, names := range [][]string{nil, {"s"}, {"o", "q"}, {"n", "p", "t"}} {
		spec := everythingSpec(t, names...)
		dec, o := newDecoder(t, spec), &oracle{spec}
		b := record.NewBatch(dec.Schema())
		for seed := range n {
			g := newGenerator(seed)
			doc := g.document()
			if compare(t, dec, o, b, doc); t.Failed() {
				t.Fatalf("seed %d", seed)
			}
			for range 3 {
				broken := g.breakUp(doc)
				if compare(t, dec, o, b, broken); t.Failed() {
					t.Fatalf("seed %d, broken", seed)
				}
			}
		}
	}
}

// TestNestingLimit checks both walkers at the depth where encoding/json stops.
func TestNestingLimit(t *testing.T) {
	spec := everythingSpec(t)
	dec, o := newDecoder(t, spec), &oracle{spec}
	b := record.NewBatch(dec.Schema())
	for _, levels := range []int{9998, 9999, 10000, 10001} {
		for _, unit := range [][2]string{{"[", "]"}, {`{"z":`, "}"}, {`[{"a":`, "}]"}} {
			n := (levels - 1) / (strings.Count(unit[0], "[") + strings.Count(unit[0], "{"))
			for _, field := range []string{"z", "s", "a"} {
				doc := fmt.Sprintf(`{%q:%s1%s}`, field, strings.Repeat(unit[0], n), strings.Repeat(unit[1], n))
				compare(t, dec, o, b, []byte(doc))
			}
		}
	}
}

// generator makes documents of the names and values that everything reads.
type generator struct {
	*rand.Rand
	buf []byte
}

func newGenerator(seed uint64) *generator { return &generator{Rand: rand.New(rand.NewPCG(seed, 7))} }

func (g *generator) document() []byte {
	g.buf = nil
	g.blank()
	g.object(4)
	g.blank()
	return g.buf
}

func (g *generator) pick(choices ...string) string { return choices[g.IntN(len(choices))] }

func (g *generator) add(s string) { g.buf = append(g.buf, s...) }

func (g *generator) blank() {
	if g.IntN(6) == 0 {
		g.add(g.pick(" ", "\n", "\t \r", "          "))
	}
}

func (g *generator) object(depth int) {
	g.add("{")
	for i := range g.IntN(8) {
		if i > 0 {
			g.add(",")
		}
		g.blank()
		g.add(g.pick(`"i"`, `"n"`, `"d"`, `"e"`, `"s"`, `"o"`, `"t"`, `"a"`, `"a"`, `"b"`, `"c"`, `"l"`, `"l"`, `"p"`, `"q"`,
			`"\u0061"`, `"\u006c"`, `"A"`, `"aa"`, `""`, `"\n"`, "\"\xff\"", `"a much longer name, 水車"`))
		g.blank()
		g.add(":")
		g.blank()
		g.value(depth)
		g.blank()
	}
	g.add("}")
}

func (g *generator) value(depth int) {
	switch n := g.IntN(10); {
	case n < 3 && depth > 0:
		g.object(depth - 1)
	case n < 5 && depth > 0:
		g.add("[")
		for i := range g.IntN(5) {
			if i > 0 {
				g.add(",")
			}
			g.blank()
			g.value(depth - 1)
			g.blank()
		}
		g.add("]")
	case n < 7:
		g.add(g.pick("0", "-0", "1", "-12", "1.0", "1e3", "1.5", "-0.0e-7", "9223372036854775807", "9223372036854775808", "-9223372036854775808",
			"1e400", "1e-400", "123456789012345678901234567890", "1475658847123", "253402300800000", "100e-2", "12345678901234567890e-1"))
	case n < 8:
		g.add(g.pick("null", "null", "true", "false"))
	default:
		g.add(g.pick(`"x"`, `"x"`, `""`, `"1"`, `"-12"`, `"007"`, `"+1"`, `"1.5"`, `"1e3"`, `"\u0031"`, `"\u0078"`, `"\ud83c\udf3e"`, `"\ud83c"`,
			`"\udf3e\ud83c\n\/"`, "\"\xe6\xb0\"", "\"\xff\\n\"", `"水車が回る、今日も回る"`, `"plain text of more than sixteen bytes"`,
			`"Wed Oct 05 09:14:07 +0000 2016"`, `"Wed Oct 05 09:14:07 +0930 2016"`, `"Sun Feb 31 09:14:07 +0000 2016"`, `"WED oct 05 09:14:07.5 +0000 2016"`,
			`"2016-10-05T09:14:07Z"`, `"2016-10-05T09:14:07.123456789+02:00"`, `"2016-10-05 09:14:07"`, `"2016-10-05"`, `"0000-01-01T00:00:00+01:00"`))
	}
}

// breakUp returns the document with something wrong with it, mostly.
func (g *generator) breakUp(doc []byte) []byte {
	i := g.IntN(len(doc))
	switch g.IntN(4) {
	case 0:
		return doc[:i]
	case 1:
		return slices.Concat(doc[:i], doc[i+1:])
	case 2:
		return slices.Concat(doc[:i], []byte(g.pick(",", ":", "}", "]", "{", "[", `"`, `\`, "0", ".", "e", "-", "\x01", " ", "n", "\xff")), doc[i:])
	default:
		out := slices.Clone(doc)
		out[i] = byte(g.Uint32())
		return out
	}
}
