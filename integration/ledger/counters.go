package ledger

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/millrace/millrace/integration/reference"
	"github.com/millrace/millrace/libs/exec/build"
	"github.com/millrace/millrace/libs/exec/merge"
	"github.com/millrace/millrace/libs/results"
	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/libs/sql/plan"
)

// Counters holds the counters of every query against those expected: each line
// counts once, as it does in the rows. No row may be late, so that nothing excuses
// a difference. It follows Compare, and is about the same lines and windows.
func (c *Checker) Counters(ctx context.Context, t Reporter) {
	t.Helper()
	asOf, _, err := c.Reader.AsOf(ctx)
	if err != nil {
		t.Fatal(err)
	}
	sum := map[string]int64{}
	for _, q := range c.Queries {
		facts, _, err := c.Reader.Facts(ctx, q.ID)
		if err != nil {
			t.Fatal(err)
		}
		for name, n := range facts.Counters {
			sum[name] += n
		}
		if late := facts.Counters["late"]; late != 0 {
			t.Errorf("query %s: %d rows were late", q.ID, late)
			delete(facts.Counters, "late")
		}
		for _, text := range wrongCounters(facts.Counters, q.counters(asOf)) {
			t.Errorf("query %s, epoch %d: %s, from plan position %d on\n%s", q.ID, q.Epoch, text, q.Position, q.Query.SQL)
		}
	}
	t.Logf("counters of %d queries compared: %v", len(c.Queries), sum)
}

// counters returns what the query has to have counted. Errors of results are of
// those that are shown: with EMIT FINAL of closed windows.
func (q *Standing) counters(asOf results.AsOf) map[string]int64 {
	shown := func(w reference.Window) bool {
		return asOf.Ended || q.merge.Table == nil || !q.merge.Table.Final || asOf.Time != nil && w.End <= *asOf.Time
	}
	return map[string]int64{
		"matched":    int64(q.ref.Matched()),
		"no_time":    int64(q.ref.Untimed()),
		"errors":     int64(q.ref.Errors() + q.ref.Failed(shown)),
		"mismatches": q.mismatches,
	}
}

// wrongCounters tells how counters differ from those expected. One that is not
// there is 0.
func wrongCounters(got, want map[string]int64) (wrong []string) {
	names := map[string]struct{}{}
	for name := range got {
		names[name] = struct{}{}
	}
	for name := range want {
		names[name] = struct{}{}
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if got[name] != want[name] {
			wrong = append(wrong, fmt.Sprintf("its counter %s is %d, expected %d", name, got[name], want[name]))
		}
	}
	return wrong
}

// mismatched counts, by plan position and column, the fields of scanned documents
// that are of another type than their column.
type mismatched map[int64]map[string]int64

func (m mismatched) add(doc *reference.Document, plan int64) {
	if doc.Mismatches() == 0 {
		return
	}
	if m[plan] == nil {
		m[plan] = map[string]int64{}
	}
	for _, c := range reference.Columns() {
		if n := doc.MismatchesOf(c.Name); n > 0 {
			m[plan][c.Name] += int64(n)
		}
	}
}

// countFor adds up what each query has to have counted: the mismatches in the
// columns that its node read when a document was scanned. A node reads what all
// the queries that share it then want; so the definitions are gone through again.
func (m mismatched) countFor(queries []*Standing, cat *catalog.Catalog, defs []Definition) error {
	stream, ok := cat.Stream("tweets")
	if !ok {
		return fmt.Errorf("the catalog has no stream tweets")
	}
	builder := build.NewBuilder(cat)
	for _, at := range slices.Sorted(maps.Keys(m)) {
		for ; len(defs) > 0 && defs[0].Position <= at; defs = defs[1:] {
			if err := apply(builder, &defs[0]); err != nil {
				return err
			}
		}
		read := columnsRead(builder)
		for _, q := range queries {
			if at < q.Position {
				continue
			}
			columns, ok := read[nodeOf(q.merge)]
			if !ok {
				return fmt.Errorf("query %s has no node under plan position %d", q.ID, at)
			}
			for _, i := range columns {
				q.mismatches += m[at][stream.Columns[i].Name]
			}
		}
	}
	return nil
}

// apply has a record of the registry change the shared plan.
func apply(b *build.Builder, d *Definition) error {
	b.Drop(d.ID)
	if d.Query == nil || d.Query.Failed != nil {
		return nil
	}
	root, err := plan.Decode(d.Query.Plan)
	if err == nil {
		err = b.Add(d.ID, root)
	}
	if err != nil {
		return fmt.Errorf("the registry at offset %d: %w", d.Position, err)
	}
	return nil
}

// columnsRead returns which columns of their stream, in its order, nodes read.
func columnsRead(b *build.Builder) map[plan.ID][]int {
	read := map[plan.ID][]int{}
	for _, stream := range b.Program().Streams {
		for sel := range stream.Selections() {
			for table := range sel.Tables.All() {
				for _, n := range table.Nodes {
					read[n.ID] = table.Columns
				}
			}
			for rows := range sel.Rows.All() {
				read[rows.ID] = rows.Columns
			}
		}
	}
	return read
}

func nodeOf(q *merge.Query) plan.ID {
	if q.Rows != nil {
		return q.Rows.Node
	}
	return q.Table.Node
}
