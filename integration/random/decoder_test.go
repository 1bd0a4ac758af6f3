package random_test

import (
	"testing"

	"github.com/millrace/millrace/integration/random"
	"github.com/millrace/millrace/integration/reference"
	"github.com/millrace/millrace/integration/slt"
	"github.com/millrace/millrace/libs/jsonscan"
	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/catalog"
)

// TestDecoderReadsWhatTheReferenceReads holds the decoder, driven by the catalog
// of tweets, against the reference and its own mapping: the same documents are
// bad, and every column of the others has the same value.
func TestDecoderReadsWhatTheReferenceReads(t *testing.T) {
	cat, err := catalog.Default()
	if err != nil {
		t.Fatal(err)
	}
	stream, _ := cat.Stream("tweets")
	dec, err := jsonscan.New(spec(stream))
	if err != nil {
		t.Fatal(err)
	}
	for seed := range uint64(20) {
		docs := append(random.Documents(seed, 500), random.Broken(seed, 100)...)
		for _, d := range docs {
			compareDocument(t, dec, d)
		}
	}
	cases, err := slt.Cases()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		for _, d := range c.Docs {
			compareDocument(t, dec, d)
		}
	}
}

func spec(stream *catalog.Stream) jsonscan.Spec {
	var s jsonscan.Spec
	for _, c := range stream.Columns {
		col := jsonscan.Column{Name: c.Name, Type: c.Type, Formats: c.Formats, NumericStrings: c.NumericStrings, AbsentIsFalse: c.AbsentIsFalse}
		for _, p := range c.Paths {
			col.Paths = append(col.Paths, jsonscan.Path(p))
		}
		s.Columns = append(s.Columns, col)
	}
	return s
}

func compareDocument(t *testing.T, dec jsonscan.Decoder, raw []byte) {
	t.Helper()
	batch := record.NewBatch(dec.Schema())
	decodeErr := dec.Decode(raw, batch)
	doc, parseErr := reference.Parse(raw)
	if (decodeErr == nil) != (parseErr == nil) {
		t.Errorf("decoder: %v; reference: %v; document %q", decodeErr, parseErr, raw)
	}
	if decodeErr != nil || parseErr != nil {
		return
	}
	for i, c := range reference.Columns() {
		want, _ := doc.Column(c.Name)
		got := batch.Columns[i].Value(0)
		if g, w := record.AppendJSON(nil, got), record.AppendJSON(nil, want); string(g) != string(w) {
			t.Errorf("%s: decoder %s, reference %s; document %q", c.Name, g, w, raw)
		}
	}
}
