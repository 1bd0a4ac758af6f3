package ledger

import (
	"context"
	"maps"
	"slices"

	"github.com/millrace/millrace/integration/reference"
	"github.com/millrace/millrace/libs/exec/build"
	"github.com/millrace/millrace/libs/exec/merge"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/results"
	"github.com/millrace/millrace/libs/sql"
	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/libs/wire"
	"github.com/millrace/millrace/services/millrace/final"
)

// Standing is a query that runs in the end, and what it has to answer.
type Standing struct {
	Definition
	merge *merge.Query
	ref   *reference.Query
	posts int // that it has seen
	rows  []reference.Row

	mismatches int64
}

// Checker compares what the services have made of the ledger.
type Checker struct {
	Follower *Follower
	Churn    *Churn
	Reader   *results.Reader
	Admin    *kafka.Admin
	Base     string // URL of presentation
	Lossy    bool   // Redis has lost what it acknowledged: row logs may lack rows before their gap entries

	Queries []*Standing
	Dropped []string
	Midway  int // queries that more than a tenth of the posts were too early for, others not
}

// Settle waits until everything that was written and submitted has arrived in
// Redis.
func (c *Checker) Settle(ctx context.Context, t Reporter) {
	t.Helper()
	ledger := c.Follower.Ledger
	defer func() {
		if all, flying, pending := ledger.Counts(); pending > 0 {
			t.Errorf("of %d lines %d have not landed and %d have not been scanned; the first is %s", all, flying, pending, ledger.Stuck())
		}
	}()
	Eventually(ctx, t, "all lines to land and to be scanned", func() (bool, error) {
		_, _, pending := ledger.Counts()
		return pending == 0, nil
	})
	var ends map[int32]int64
	Eventually(ctx, t, "as_of and the scan group to reach the end of the tweets", func() (bool, error) {
		var err error
		if ends, err = c.Admin.Ends(ctx, kafka.TopicTweets); err != nil {
			return false, err
		}
		asOf, all, err := c.Reader.AsOf(ctx)
		if err != nil || !all {
			return false, err
		}
		committed, err := c.Admin.PeekGroupOffsets(ctx, kafka.GroupScan, kafka.TopicTweets)
		return maps.Equal(asOf.Vector[kafka.TopicTweets], ends) && maps.Equal(committed, ends), err
	})
	c.settleQueries(ctx, t)
	for p, to := range ledger.Ends() {
		if to != ends[p] {
			t.Errorf("seals take partition %d to %d, which ends at %d", p, to, ends[p])
		}
	}
}

// settleQueries finds out which queries run in the end and waits until they are
// live and the others gone.
func (c *Checker) settleQueries(ctx context.Context, t Reporter) {
	t.Helper()
	f := c.Follower
	Eventually(ctx, t, "every submission to be answered", func() (bool, error) {
		for id, last := range c.Churn.Last {
			want := wire.Accepted
			if last.SQL == "" {
				want = wire.Dropped
			}
			if !f.Transition(id, last.Epoch, want) {
				return false, nil
			}
		}
		return true, nil
	})
	f.mu.Lock()
	newest := map[string]Definition{}
	for _, d := range f.registry {
		if old, ok := newest[d.ID]; ok && d.Epoch <= old.Epoch {
			t.Errorf("query %s: epoch %d follows epoch %d in the registry", d.ID, d.Epoch, old.Epoch)
		}
		newest[d.ID] = d
	}
	f.mu.Unlock()
	for id, last := range c.Churn.Last {
		d, ok := newest[id]
		switch {
		case !ok || d.Epoch != last.Epoch || (d.Query == nil) != (last.SQL == ""):
			t.Errorf("query %s: the last submission, %q, has epoch %d, the registry has epoch %d", id, last.SQL, last.Epoch, d.Epoch)
			if ok && d.Query != nil && d.Query.Failed != nil {
				t.Errorf("query %s has failed: %s", id, *d.Query.Failed)
			}
		case d.Query == nil:
			c.Dropped = append(c.Dropped, id)
		case d.Query.SQL != last.SQL || d.Query.Failed != nil:
			t.Errorf("query %s: submitted %s, the registry has %s, failed %v", id, last.SQL, d.Query.SQL, d.Query.Failed)
		default:
			c.Queries = append(c.Queries, &Standing{Definition: d})
		}
	}
	Eventually(ctx, t, "all queries to be live, dropped ones gone", func() (bool, error) {
		listed, err := c.Reader.IDs(ctx)
		if err != nil {
			return false, err
		}
		for _, id := range c.Dropped {
			if slices.Contains(listed, id) {
				return false, nil
			}
		}
		for _, q := range c.Queries {
			facts, _, err := c.Reader.Facts(ctx, q.ID)
			if err != nil || facts.Epoch() != q.Epoch || facts.Fields[results.FieldStatus] != results.StatusLive ||
				!f.Transition(q.ID, q.Epoch, wire.Live) || !slices.Contains(listed, q.ID) {
				return false, err
			}
		}
		return true, nil
	})
}

// Expect works out what every query has to answer and to count: over exactly those
// posts that were scanned under its plan position or a later one.
func (c *Checker) Expect(t Reporter) {
	t.Helper()
	cat, err := catalog.Default()
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range c.Queries {
		root, err := sql.Compile(q.Query.SQL, cat)
		if err == nil {
			q.merge, err = build.Query(root)
		}
		if err == nil {
			q.ref, err = reference.New(q.Query.SQL)
		}
		if err != nil {
			t.Fatalf("query %s: %v", q.ID, err)
		}
		q.merge.ID, q.ref.ID = q.ID, q.ID
	}
	all, odd := 0, mismatched{}
	c.Follower.Ledger.Each(func(line []byte, plan int64) {
		all++
		doc, err := reference.Parse(line)
		if err != nil {
			return
		}
		odd.add(doc, plan)
		for _, q := range c.Queries {
			if plan >= q.Position {
				q.posts++
				q.ref.AddDocument(doc)
			}
		}
	})
	if err := odd.countFor(c.Queries, cat, c.Follower.Registry()); err != nil {
		t.Fatal(err)
	}
	for _, q := range c.Queries {
		q.rows = q.ref.Rows()
		if 0 < q.posts && q.posts < all*9/10 {
			c.Midway++
		}
	}
}

// Compare holds the rows in Redis against those expected. Unless the input has
// ended, a query that emits final results has shown only the windows that the
// watermark has passed.
func (c *Checker) Compare(ctx context.Context, t Reporter, ended bool) (rows, windows int) {
	t.Helper()
	asOf, _, err := c.Reader.AsOf(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if asOf.Ended != ended {
		t.Errorf("as_of says that the input has ended: %v", asOf.Ended)
	}
	for _, q := range c.Queries {
		if c.Lossy && q.merge.Rows != nil {
			rows += c.log(ctx, t, q)
			continue
		}
		found, err := final.Read(ctx, c.Reader, q.merge)
		if err != nil {
			t.Errorf("query %s, epoch %d: %v", q.ID, q.Epoch, err)
			continue
		}
		got := make([]reference.Row, len(found))
		for i, r := range found {
			got[i] = reference.Row{Query: r.Query, Key: r.Key, Row: r.Row}
			if r.Window != nil {
				got[i].Window = &reference.Window{Start: r.Window.Start, End: r.Window.End}
				windows++
			}
		}
		rows += len(got)
		want := q.rows
		if !ended && q.merge.Table != nil && q.merge.Table.Final {
			want = slices.DeleteFunc(slices.Clone(want), func(r reference.Row) bool {
				return r.Window != nil && (asOf.Time == nil || r.Window.End > *asOf.Time)
			})
		}
		if err := reference.Diff(got, want); err != nil {
			t.Errorf("query %s, epoch %d, from plan position %d on: %v\n%s", q.ID, q.Epoch, q.Position, err, q.Query.SQL)
		}
	}
	return rows, windows
}

// log compares a row log that Redis may have lost a part of: whatever it holds is
// expected, as often as expected, and where rows are missing there is a gap entry.
func (c *Checker) log(ctx context.Context, t Reporter, q *Standing) (rows int) {
	t.Helper()
	const page = 10_000
	left := map[string]int{}
	for _, r := range q.rows {
		left[string(r.Row)]++
	}
	gaps, strange := 0, 0
	for after := ""; ; {
		entries, err := c.Reader.Log(ctx, q.ID, after, page)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			after = e.ID
			if e.Gap {
				gaps++
				continue
			}
			rows++
			if left[string(e.Row)]--; left[string(e.Row)] < 0 {
				if strange++; strange <= 3 {
					t.Errorf("query %s, epoch %d: its row log holds a row that should not be there, or too often: entry %s, %s", q.ID, q.Epoch, e.ID, e.Row)
				}
			}
		}
		if len(entries) < page {
			break
		}
	}
	if gaps == 0 && strange == 0 && rows != len(q.rows) {
		t.Errorf("query %s, epoch %d: its row log holds %d of %d rows and no gap entry\n%s", q.ID, q.Epoch, rows, len(q.rows), q.Query.SQL)
	}
	return rows
}
