package faults

import (
	"context"
	"fmt"
	"time"

	"github.com/millrace/millrace/integration/ledger"
	"github.com/millrace/millrace/integration/reference"
	"github.com/millrace/millrace/libs/exec/build"
	"github.com/millrace/millrace/libs/exec/merge"
	"github.com/millrace/millrace/libs/results"
	"github.com/millrace/millrace/libs/sql"
	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/libs/wire"
	"github.com/millrace/millrace/services/millrace/final"
)

// until waits until cond holds.
func (d *drilling) until(ctx context.Context, what string, cond func() (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, patient)
	defer cancel()
	for {
		ok, err := cond()
		if ok && err == nil {
			return nil
		}
		if !ledger.Pause(ctx, 20*time.Millisecond) {
			return fmt.Errorf("waited %s in vain for %s: %w", patient, what, err)
		}
	}
}

// flushed has Redis lose everything and measures how long it takes until results
// are whole again, as same says, which is asked when they say that they are.
func (d *drilling) flushed(ctx context.Context, same func() error) (time.Duration, error) {
	ends, err := d.ends(ctx)
	if err != nil {
		return 0, err
	}
	d.observer.lose()
	began := time.Now()
	if err := d.store.client.FlushAll(ctx).Err(); err != nil {
		return 0, err
	}
	d.observer.lose()
	if err := d.reached(ctx, ends); err != nil {
		return 0, err
	}
	var took time.Duration
	err = d.until(ctx, "all results to be equal again", func() (bool, error) {
		took = time.Since(began) // what is found equal now was so before
		err := same()
		return err == nil, err
	})
	if err != nil {
		d.journal.violation("%v", err)
	}
	return took, nil
}

// snapshot is what Redis shows of queries, by their ids.
type snapshot map[string][]byte

// shown reads what Redis shows of queries.
func (d *drilling) shown(ctx context.Context, queries []*merge.Query) (snapshot, error) {
	all := snapshot{}
	for _, q := range queries {
		rows, err := final.Read(ctx, d.reader, q)
		if err != nil {
			return nil, fmt.Errorf("query %s: %w", q.ID, err)
		}
		var text []byte
		for _, r := range rows {
			row := reference.Row{Key: r.Key, Row: r.Row}
			if r.Window != nil {
				row.Window = &reference.Window{Start: r.Window.Start, End: r.Window.End}
			}
			text = append(row.AppendLine(text), '\n')
		}
		all[q.ID] = text
	}
	return all, nil
}

// same compares what Redis shows with what it has shown.
func (d *drilling) same(ctx context.Context, was snapshot, queries []*merge.Query) error {
	now, err := d.shown(ctx, queries)
	if err != nil {
		return err
	}
	different := 0
	var first string
	for id := range was {
		if string(now[id]) != string(was[id]) {
			if different++; first == "" {
				first = fmt.Sprintf("query %s shows %d bytes of rows, showed %d", id, len(now[id]), len(was[id]))
			}
		}
	}
	if different > 0 {
		return fmt.Errorf("%d queries differ: %s", different, first)
	}
	return nil
}

// compiled returns queries as merge knows them.
func compiled(all []submission) ([]*merge.Query, error) {
	streams, err := catalog.Default()
	if err != nil {
		return nil, err
	}
	out := make([]*merge.Query, len(all))
	for i, s := range all {
		root, err := sql.Compile(s.sql, streams)
		if err == nil {
			out[i], err = build.Query(root)
		}
		if err != nil {
			return nil, fmt.Errorf("%w: %s", err, s.sql)
		}
		out[i].ID = s.id
	}
	return out, nil
}

// thousand submits a thousand queries, and waits until they are live.
func (d *drilling) thousand(ctx context.Context) ([]submission, error) {
	sample, err := d.writer.Peek(1000)
	if err != nil {
		return nil, err
	}
	all, err := thousandQueries(d.random(10), sample)
	if err != nil {
		return nil, err
	}
	if err := d.submit(ctx, all...); err != nil {
		return nil, err
	}
	ids := make([]string, len(all))
	for i := range all {
		ids[i] = all[i].id
	}
	return all, d.answered(ctx, ids, wire.Live, patient)
}

// drillFlushAll has Redis lose everything again and again under a thousand queries.
func drillFlushAll(ctx context.Context, d *drilling) error {
	d.watch(ctx, true)
	all, err := d.thousand(ctx)
	if err != nil {
		return err
	}
	queries, err := compiled(all)
	if err != nil {
		return err
	}
	took := map[bool][]time.Duration{}
	for n := range d.count {
		busy := n%2 == 1
		d.load(ctx)
		during := 10 * time.Second
		if d.hurry {
			during /= 2
		}
		if ledger.Pause(ctx, during); !busy {
			if err := d.idle(); err != nil {
				return err
			}
		}
		if err := d.landed(ctx); err != nil {
			return err
		}
		passed, err := d.flushUnder(ctx, busy, queries)
		if err != nil {
			return err
		}
		took[busy] = append(took[busy], passed)
		d.journal.note("FLUSHALL %d, busy %v: everything was back after %s", n+1, busy, passed.Round(10*time.Millisecond))
		if err := d.idle(); err != nil {
			return err
		}
	}
	quiet := d.figures(fmt.Sprintf("FLUSHALL under %d queries while nothing comes in, until all results are back and equal", len(queries)), took[false])
	d.bound("longest", at(quiet, 1), 15*time.Second)
	if len(took[true]) > 0 {
		load := d.figures("the same under load, until all queries are back and nothing of the repair is owed", took[true])
		d.bound("longest", at(load, 1), 15*time.Second)
	}
	return d.verdict(ctx)
}

// flushUnder has Redis lose everything once. While lines come in there is nothing
// to compare with yet: then all queries have to be there, and no merge partition
// may owe any more of its repair.
func (d *drilling) flushUnder(ctx context.Context, busy bool, queries []*merge.Query) (time.Duration, error) {
	if busy {
		return d.flushed(ctx, func() error {
			listed, err := d.reader.IDs(ctx)
			if err == nil && len(listed) < len(queries) {
				err = fmt.Errorf("%d of %d queries are listed", len(listed), len(queries))
			}
			for p := int32(0); p < exchangePartitions && err == nil; p++ {
				var owed string
				if owed, err = d.store.client.HGet(ctx, results.FenceKey(p), "repair").Result(); err == nil && owed != "0" {
					err = fmt.Errorf("merge partition %d owes a repair: %q", p, owed)
				}
			}
			return err
		})
	}
	before, err := d.shown(ctx, queries)
	if err != nil {
		return 0, err
	}
	return d.flushed(ctx, func() error { return d.same(ctx, before, queries) })
}

// landed waits until what was written has arrived in the results, where no lines
// come in; else until what is in the log has.
func (d *drilling) landed(ctx context.Context) error {
	if d.working == nil {
		if err := d.until(ctx, "all lines to land", func() (bool, error) {
			_, flying, _ := d.book.Counts()
			return flying == 0, nil
		}); err != nil {
			return err
		}
	}
	return d.settled(ctx)
}
