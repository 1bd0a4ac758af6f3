package faults

import (
	"context"

	"github.com/millrace/millrace/integration/ledger"
	"github.com/millrace/millrace/integration/reference"
)

// logs checks the row logs of a Redis that has lost data: behind the last gap entry
// every row is there, once.
//
// Which rows were written before a gap nobody can tell, but the rows of one scan
// partition come in its order: from the first of them that stands behind the last
// gap on, all have to stand there. Rows that a query has more than once say nothing.
func (h *harness) logs(ctx context.Context, t jury, c *ledger.Checker) {
	if h.observer.lost() == 0 {
		return
	}
	checked, rows := 0, 0
	for _, q := range c.Queries {
		behind, ok := h.behindGap(ctx, t, q.ID)
		if !ok {
			continue
		}
		want, err := h.rowsByPartition(q.Query.SQL, q.Position)
		if err != nil {
			t.Errorf("query %s: %v", q.ID, err)
			continue
		}
		checked++
		rows += missing(t, q.ID, behind, want)
	}
	t.Logf("%d row logs with gaps; behind the last of them %d rows, all of those that follow the first there", checked, rows)
}

// behindGap returns how often each row stands behind the last gap entry of a log;
// false where there is no log or no gap.
func (h *harness) behindGap(ctx context.Context, t jury, id string) (behind map[string]int, gap bool) {
	const page = 10_000
	for after := ""; ; {
		entries, err := h.reader.Log(ctx, id, after, page)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if after = e.ID; e.Gap {
				behind, gap = map[string]int{}, true
			} else if gap {
				behind[string(e.Row)]++
			}
		}
		if len(entries) < page {
			return behind, gap
		}
	}
}

// rowsByPartition returns the rows of a row-returning query, by scan partition and in
// its order, over the posts scanned at or after a plan position.
func (h *harness) rowsByPartition(sql string, position int64) ([][]string, error) {
	var out [][]string
	for p := range int32(partitions) {
		ref, err := reference.New(sql)
		if err != nil {
			return nil, err
		}
		h.book.EachOf(p, func(line []byte, plan int64) {
			if doc, err := reference.Parse(line); err == nil && plan >= position {
				ref.AddDocument(doc)
			}
		})
		var rows []string
		for _, r := range ref.Rows() {
			rows = append(rows, string(r.Row))
		}
		out = append(out, rows)
	}
	return out, nil
}

// missing reports rows that are not behind the gap though one before them is, or
// that are there twice, and returns how many it found in their place.
func missing(t ledger.Reporter, id string, behind map[string]int, want [][]string) (found int) {
	times := map[string]int{}
	for _, rows := range want {
		for _, r := range rows {
			times[r]++
		}
	}
	for p, rows := range want {
		begun := ""
		lacking := 0
		for _, r := range rows {
			switch n := behind[r]; {
			case times[r] > 1:
			case n > 1:
				t.Errorf("query %s: a row stands %d times behind the last gap of its log: %s", id, n, r)
			case n == 1:
				found++
				begun = r
			case begun != "":
				if lacking++; lacking == 1 {
					t.Errorf("query %s: its log lacks, behind its last gap, a row of scan partition %d: %s; it has an earlier one: %s", id, p, r, begun)
				}
			}
		}
		if lacking > 1 {
			t.Errorf("query %s: %d rows of scan partition %d are missing so", id, lacking, p)
		}
	}
	return found
}
