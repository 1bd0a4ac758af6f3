package jsonscan_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/millrace/millrace/libs/jsonscan"
	"github.com/millrace/millrace/libs/record"
)

// pair is a decoder by the path that this machine takes, and holds that the
// pure-Go path finds the same in every document, at the same position if it is
// an error. Where there is no other path it is the pure-Go path alone.
type pair struct {
	jsonscan.Decoder
	t        testing.TB
	portable jsonscan.Decoder
	spaced   jsonscan.Decoder // to which all documents come as ones with blanks
	batch    *record.Batch
}

func newDecoder(t testing.TB, spec jsonscan.Spec) jsonscan.Decoder {
	t.Helper()
	portable := decoderOf(t, spec, true)
	return &pair{decoderOf(t, spec, false), t, portable, decoderOf(t, spec, false), record.NewBatch(portable.Schema())}
}

// decoderOf returns a decoder by one path.
func decoderOf(t testing.TB, spec jsonscan.Spec, portable bool) jsonscan.Decoder {
	t.Helper()
	spec.Portable = portable
	dec, err := jsonscan.New(spec)
	if err != nil {
		t.Fatal(err)
	}
	return dec
}

func (p *pair) Decode(doc []byte, into *record.Batch) error {
	p.batch.Reset()
	jsonscan.Expect(p.spaced, true)
	spaced := p.spaced.Decode(doc, p.batch)
	before := slices.Clone(into.Mismatches)
	jsonscan.Expect(p.Decoder, false)
	err := p.Decoder.Decode(doc, into)
	var bad, want *jsonscan.DocumentError
	if err != nil && !errors.As(err, &bad) {
		return err
	}
	if (spaced == nil) != (err == nil) {
		p.t.Fatalf("%q: %v, if blanks are expected %v", doc, err, spaced)
	}
	p.batch.Reset()
	if other := p.portable.Decode(doc, p.batch); errors.As(other, &want) != (err != nil) || err != nil && *bad != *want {
		p.t.Fatalf("%q: %v, by the pure-Go path %v", doc, err, other)
	}
	if n := p.Fallbacks() + p.spaced.Fallbacks() + p.portable.Fallbacks(); n != 0 {
		p.t.Fatalf("%q: the faster path gave up, and the pure-Go path did not", doc)
	}
	if err != nil {
		return err
	}
	row := into.Len - 1
	if got, want := into.EventTime[row], p.batch.EventTime[0]; got != want {
		p.t.Fatalf("%q: event time %d, by the pure-Go path %d", doc, got, want)
	}
	for i := range into.Columns {
		got := fmt.Sprintf("%x, %d mismatches", record.AppendValue(nil, into.Columns[i].Value(row)), into.Mismatches[i]-before[i])
		want := fmt.Sprintf("%x, %d mismatches", record.AppendValue(nil, p.batch.Columns[i].Value(0)), p.batch.Mismatches[i])
		if got != want {
			p.t.Fatalf("%q: %s is %s, by the pure-Go path %s", doc, into.Schema.Fields[i].Name, got, want)
		}
	}
	return nil
}
