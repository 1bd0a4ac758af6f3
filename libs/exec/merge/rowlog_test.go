package merge

import (
	"fmt"
	"testing"

	"github.com/millrace/millrace/libs/exec/delta"
	"github.com/millrace/millrace/libs/record"
)

// twoRows is a block with two nodes of rows, of which only the second is wanted.
func twoRows(t *testing.T) *delta.Block {
	t.Helper()
	row := func(key string, n int64) delta.Row {
		return delta.Row{Data: record.AppendValue(record.AppendValue(nil, record.Text(key)), record.Int(n))}
	}
	return &delta.Block{Plan: 5, Nodes: []delta.NodeDelta{
		{Node: rowsOf("x", "unwanted", 0).Rows.Node, Kind: delta.Rows, Rows: []delta.Row{row("x", 1), row("x", 2)}},
		{Node: rowsOf("x", "rows", 0).Rows.Node, Kind: delta.Rows, Rows: []delta.Row{row("a", 3), row("b", 4)}},
	}}
}

func TestLogIDsAreOffsetAndIndex(t *testing.T) {
	b := newBench(t, 1, 1)
	b.define([]*Query{rowsOf("q", "rows", 1), rowsOf("later", "rows", 6)}, nil)
	b.broker.append(0, TypeBlock, delta.Encode(twoRows(t)))
	b.sealAll(0, 5, nil)
	b.step()
	// The rows before count, wanted or not: ids depend on the block alone. The
	// query that starts behind the block gets none.
	b.want(`q log 0-3 {"k":"a","n":3}
	        q log 0-4 {"k":"b","n":4}`)
	if n := b.store.counter("q", "matched"); n != 2 {
		t.Fatalf("%d rows matched, want 2", n)
	}
}

func TestLogsFanOutToEveryQueryFromItsStart(t *testing.T) {
	b := newBench(t, 1, 3)
	first, second := rowsOf("first", "rows", 1), rowsOf("second", "rows", 4)
	second.Rows.Cols = append(second.Rows.Cols[:0:0], second.Rows.Cols...)
	second.Rows.Cols[0].Name = "tag" // names do not matter to the node
	b.define([]*Query{first, second}, nil)
	b.commit(0, 3, first, post{"a", 0})
	b.commit(0, 4, first, post{"b", 0})
	b.step()
	b.want(`first log 0-1 {"k":"a","n":1}
	        first log 3-1 {"k":"b","n":2}
	        second log 3-1 {"tag":"b","n":2}`)
}

func TestLogsLoseAndRepeatNothingOverCrashes(t *testing.T) {
	b := newBench(t, 1, 1)
	q := rowsOf("q", "rows", 1)
	b.define([]*Query{q}, nil)
	b.commit(0, 1, q, post{"a", 0}, post{"b", 0})
	b.step()
	b.commit(0, 1, q, post{"c", 0}, post{"d", 0})
	b.restart()
	b.flushOnlyAfterRestore()
	b.commit(0, 1, q, post{"e", 0})
	want := `q log 0-1 {"k":"a","n":1}
	         q log 0-2 {"k":"b","n":2}
	         q log 3-1 {"k":"c","n":3}
	         q log 3-2 {"k":"d","n":4}`
	b.want(want)
	b.restart() // replays c and d, which are there
	b.step()
	b.want(want + `
	         q log 6-1 {"k":"e","n":5}`)
}

// flushOnlyAfterRestore restores, folds and flushes, and does not checkpoint.
func (b *bench) flushOnlyAfterRestore() {
	b.t.Helper()
	if err := b.stage.reconcile(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
	b.flushOnly()
}

func TestLogsGoOnWithAGapAfterALoss(t *testing.T) {
	for _, restart := range []bool{false, true} {
		t.Run(fmt.Sprintf("restart %v", restart), func(t *testing.T) {
			b := newBench(t, 1, 1)
			q := rowsOf("q", "rows", 1)
			b.define([]*Query{q}, nil)
			b.commit(0, 1, q, post{"a", 0})
			b.step()
			old := b.store.copy()
			b.commit(0, 1, q, post{"b", 0})
			b.step()
			b.store.become(old)
			b.commit(0, 1, q, post{"c", 0})
			if restart {
				b.restart()
			}
			for range 3 {
				b.step()
			}
			b.want(`q log 0-1 {"k":"a","n":1}
			        q log 6-0 gap
			        q log 6-1 {"k":"c","n":3}`)
			if b.store.fences[0].Repair {
				t.Fatal("the repair is not done")
			}
		})
	}
}

func TestAReplacedLogStartsFromNothing(t *testing.T) {
	b := newBench(t, 1, 2)
	old := rowsOf("q", "rows", 1)
	b.define([]*Query{old}, nil)
	b.commit(0, 1, old, post{"a", 0})
	b.step()
	b.define([]*Query{rowsOf("q", "rows", 4)}, nil)
	b.commit(0, 3, old, post{"b", 0}) // a scan that is still under the old plan
	b.commit(0, 4, old, post{"c", 0})
	b.step()
	b.want(`q log 6-1 {"k":"c","n":3}`)
}

func TestLogsKeepAsManyRowsAsTheyMay(t *testing.T) {
	b := newBench(t, 1, 1)
	q := rowsOf("rows", "rows", 1, func(q *Query) { q.Limits.LogRows = 2 })
	small := rowsOf("bytes", "rows", 2, func(q *Query) { q.Limits.MaxResultBytes = 20 })
	b.define([]*Query{q, small}, nil)
	b.commit(0, 2, q, post{"a", 0}, post{"b", 0}, post{"c", 0})
	b.step()
	b.want(`bytes log 0-3 {"k":"c","n":3}
	        rows log 0-2 {"k":"b","n":2}
	        rows log 0-3 {"k":"c","n":3}`)
}
