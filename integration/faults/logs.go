package faults

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/millrace/millrace/integration/ledger"
	"github.com/millrace/millrace/integration/reference"
	"github.com/millrace/millrace/libs/exec/delta"
)

// logs checks the row logs of a Redis that has lost data: behind the last gap entry
// every row is there, once.
//
// Which rows were written before a gap nobody can tell. But a gap entry's id is an
// offset of the exchange, and so are those of rows; the seals that stand behind it
// there say from which offsets on of the scan partitions every row has to stand
// behind it, too. And the rows of one scan partition come in its order: from the
// first of them that stands behind the gap on, all have to stand there.
func (h *harness) logs(ctx context.Context, t jury, c *ledger.Checker) {
	if h.observer.lost() == 0 {
		return
	}
	checked, rows, owed := 0, 0, 0
	for _, q := range c.Queries {
		g, err := h.behindGap(ctx, q.ID)
		if err != nil {
			t.Errorf("query %s: its row log cannot be read: %v", q.ID, err)
			continue
		}
		if g == nil {
			continue
		}
		want, err := h.rowsByPartition(q, g.offset)
		if err != nil {
			t.Errorf("query %s: its row log cannot be checked: %v", q.ID, err)
			continue
		}
		checked++
		for _, part := range want {
			owed += len(part.rows) - part.from
		}
		rows += missing(t, q.ID, g.rows, want)
	}
	t.Logf("%d row logs with gaps; behind the last of them %d rows; by the seals %d have to be there", checked, rows, owed)
}

// gap is the last gap entry of a row log.
type gap struct {
	offset int64          // of the exchange: what stands behind it there has to stand behind the entry
	rows   map[string]int // how often each row stands behind it
}

// behindGap reads what stands behind the last gap entry of a log; nil where there is
// no log or no gap.
func (h *harness) behindGap(ctx context.Context, id string) (last *gap, err error) {
	const page = 10_000
	for after := ""; ; {
		entries, err := h.reader.Log(ctx, id, after, page)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			if after = e.ID; e.Gap {
				text, _, _ := strings.Cut(e.ID, "-")
				offset, err := strconv.ParseInt(text, 10, 64)
				if err != nil {
					return nil, fmt.Errorf("entry %s: %w", e.ID, err)
				}
				last = &gap{offset, map[string]int{}}
			} else if last != nil {
				last.rows[string(e.Row)]++
			}
		}
		if len(entries) < page {
			return last, nil
		}
	}
}

// partRows are rows of one scan partition, in its order; from which on they have to
// stand behind a gap.
type partRows struct {
	rows []string
	from int
}

// rowsByPartition returns the rows of a row-returning query, by scan partition, over
// the posts scanned at or after its plan position.
func (h *harness) rowsByPartition(q *ledger.Standing, gap int64) ([]partRows, error) {
	compiled, err := compiled([]submission{{id: q.ID, sql: q.Query.SQL}})
	if err != nil {
		return nil, err
	}
	if compiled[0].Rows == nil {
		return nil, fmt.Errorf("it returns no rows, and has a log: %s", q.Query.SQL)
	}
	exchange := delta.Route(compiled[0].Rows.Node, delta.ByTable, nil, exchangePartitions)
	var out []partRows
	for p := range int32(partitions) {
		bound, known := h.follower.Behind(exchange, p, gap)
		early, err := reference.New(q.Query.SQL)
		if err != nil {
			return nil, err
		}
		late, err := reference.New(q.Query.SQL)
		if err != nil {
			return nil, err
		}
		h.book.EachOf(p, func(line []byte, plan, offset int64) {
			doc, err := reference.Parse(line)
			switch {
			case err != nil || plan < q.Position:
			case known && offset >= bound:
				late.AddDocument(doc)
			default:
				early.AddDocument(doc)
			}
		})
		var part partRows
		for _, r := range early.Rows() {
			part.rows = append(part.rows, string(r.Row))
		}
		part.from = len(part.rows)
		for _, r := range late.Rows() {
			part.rows = append(part.rows, string(r.Row))
		}
		out = append(out, part)
	}
	return out, nil
}

// missing reports rows that are not behind the gap though they have to be, or one
// before them is, or that are there too often, and returns how many it found in
// their place.
func missing(t ledger.Reporter, id string, behind map[string]int, want []partRows) (found int) {
	times, owed := map[string]int{}, map[string]int{}
	for _, part := range want {
		for i, r := range part.rows {
			if times[r]++; i >= part.from {
				owed[r]++
			}
		}
	}
	for r, n := range behind {
		if n > times[r] {
			t.Errorf("query %s: a row stands %d times behind the last gap of its log, and should %d times: %s", id, n, times[r], r)
		}
	}
	for p, part := range want {
		begun := ""
		lacking := 0
		for _, r := range part.rows {
			n, unique := behind[r], times[r] == 1
			if unique && n > 0 {
				found++
				begun = r
			}
			why := ""
			switch {
			case n < owed[r]:
				why = "by the seals it was written later"
			case unique && n == 0 && begun != "":
				why = "it has an earlier one: " + begun
			default:
				continue
			}
			if lacking++; lacking == 1 {
				t.Errorf("query %s: its log lacks, behind its last gap, a row of scan partition %d: %s; %s", id, p, r, why)
			}
		}
		if lacking > 1 {
			t.Errorf("query %s: %d rows of scan partition %d are missing so", id, lacking, p)
		}
	}
	return found
}
