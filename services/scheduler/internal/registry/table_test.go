package registry

import (
	"fmt"
	"testing"

	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/wire"
)

// Queries with the same plan share what follows from it, and nothing else; between
// snapshots, and not beyond.
func TestEqualPlans(t *testing.T) {
	b := newBench(t)
	table := emptyTable(t)
	take := func(records ...kafka.Record) {
		t.Helper()
		for i := range records {
			records[i].Offset = int64(i)
			if err := table.apply(&records[i]); err != nil {
				t.Fatal(err)
			}
		}
		table.reader.publish(table, 10)
	}
	other := func(def *wire.Registry) { def.Owner, def.SQL, def.Options.MaxGroups = "you", def.SQL+" ", 3 }
	failed := func(def *wire.Registry) { why := "too many groups"; def.Failed = &why }
	unreadable := func(def *wire.Registry) { def.Plan = []byte{99} }
	take(b.query("a", 1, counting), b.query("b", 2, counting, other), b.query("f", 3, counting, failed), b.query("c", 4, counting),
		b.query("l", 5, listing), b.query("x", 6, counting, unreadable), b.query("y", 7, counting, unreadable))
	x, y, c, f, l := table.queries.Get("a"), table.queries.Get("b"), table.queries.Get("c"), table.queries.Get("f"), table.queries.Get("l")
	if x.Table == nil || x.Table != y.Table || x.Table != c.Table || x.Selection != y.Selection || &x.Info.Columns[0] != &y.Info.Columns[0] {
		t.Errorf("nothing is shared by %+v and %+v", x, y)
	}
	if x.ID != "a" || y.ID != "b" || x.Position != 0 || y.Position != 1 || x.Epoch != 1 || y.Info.Owner != "you" || x.Info.Owner != "me" || y.Info.SQL == x.Info.SQL || y.Limits.MaxGroups != 3 || x.Limits.MaxGroups == 3 {
		t.Errorf("%+v and %+v", x, y)
	}
	if f.Failed == "" || f.Table != nil || l.Rows == nil || l.Table != nil {
		t.Errorf("%+v and %+v", f, l)
	}
	bad, worse := table.queries.Get("x"), table.queries.Get("y")
	if bad.Failed == "" || worse.Failed == "" || bad.Selection == worse.Selection {
		t.Errorf("plans that cannot be read: %+v and %+v", bad, worse)
	}
	if n := len(table.reader.Current().Program.Selections()); n != 2 {
		t.Errorf("%d selections are scanned for", n)
	}
	for i := range mostMeanings + 10 {
		table.meaning(fmt.Appendf(nil, "no plan %d", i))
		if n := len(table.meanings); n > mostMeanings {
			t.Fatalf("%d meanings are held", n)
		}
	}
	take(b.query("d", 11, counting))
	if d := table.queries.Get("d"); d.Table == x.Table || d.Table.Node != x.Table.Node {
		t.Error("what was read before is still held, or has another meaning")
	}
	// All of them go, one after the other, and the program with the last.
	for i, id := range []string{"a", "b", "c", "d", "l"} {
		take(drop(id, int64(20+i)))
	}
	if n := len(table.reader.Current().Program.Selections()); n != 0 {
		t.Errorf("%d selections are scanned for in the end", n)
	}
}
