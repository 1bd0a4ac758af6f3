package jsonscan_test

import (
	"testing"

	"github.com/millrace/millrace/libs/jsonscan"
	"github.com/millrace/millrace/libs/record"
)

// TestWholeDocument: a column whose path has no fields is the document itself, without
// the blanks around it, beside columns of its fields and alone.
func TestWholeDocument(t *testing.T) {
	whole := jsonscan.Column{Name: "doc", Type: record.JSONType, Paths: []jsonscan.Path{{}}}
	id := jsonscan.Column{Name: "id", Type: record.BigIntType, Paths: []jsonscan.Path{{Fields: []string{"id"}}}}
	for _, portable := range []bool{false, true} {
		for _, columns := range [][]jsonscan.Column{{whole}, {id, whole}, {whole, id}} {
			dec, err := jsonscan.New(jsonscan.Spec{Columns: columns, Portable: portable})
			if err != nil {
				t.Fatal(err)
			}
			for text, want := range map[string]string{
				`{"id": 7, "a": {"b": [1, "}"]}}`:          `{"id": 7, "a": {"b": [1, "}"]}}`,
				" \n{ }\t ":                                `{ }`,
				"{\"id\":7,\"t\":\"a\xffb\"}":              "{\"id\":7,\"t\":\"a\uFFFDb\"}",
				`{"id":1,"id":7,"doc":{"doc":"not this"}}`: `{"id":1,"id":7,"doc":{"doc":"not this"}}`,
			} {
				batch := record.NewBatch(dec.Schema())
				if err := dec.Decode([]byte(text), batch); err != nil {
					t.Fatalf("%q: %v", text, err)
				}
				for i, c := range columns {
					if v := batch.Columns[i].Value(0); c.Name == "doc" && v.Str() != want {
						t.Errorf("%q is %q, want %q", text, v.Str(), want)
					}
				}
			}
		}
	}
}
