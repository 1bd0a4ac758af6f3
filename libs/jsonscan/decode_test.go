package jsonscan_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/cockroachdb/datadriven"

	"github.com/millrace/millrace/libs/jsonscan"
	"github.com/millrace/millrace/libs/record"
)

// TestDecode holds what documents are read as, column by column.
func TestDecode(t *testing.T) {
	datadriven.Walk(t, "testdata/decode", func(t *testing.T, path string) {
		var dec jsonscan.Decoder
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			switch d.Cmd {
			case "stream":
				dec = newDecoder(t, specOf(load(t, d.Input)))
				return ""
			case "decode":
				return decodeLines(dec, []byte(d.Input))
			case "quoted": // documents as Go strings, for bytes that are no text
				var docs []string
				for line := range strings.Lines(d.Input) {
					var doc string
					if _, err := fmt.Sscanf(line, "%q", &doc); err != nil {
						d.Fatalf(t, "%v", err)
					}
					docs = append(docs, doc)
				}
				return decodeLines(dec, []byte(strings.Join(docs, "\n")))
			default:
				d.Fatalf(t, "unknown command %s", d.Cmd)
				return ""
			}
		})
	})
}

func decodeLines(dec jsonscan.Decoder, input []byte) string {
	var out strings.Builder
	b := record.NewBatch(dec.Schema())
	for i, doc := range jsonscan.Lines(input) {
		b.Reset()
		if err := dec.Decode(doc, b); err != nil {
			fmt.Fprintf(&out, "%d: %v\n", i, err)
			continue
		}
		var fields []string
		for j, f := range b.Schema.Fields {
			s := fmt.Sprintf("%s=%s", f.Name, b.Columns[j].Value(0))
			if strings.ContainsFunc(s, unicode.IsControl) {
				s = strconv.Quote(s)
			}
			if n := b.Mismatches[j]; n > 0 {
				s += fmt.Sprintf(" (%d mismatch)", n)
			}
			fields = append(fields, s)
		}
		if b.EventTime[0] != record.NoEventTime {
			fields = append(fields, fmt.Sprintf("@%d", b.EventTime[0]))
		}
		fmt.Fprintf(&out, "%d: %s\n", i, strings.Join(fields, " "))
	}
	return out.String()
}

// TestCatalogExamples checks that every example of the tweets catalog is read as
// its row, by all columns at once and by each alone.
func TestCatalogExamples(t *testing.T) {
	s := tweets(t)
	all := newDecoder(t, specOf(s))
	for _, e := range s.Examples {
		var want map[string]json.RawMessage
		if err := json.Unmarshal([]byte(e.Row), &want); err != nil {
			t.Fatalf("%s: row: %v", e.Name, err)
		}
		if len(want) != len(s.Columns) {
			t.Errorf("%s: the row has %d columns of %d", e.Name, len(want), len(s.Columns))
		}
		batch := record.NewBatch(all.Schema())
		if err := all.Decode([]byte(e.Document), batch); err != nil {
			t.Fatalf("%s: %v", e.Name, err)
		}
		if batch.EventTime[0] == record.NoEventTime {
			t.Errorf("%s: no event time", e.Name)
		}
		for i, c := range s.Columns {
			var compact bytes.Buffer
			if err := json.Compact(&compact, want[c.Name]); err != nil {
				t.Fatalf("%s: row: %s: %v", e.Name, c.Name, err)
			}
			if got := record.AppendJSON(nil, batch.Columns[i].Value(0)); string(got) != compact.String() {
				t.Errorf("%s: %s is %s, want %s", e.Name, c.Name, got, &compact)
			}
			if batch.Mismatches[i] != 0 {
				t.Errorf("%s: %s: %d mismatches", e.Name, c.Name, batch.Mismatches[i])
			}
			one := newDecoder(t, specOf(s, c.Name))
			single := record.NewBatch(one.Schema())
			if err := one.Decode([]byte(e.Document), single); err != nil {
				t.Fatalf("%s: %v", e.Name, err)
			}
			if got := record.AppendJSON(nil, single.Columns[0].Value(0)); string(got) != compact.String() {
				t.Errorf("%s: %s alone is %s, want %s", e.Name, c.Name, got, &compact)
			}
			if single.EventTime[0] != batch.EventTime[0] {
				t.Errorf("%s: event time is %d with %s alone, %d with all columns", e.Name, single.EventTime[0], c.Name, batch.EventTime[0])
			}
		}
	}
}

// TestRejectedDocumentsLeaveTheBatchAlone mixes good and bad documents.
func TestRejectedDocumentsLeaveTheBatchAlone(t *testing.T) {
	dec := newDecoder(t, specOf(tweets(t), "id", "text", "hashtags"))
	b := record.NewBatch(dec.Schema())
	var got []string
	value := "{\"id\":1,\"text\":\"a\\u00e9\",\"hashtags\":[\"x\",7]}\n\n{\"id\":2,\"text\":\"cut\\n off\n \t\r\n{\"id\":3}x\r\n{\"hashtags\":[\"\\ny\"],\"id\":4}"
	for i, doc := range jsonscan.Lines([]byte(value)) {
		if err := dec.Decode(doc, b); err != nil {
			var bad *jsonscan.DocumentError
			if !errors.As(err, &bad) {
				t.Fatalf("document %d: %v is no DocumentError", i, err)
			}
			got = append(got, fmt.Sprintf("%d: %v", i, err))
			continue
		}
		b.Name(0, 0, i)
	}
	for i := range b.Len {
		got = append(got, fmt.Sprintf("%d: %s", b.Index[i], row(b, i)))
	}
	want := []string{
		`1: byte 25: the document ends too early`,
		`2: byte 8: something follows the document`,
		`0: {"id":1,"text":"aé","hashtags":["x",null]}`,
		`3: {"id":4,"text":null,"hashtags":["\ny"]}`,
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if n := b.Mismatches; n[0] != 0 || n[1] != 0 || n[2] != 1 {
		t.Errorf("mismatches %v, want [0 0 1]", n)
	}
}

// TestTextsLiveUntilReset checks that texts that are not parts of the documents
// stay as they are while the batch grows, and while other batches are filled.
func TestTextsLiveUntilReset(t *testing.T) {
	dec := newDecoder(t, specOf(tweets(t), "text"))
	fill := func(b *record.Batch, mark string) {
		for i := range 300 {
			doc := fmt.Sprintf(`{"text":"\u0022%s%s%d"}`, mark, strings.Repeat("-", i*i/20), i)
			if err := dec.Decode([]byte(doc), b); err != nil {
				t.Fatal(err)
			}
		}
	}
	check := func(b *record.Batch, mark string) {
		for i := range 300 {
			want := fmt.Sprintf(`"%s%s%d`, mark, strings.Repeat("-", i*i/20), i)
			if got := b.Columns[0].Strs[i]; got != want {
				t.Fatalf("row %d is %q, want %q", i, got, want)
			}
		}
	}
	first, second := record.NewBatch(dec.Schema()), record.NewBatch(dec.Schema())
	for range 3 {
		first.Reset()
		fill(first, "a")
		second.Reset()
		fill(second, "b")
		check(first, "a")
		check(second, "b")
		second.Reset()
		fill(second, "c")
		check(first, "a")
		check(second, "c")
	}
}

// TestNoColumns checks that rows are counted, and documents validated, where no
// column is wanted.
func TestNoColumns(t *testing.T) {
	dec := newDecoder(t, jsonscan.Spec{})
	b := record.NewBatch(dec.Schema())
	for _, doc := range []string{`{}`, `{"":1}`, `{"a":{"b":[1]}}`, `{"a":}`, ` {}`, `null`} {
		err := dec.Decode([]byte(doc), b)
		if (err == nil) != (json.Valid([]byte(doc)) && doc != "null") {
			t.Errorf("%s: %v", doc, err)
		}
	}
	if b.Len != 4 || len(b.Index) != 4 || b.EventTime[3] != record.NoEventTime {
		t.Errorf("%d rows, indexes %v, event times %v", b.Len, b.Index, b.EventTime)
	}
}

func TestLines(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"", ""},
		{"\n\r\n \t\n", ""},
		{"a", "0:a"},
		{"a\n", "0:a"},
		{"a\nb", "0:a 1:b"},
		{"a\r\nb\r\n", "0:a 1:b"},
		{"\n\na\n \n\t\r\nb\n\n", "0:a 1:b"},
		{"a\r\r\nb", "0:a\r 1:b"},
		{" a ", "0: a "},
	} {
		var got []string
		value := []byte(tt.in)
		for i, line := range jsonscan.Lines(value) {
			if at := jsonscan.Offset(value, line); !strings.HasPrefix(tt.in[at:], string(line)) || at > 0 && tt.in[at-1] != '\n' {
				t.Errorf("%q: line %d is said to begin at %d", tt.in, i, at)
			}
			got = append(got, fmt.Sprintf("%d:%s", i, line))
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("%q: got %q, want %q", tt.in, got, tt.want)
		}
	}
	for range jsonscan.Lines([]byte("a\nb")) {
		break // must not go on
	}
}

func TestHint(t *testing.T) {
	const array, indented = "looks like a JSON array (name its file .json, or use jq -c '.[]')", "looks like indented JSON (name its file .json, or use jq -c .)"
	for line, want := range map[string]string{
		"[": array, "[\r": array, `[{"a":1},`: array, `[ {"a":1}]`: array, `{"a":1},`: array, "]": array, `[{"a":"cut o`: array,
		"{": indented, ` "a": 1,`: indented, `  "a" : {`: indented, "  }": indented, "},": indented,
		"": "", "not json": "", `{"a":1`: "", `{"a":{},`: "", "[1,2]": "", `"a"`: "", `"a","b"`: "", "}}": "", "null": "", `"a`: "", "12": "",
	} {
		if got := jsonscan.Hint([]byte(line)); want == "" && got != "" || !strings.HasSuffix(got, want) {
			t.Errorf("%q: %q, want %q", line, got, want)
		}
	}
}
