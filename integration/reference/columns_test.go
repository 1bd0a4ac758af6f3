package reference_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/millrace/millrace/integration/reference"
	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/catalog"
)

// TestColumnsAreThoseOfTheCatalog compares the two mappings of tweets by what
// they promise: names, types, order, and the rows of the catalog's examples.
func TestColumnsAreThoseOfTheCatalog(t *testing.T) {
	cat, err := catalog.Default()
	if err != nil {
		t.Fatal(err)
	}
	stream, ok := cat.Stream("tweets")
	if !ok {
		t.Fatal("the catalog has no tweets")
	}
	cols := reference.Columns()
	if len(cols) != len(stream.Columns) {
		t.Fatalf("%d columns, the catalog has %d", len(cols), len(stream.Columns))
	}
	for i, c := range stream.Columns {
		if cols[i].Name != c.Name || !cols[i].Type.Equal(c.Type) {
			t.Errorf("column %d is %s %s, in the catalog %s %s", i, cols[i].Name, cols[i].Type, c.Name, c.Type)
		}
	}
	for _, ex := range stream.Examples {
		t.Run(ex.Name, func(t *testing.T) {
			doc, err := reference.Parse([]byte(ex.Document))
			if err != nil {
				t.Fatal(err)
			}
			var want map[string]json.RawMessage
			if err := json.Unmarshal([]byte(ex.Row), &want); err != nil {
				t.Fatal(err)
			}
			for _, c := range cols {
				v, _ := doc.Column(c.Name)
				var w bytes.Buffer
				if err := json.Compact(&w, want[c.Name]); err != nil {
					t.Fatalf("%s: %v", c.Name, err)
				}
				if got := record.AppendJSON(nil, v); !bytes.Equal(got, w.Bytes()) {
					t.Errorf("%s is %s, the example says %s", c.Name, got, &w)
				}
			}
			if n := doc.Mismatches(); n != 0 {
				t.Errorf("%d mismatches in an example", n)
			}
		})
	}
}

func TestMismatches(t *testing.T) {
	tests := []struct {
		doc  string
		want int
	}{
		{`{}`, 0},
		{`{"id":null,"text":null}`, 0},
		{`{"id":"x","text":5}`, 2},
		{`{"hashtags":["a",1,null,true]}`, 2},
		{`{"hashtags":{}}`, 1},
		{`{"entities":{"hashtags":[{"text":1},{}]}}`, 1},
		{`{"user":"nobody"}`, 0},
	}
	for _, tt := range tests {
		d, err := reference.Parse([]byte(tt.doc))
		if err != nil {
			t.Fatal(err)
		}
		if got := d.Mismatches(); got != tt.want {
			t.Errorf("%s: %d mismatches, expected %d", tt.doc, got, tt.want)
		}
		sum := d.MismatchesOf("no such column")
		for _, c := range reference.Columns() {
			sum += d.MismatchesOf(c.Name)
		}
		if sum != tt.want {
			t.Errorf("%s: %d mismatches over the columns, expected %d", tt.doc, sum, tt.want)
		}
	}
}

func TestUnknownColumn(t *testing.T) {
	d, err := reference.Parse([]byte(`{}`))
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := d.Column("followers"); ok {
		t.Error("there is a column followers")
	}
}
