package build_test

import (
	"strings"
	"testing"

	"github.com/millrace/millrace/libs/exec/build"
	"github.com/millrace/millrace/libs/sql/plan"
)

// Streams come and go; while a query reads one, of its documents or of what is unnested
// of them, it stays. One that comes again is told from the one before.
func TestStreamsComeAndGo(t *testing.T) {
	c, def := tweets(t)
	b := build.NewBuilder(c)
	logs := *def
	logs.Name = "logs"
	over := func(p plan.Node) *plan.Output { return grouped(p, nil, count()) }
	scan := &plan.Scan{Stream: "logs"}
	if err := b.Add("q", over(scan)); err == nil || !strings.Contains(err.Error(), "stream logs is not in the catalog") {
		t.Fatalf("got %v", err)
	}
	for i, since := range []int64{5, 9} {
		before := b.Program()
		if err := b.AddStream(&logs, since); err != nil {
			t.Fatal(err)
		}
		if err := b.AddStream(&logs, since+1); err == nil {
			t.Fatal("two streams have a name")
		}
		p := b.Program()
		if s, ok := p.Stream("logs"); !ok || s.Since != since || p == before {
			t.Fatalf("%+v", s)
		}
		if s, ok := p.Stream("tweets"); !ok || s.Since != 0 {
			t.Fatalf("%+v", s)
		}
		read := []plan.Node{scan, &plan.Unnest{In: scan, Array: column(def, "hashtags")}}[i]
		if err := b.Add("q", over(read)); err != nil {
			t.Fatal(err)
		}
		for _, s := range b.Program().Streams {
			if s.Name == "logs" && s.Since != since {
				t.Errorf("a part of it is of the stream since %d, not %d", s.Since, since)
			}
		}
		if err := b.DropStream("logs"); err == nil {
			t.Fatal("a stream in use was dropped")
		}
		b.Drop("q")
		if err := b.DropStream("logs"); err != nil {
			t.Fatal(err)
		}
		if _, ok := b.Program().Stream("logs"); ok {
			t.Fatal("the stream is there")
		}
	}
	if err := b.DropStream("logs"); err != nil {
		t.Errorf("once more: %v", err)
	}
}
