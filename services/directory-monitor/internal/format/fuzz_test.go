package format

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"
)

// FuzzTable: whatever a record of csv or tsv holds, its document is one line of
// valid JSON with the columns in it, and the fields of csv are those that
// encoding/csv reads.
func FuzzTable(f *testing.F) {
	for _, record := range []string{"", "1,a", "\"a\nb\",\"\"", "x\ty", "\\N\t\\t\\\\", "-0,[1,2]", "\"[\"\"a\"\",\n1]\",t", "1e5,\xff;|\x00\r", "a\"b,\"c\"d", "\"\r\n\",\r"} {
		f.Add(record)
	}
	stream := tweets(f)
	f.Fuzz(func(t *testing.T, record string) {
		for _, format := range []Format{CSV, TSV} {
			for _, columns := range [][]string{{"text"}, {"id", "hashtags"}, {"user_verified", "created_at"}} {
				table := format.Converter(Settings{Columns: columns, Stream: stream}).(*Table)
				if _, err := table.Begin(nil); err != nil {
					t.Fatal(err)
				}
				doc, err := table.Document([]byte(record))
				if err != nil || doc == nil {
					continue
				}
				var got map[string]any
				if err := json.Unmarshal(doc, &got); err != nil || len(got) != len(columns) || bytes.ContainsAny(doc, "\n") {
					t.Fatalf("%q gives %q: %v", record, doc, err)
				}
				if format != CSV {
					continue
				}
				fields, err := csv.NewReader(strings.NewReader(record + "\n")).Read()
				if err != nil || len(fields) != len(columns) {
					t.Fatalf("%q gives %q, encoding/csv %q, %v", record, doc, fields, err)
				}
				if want := strings.ToValidUTF8(fields[0], "\uFFFD"); columns[0] == "text" && fields[0] != "" && strings.ToValidUTF8(got["text"].(string), "\uFFFD") != want && !strings.Contains(want, "\uFFFD") {
					t.Fatalf("%q gives %q, encoding/csv %q", record, doc, fields)
				}
			}
		}
	})
}

// FuzzDocuments: a document that is put on one line is the same value.
func FuzzDocuments(f *testing.F) {
	for _, record := range []string{"{}", "{\n\"a\": [1, 2 ,\n\"x \\n \\\\\" ]}", "{\"a\n\":1}", "[\r\n\t]"} {
		f.Add(record)
	}
	f.Fuzz(func(t *testing.T, record string) {
		doc, err := JSON.Converter(Settings{}).Document([]byte(record))
		if err != nil || doc == nil {
			return
		}
		if bytes.ContainsAny(doc, "\n") {
			t.Fatalf("%q gives %q", record, doc)
		}
		var want, got any
		if json.Unmarshal([]byte(record), &want) != nil {
			return
		}
		if err := json.Unmarshal(doc, &got); err != nil {
			t.Fatalf("%q gives %q: %v", record, doc, err)
		}
		a, _ := json.Marshal(want)
		b, _ := json.Marshal(got)
		if !bytes.Equal(a, b) {
			t.Fatalf("%q gives %q", record, doc)
		}
	})
}
