package kill

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"testing"

	"github.com/segmentio/encoding/json"

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

// standing is a query that runs in the end, and what it has to answer.
type standing struct {
	definition
	merge *merge.Query
	ref   *reference.Query
	posts int // that it has seen
	rows  []reference.Row
}

// checker compares what the services have made of the ledger.
type checker struct {
	follower *follower
	churn    *churn
	reader   *results.Reader
	admin    *kafka.Admin
	base     string // URL of presentation

	queries []*standing
	dropped []string
	midway  int // queries that more than a tenth of the posts were too early for, others not
}

// settle waits until everything that was written and submitted has arrived in
// Redis.
func (c *checker) settle(ctx context.Context, t *testing.T) {
	t.Helper()
	ledger := c.follower.ledger
	eventually(ctx, t, "all lines to land and to be scanned", func() (bool, error) {
		all, flying, pending := ledger.counts()
		select {
		case <-ctx.Done():
			t.Errorf("of %d lines %d have not landed and %d have not been scanned", all, flying, pending)
		default:
		}
		return pending == 0, nil
	})
	var ends map[int32]int64
	eventually(ctx, t, "as_of and the scan group to reach the end of the tweets", func() (bool, error) {
		var err error
		if ends, err = c.admin.Ends(ctx, kafka.TopicTweets); err != nil {
			return false, err
		}
		asOf, all, err := c.reader.AsOf(ctx)
		if err != nil || !all {
			return false, err
		}
		committed, err := c.admin.PeekGroupOffsets(ctx, kafka.GroupScan, kafka.TopicTweets)
		return maps.Equal(asOf.Vector[kafka.TopicTweets], ends) && maps.Equal(committed, ends), err
	})
	c.settleQueries(ctx, t)
	for p, part := range ledger.parts {
		if part.to != ends[p] {
			t.Errorf("seals take partition %d to %d, which ends at %d", p, part.to, ends[p])
		}
	}
}

// settleQueries finds out which queries run in the end and waits until they are
// live and the others gone.
func (c *checker) settleQueries(ctx context.Context, t *testing.T) {
	t.Helper()
	f := c.follower
	eventually(ctx, t, "every submission to be answered", func() (bool, error) {
		for id, last := range c.churn.last {
			want := wire.Accepted
			if last.sql == "" {
				want = wire.Dropped
			}
			if !f.transition(id, last.epoch, want) {
				return false, nil
			}
		}
		return true, nil
	})
	f.mu.Lock()
	newest := map[string]definition{}
	for _, d := range f.registry {
		if old, ok := newest[d.id]; ok && d.epoch <= old.epoch {
			t.Errorf("query %s: epoch %d follows epoch %d in the registry", d.id, d.epoch, old.epoch)
		}
		newest[d.id] = d
	}
	f.mu.Unlock()
	for id, last := range c.churn.last {
		d, ok := newest[id]
		switch {
		case !ok || d.epoch != last.epoch || (d.query == nil) != (last.sql == ""):
			t.Errorf("query %s: the last submission, %q, has epoch %d, the registry has epoch %d", id, last.sql, last.epoch, d.epoch)
			if ok && d.query != nil && d.query.Failed != nil {
				t.Errorf("query %s has failed: %s", id, *d.query.Failed)
			}
		case d.query == nil:
			c.dropped = append(c.dropped, id)
		case d.query.SQL != last.sql || d.query.Failed != nil:
			t.Errorf("query %s: submitted %s, the registry has %s, failed %v", id, last.sql, d.query.SQL, d.query.Failed)
		default:
			c.queries = append(c.queries, &standing{definition: d})
		}
	}
	eventually(ctx, t, "all queries to be live, dropped ones gone", func() (bool, error) {
		listed, err := c.reader.IDs(ctx)
		if err != nil {
			return false, err
		}
		for _, id := range c.dropped {
			if slices.Contains(listed, id) {
				return false, nil
			}
		}
		for _, q := range c.queries {
			facts, _, err := c.reader.Facts(ctx, q.id)
			if err != nil || facts.Epoch() != q.epoch || facts.Fields[results.FieldStatus] != results.StatusLive ||
				!f.transition(q.id, q.epoch, wire.Live) || !slices.Contains(listed, q.id) {
				return false, err
			}
		}
		return true, nil
	})
}

// expect works out what every query has to answer: over exactly those posts that
// were scanned under its plan position or a later one.
func (c *checker) expect(t *testing.T) {
	t.Helper()
	cat, err := catalog.Default()
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range c.queries {
		root, err := sql.Compile(q.query.SQL, cat)
		if err == nil {
			q.merge, err = build.Query(root)
		}
		if err == nil {
			q.ref, err = reference.New(q.query.SQL)
		}
		if err != nil {
			t.Fatalf("query %s: %v", q.id, err)
		}
		q.merge.ID, q.ref.ID = q.id, q.id
	}
	all := 0
	c.follower.ledger.each(func(line []byte, plan int64) {
		all++
		doc, err := reference.Parse(line)
		if err != nil {
			return
		}
		for _, q := range c.queries {
			if plan >= q.position {
				q.posts++
				q.ref.AddDocument(doc)
			}
		}
	})
	for _, q := range c.queries {
		q.rows = q.ref.Rows()
		if 0 < q.posts && q.posts < all*9/10 {
			c.midway++
		}
	}
}

// compare holds the rows in Redis against those expected. Unless the input has
// ended, a query that emits final results has shown only the windows that the
// watermark has passed.
func (c *checker) compare(ctx context.Context, t *testing.T, ended bool) (rows, windows int) {
	t.Helper()
	asOf, _, err := c.reader.AsOf(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if asOf.Ended != ended {
		t.Errorf("as_of says that the input has ended: %v", asOf.Ended)
	}
	for _, q := range c.queries {
		found, err := final.Read(ctx, c.reader, q.merge)
		if err != nil {
			t.Fatal(err)
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
			t.Errorf("query %s, epoch %d, from plan position %d on: %v\n%s", q.id, q.epoch, q.position, err, q.query.SQL)
		}
	}
	return rows, windows
}

// counters checks that no row was late, so that nothing excuses a difference.
func (c *checker) counters(ctx context.Context, t *testing.T) {
	t.Helper()
	for _, q := range c.queries {
		facts, _, err := c.reader.Facts(ctx, q.id)
		if err != nil {
			t.Fatal(err)
		}
		if late := facts.Counters["late"]; late != 0 {
			t.Errorf("query %s: %d rows were late", q.id, late)
		}
	}
}

// served checks that presentation, however often it was killed, shows the same
// queries.
func (c *checker) served(ctx context.Context, t *testing.T) {
	t.Helper()
	for _, q := range c.queries {
		eventually(ctx, t, "presentation to show query "+q.id, func() (bool, error) {
			var shown struct {
				Epoch int64  `json:"epoch"`
				State string `json:"state"`
			}
			code, err := get(ctx, c.base+"/v1/queries/"+q.id, &shown)
			if err != nil || code != http.StatusOK {
				return false, nil // it may be starting
			}
			return shown.Epoch == q.epoch && shown.State == string(wire.Live), nil
		})
	}
}

func get(ctx context.Context, url string, into any) (int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return 0, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(into); err != nil {
		return 0, fmt.Errorf("GET %s: %w", url, err)
	}
	return resp.StatusCode, nil
}
