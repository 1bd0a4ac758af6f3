package build_test

import (
	"reflect"
	"testing"

	"github.com/millrace/millrace/libs/exec/build"
	"github.com/millrace/millrace/libs/exec/delta"
	"github.com/millrace/millrace/libs/exec/scan"
	"github.com/millrace/millrace/libs/jsonscan"
	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/plan"
)

// From bytes of documents to blocks, with the decoder of the program.
func TestDocumentsToBlocks(t *testing.T) {
	c, def := tweets(t)
	b := build.NewBuilder(c)
	en := call(plan.FuncEq, column(def, "lang"), text("en"))
	q := grouped(&plan.Window{In: where(en), Kind: plan.Tumble, Time: def.EventTime, Size: 60e6},
		[]plan.Expr{column(def, "user.screen_name")}, count(), plan.Agg{Func: "max", Args: []plan.Expr{column(def, "user.followers_count")}, Type: record.BigIntType})
	if err := b.Add("q", q); err != nil {
		t.Fatal(err)
	}
	p := b.Program()
	dec, err := p.Decoder("tweets")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Decoder("toots"); err == nil || p.Schema("toots") != nil {
		t.Error("a stream that is not in the catalog has a decoder")
	}
	const lines = `{"created_at":"Sat Oct 01 00:00:59 +0000 2016","lang":"en","text":"a","user":{"screen_name":"ann","followers_count":7}}
{"created_at":"Sat Oct 01 00:01:00 +0000 2016","lang":"en","text":"b","user":{"screen_name":"ann","followers_count":9}}
not a document
{"created_at":"Sat Oct 01 00:00:01 +0000 2016","lang":"en","text":"c","user":{"screen_name":"ann","followers_count":5}}
{"created_at":"Sat Oct 01 00:00:01 +0000 2016","lang":"de","text":"c","user":{"screen_name":"ann","followers_count":500}}
{"lang":"en","text":"d","user":{"screen_name":"bob"}}
`
	batch := record.NewBatch(dec.Schema())
	for i, line := range jsonscan.Lines([]byte(lines)) {
		if err := dec.Decode(line, batch); err == nil {
			batch.Name(0, 17, i)
		}
	}
	partial := scan.NewPartial(p)
	partial.Add(batch)
	s := shapeOf(t, q)
	at := func(micros int64, followers int64) *row {
		return &row{eventTime: micros, values: map[string]record.Value{
			"lang": record.Text("en"), "user.screen_name": record.Text("ann"), "user.followers_count": record.Int(followers),
		}}
	}
	const midnight = 1475280000000000
	want := naive(t, s, []*row{at(midnight+59e6, 7), at(midnight+60e6, 9), at(midnight+1e6, 5), at(record.NoEventTime, 0)})
	got := folded(t, s, partial.Blocks(5, 2, delta.MaxBlock), 5)
	if !reflect.DeepEqual(got, want) || len(got.groups) != 2 || got.noTime != 1 {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}
