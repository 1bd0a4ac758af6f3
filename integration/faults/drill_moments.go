package faults

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"syscall"
	"time"

	"github.com/millrace/millrace/integration/ledger"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/wire"
)

// momentTexts are the texts that are started again and again, of each kind one.
func momentTexts() map[string]string {
	return map[string]string{
		"grouped":  "SELECT lang, count(*) AS n, sum(retweet_count) AS r, avg(user.followers_count) AS f, max(text) AS last FROM tweets WHERE retweet_count >= 0 OR lang = 'en' GROUP BY lang",
		"global":   "SELECT count(*) AS n, min(created_at) AS first FROM tweets WHERE NOT (lang = 'de' AND retweet_count > 5)",
		"rows":     "SELECT id, lang FROM tweets WHERE user.followers_count > 1000",
		"windowed": "SELECT window_start, count(*) AS n FROM TUMBLE(tweets, created_at, INTERVAL '2' SECOND) GROUP BY window_start, window_end EMIT CHANGES",
	}
}

// drillMoments submits, replaces and drops queries at moments while lines flow. At
// each of them one scheduler stands still, now and then for longer than its
// session, so that the others take its partitions over.
func drillMoments(ctx context.Context, d *drilling) error {
	d.watch(ctx, true)
	if err := d.submit(ctx, submission{id: "constant", sql: "SELECT count(*) AS n FROM tweets"}); err != nil {
		return err
	}
	d.load(ctx)
	if err := d.calm(ctx); err != nil {
		return err
	}
	var live []time.Duration
	expelled := 0
	for n := range d.count {
		long := n%5 == 2 || !d.hurry && n%5 == 4
		passed, out, err := d.moment(ctx, n, long)
		if err != nil {
			return err
		}
		live = append(live, passed)
		if out {
			expelled++
		}
		ledger.Pause(ctx, ledger.Between(d.rnd, 100*time.Millisecond, 500*time.Millisecond))
	}
	d.figures("from a submission, a scheduler standing still, until its queries are live", live)
	d.report.say("%d activations with one of %d schedulers standing still, %d of those times it was expelled from its groups", d.count, schedulers, expelled)
	if err := d.verdict(ctx); err != nil {
		return err
	}
	sets := d.sets()
	d.report.say("the texts of %d moments had %d different sets of lines", d.count, sets)
	if text := tooFew(d.count, sets); text != "" {
		d.journal.violation("%s", text)
	}
	return nil
}

// leastMoments is how many activations have to be looked at.
const leastMoments = 20

// tooFew tells why so many moments, with so many different sets of lines, test too
// little; "" if they do not.
func tooFew(moments, sets int) string {
	switch {
	case moments < leastMoments:
		return fmt.Sprintf("%d moments test too little: %d are asked for", moments, leastMoments)
	case 10*sets < 9*moments:
		return fmt.Sprintf("the texts of %d moments had %d different sets of lines: that tests too little", moments, sets)
	default:
		return ""
	}
}

// moment has one scheduler stand still while queries are submitted, and tells how
// long those took to be live and whether the scheduler was expelled.
func (d *drilling) moment(ctx context.Context, n int, long bool) (took time.Duration, expelled bool, err error) {
	s := one(d.rnd, d.fleet.schedulers[:schedulers]...)
	hold := ledger.Between(d.rnd, 50*time.Millisecond, 1300*time.Millisecond)
	if long {
		hold = ledger.Between(d.rnd, 7*time.Second, 9*time.Second)
	}
	lead := ledger.Between(d.rnd, 0, 200*time.Millisecond)
	all := d.step(n)
	s.signal(syscall.SIGSTOP)
	began := time.Now()
	ledger.Pause(ctx, lead)
	submitted := time.Now()
	if err := d.submit(ctx, all...); err != nil {
		s.signal(syscall.SIGCONT)
		return 0, false, err
	}
	// It stands still when the definitions come, and for a while after it.
	err = d.each(ctx, all, wire.Accepted)
	if ledger.Pause(ctx, hold); long && err == nil {
		// It was expelled if the others go on without it.
		expelled = d.without(ctx)
	}
	s.signal(syscall.SIGCONT)
	d.journal.note("moment %d: %d submissions, %s stood still for %s, expelled: %v", n+1, len(all), s.name, time.Since(began).Round(10*time.Millisecond), expelled)
	if err == nil {
		err = d.each(ctx, all, wire.Live)
	}
	if err != nil {
		d.diagnose(ctx)
		return 0, false, err
	}
	return time.Since(submitted), expelled, nil
}

// each waits until all that was submitted has come so far, or is dropped.
func (d *drilling) each(ctx context.Context, all []submission, so wire.Transition) error {
	for _, sub := range all {
		want := so
		if sub.sql == "" {
			want = wire.Dropped
		}
		if err := d.answered(ctx, []string{sub.id}, want, patient); err != nil {
			return err
		}
	}
	return nil
}

// step chooses what happens at a moment: every text is submitted under an id of
// its own, and of those before one is replaced and one dropped.
func (d *drilling) step(n int) []submission {
	var all []submission
	texts := momentTexts()
	for _, kind := range slices.Sorted(maps.Keys(texts)) {
		all = append(all, submission{id: fmt.Sprintf("%s-%02d", kind, n), sql: texts[kind]})
	}
	if n >= 2 && n%2 == 0 {
		kind := one(d.rnd, slices.Sorted(maps.Keys(texts))...)
		other := one(d.rnd, slices.Sorted(maps.Keys(texts))...)
		all = append(all, submission{id: fmt.Sprintf("%s-%02d", kind, n-2), sql: texts[other]})
	}
	if n >= 3 && n%3 == 0 {
		all = append(all, submission{id: fmt.Sprintf("%s-%02d", one(d.rnd, slices.Sorted(maps.Keys(texts))...), n-3)})
	}
	return all
}

// sets returns how many different sets of lines the queries that were submitted
// have had.
func (d *drilling) sets() int {
	counts := map[int64]int{} // plan position → lines scanned under it
	d.book.Each(func(_ []byte, plan int64) { counts[plan]++ })
	had := map[int]bool{}
	for _, def := range d.follower.Registry() {
		if def.Query == nil {
			continue
		}
		lines := 0
		for plan, n := range counts {
			if plan >= def.Position {
				lines += n
			}
		}
		had[lines] = true
	}
	return len(had)
}

// without tells whether a scheduler is missing from a group.
func (d *drilling) without(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	groups, err := d.spy.admin.DescribeGroups(ctx, kafka.GroupScan, kafka.GroupMerge)
	missing := false
	for _, g := range groups {
		missing = missing || err == nil && g.Err == nil && len(g.Members) < schedulers
	}
	return missing
}
