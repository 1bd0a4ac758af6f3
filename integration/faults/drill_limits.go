package faults

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/millrace/millrace/libs/results"
	"github.com/millrace/millrace/libs/wire"
)

// greedy are queries that cross a limit, and the limit.
func greedy() map[string]submission {
	return map[string]submission{
		"max_groups":          {id: "greedy-ids", sql: "SELECT id, count(*) AS n FROM tweets GROUP BY id", options: wire.Options{MaxGroups: 100}},
		"max_rows_per_second": {id: "greedy-rows", sql: "SELECT * FROM tweets", options: wire.Options{MaxRowsPerSecond: 2}},
		"max_result_bytes":    {id: "greedy-bytes", sql: "SELECT text, max(id) AS id FROM tweets GROUP BY text", options: wire.Options{MaxResultBytes: 32 << 10}},
	}
}

// drillLimits has three queries cross their limits beside a thousand that do not
// notice: those fail, by themselves, and say why.
func drillLimits(ctx context.Context, d *drilling) error {
	phase := 20 * time.Second
	if d.hurry {
		phase /= 2
	}
	d.watch(ctx, true)
	all, err := d.thousand(ctx)
	if err != nil {
		return err
	}
	d.load(ctx)
	if err := d.calm(ctx); err != nil {
		return err
	}
	before, err := d.lags(ctx, phase)
	if err != nil {
		return err
	}
	var list []submission
	for _, s := range greedy() {
		list = append(list, s)
	}
	records, err := submitted(list)
	if err != nil {
		return err
	}
	began := time.Now()
	if err := d.producer.Produce(ctx, records...); err != nil {
		return err
	}
	var during []time.Duration
	var meanwhile errgroup.Group
	meanwhile.Go(func() (err error) {
		during, err = d.lags(ctx, phase)
		return err
	})
	d.failed(ctx, began)
	if err := meanwhile.Wait(); err != nil {
		return err
	}
	after, err := d.lags(ctx, phase)
	if err != nil {
		return err
	}
	before = d.figures(fmt.Sprintf("lag of %d queries before", len(all)), before)
	during = d.figures("lag while three more crossed their limits", during)
	after = d.figures("lag when those had failed", after)
	order := 3*at(before, 0.5) + 100*time.Millisecond
	d.bound("median lag meanwhile, of the same order as before", at(during, 0.5), order)
	d.bound("median lag after, of the same order as before", at(after, 0.5), order)
	d.others(all)
	return d.verdict(ctx)
}

// failed waits until the greedy queries have failed, each at its limit.
func (d *drilling) failed(ctx context.Context, began time.Time) {
	for limit, s := range greedy() {
		var told []string
		err := d.until(ctx, "query "+s.id+" to fail", func() (bool, error) {
			told = told[:0]
			for _, st := range d.follower.Statuses(s.id) {
				if st.Transition == wire.Failed {
					told = append(told, st.Message)
				}
			}
			facts, _, err := d.reader.Facts(ctx, s.id)
			return facts.Fields[results.FieldStatus] == results.StatusFailed && len(told) > 0, err
		})
		if err != nil {
			d.journal.violation("%v; its status: %v", err, d.follower.Statuses(s.id))
			continue
		}
		if len(told) != 1 || !strings.Contains(told[0], limit) {
			d.journal.violation("query %s has failed, its status says %q, and should name %s once", s.id, told, limit)
		}
		d.report.say("query %s had failed within %s: %s", s.id, time.Since(began).Round(100*time.Millisecond), told[0])
	}
}

// others checks that nothing was said about the other queries.
func (d *drilling) others(all []submission) {
	for _, s := range all {
		for _, st := range d.follower.Statuses(s.id) {
			if !slices.Contains([]wire.Transition{wire.Accepted, wire.Live}, st.Transition) {
				d.journal.violation("query %s, which kept its limits, is said to be %s: %s", s.id, st.Transition, st.Message)
			}
		}
	}
}
