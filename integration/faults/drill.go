package faults

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
)

// drill is a fault whose course is known beforehand, over servers and services of
// its own: what is measured is how long it takes until everything is well again.
type drill struct {
	name   string
	about  string
	count  int // how often it does what it does
	hasty  int // the same, in a hurry
	rate   float64
	args   map[string][]string // of the services beside those of a run, by program
	course func(ctx context.Context, d *drilling) error
}

// drilling is one run of a drill.
type drilling struct {
	*harness
	report *Report
	rnd    *rand.Rand
	count  int
	hurry  bool
	missed []string // bounds

	following *errgroup.Group
	unfollow  context.CancelFunc
	working   *errgroup.Group
	unload    context.CancelFunc
}

// ordinary are the settings that a drill has the services run with, beside its
// own: the defaults where a run of faults has others.
func ordinary(program string) []string {
	args := []string{"--log-level", "info"}
	switch program {
	case "scheduler":
		args = append(args, "--checkpoint-interval", "10s")
	case "query-parser":
		args = append(args, "--max-groups", "100000", "--max-rows-per-second", "10000", "--max-result-bytes", "64MiB")
	}
	return args
}

// drillTable lists all drills.
func drillTable() []drill {
	return []drill{
		{
			name: "kills", about: "kill -9 of one of three schedulers, started again at once or when the others have taken over",
			count: 34, hasty: 4, rate: 300, course: drillKills,
		},
		{
			name: "restart", about: "kill -9 of all schedulers at once, with 1,000,000 groups of state; then FLUSHALL",
			count: 3, hasty: 1, course: drillRestart,
		},
		{
			name: "flushall", about: "FLUSHALL under 1,000 queries, in turns while nothing comes in and under load",
			count: 6, hasty: 2, rate: 200, course: drillFlushAll,
		},
		{
			name: "redis-away", about: "Redis killed, then stopped, for two minutes under load, with a small backlog limit",
			count: 2, hasty: 1, rate: 400, course: drillRedisAway,
			args: map[string][]string{"scheduler": {"--backlog-bytes", fmt.Sprint(drillBacklog)}},
		},
		{
			name: "cut", about: "the link of one of three schedulers to Redis stalled one way, its lease renewed or not, or cut, for a minute under load",
			count: 3, hasty: 1, rate: 300, course: drillCut,
		},
		{
			name: "limits", about: "three queries that cross their limits beside 1,000 that do not",
			count: 1, hasty: 1, rate: 150, course: drillLimits,
		},
		{
			name: "moments", about: "queries submitted, replaced and dropped at 20 moments, at each of which one of three schedulers stands still",
			count: 20, hasty: 20, rate: 400, course: drillMoments,
		},
	}
}

// Drills runs the drills of these names, or all of them, one after the other, each
// count times what it does, or as often as it usually does. In a hurry they do
// less. Its error tells which of them have found that the promise was broken, or
// could not be run, or have missed a bound.
func Drills(ctx context.Context, cfg Config, names []string, count int, hurry bool) error {
	for cfg.Seed == 0 {
		cfg.Seed = rand.Uint64() >> 40
	}
	table := drillTable()
	known := func(name string) bool {
		return slices.ContainsFunc(table, func(d drill) bool { return d.name == name })
	}
	for _, name := range names {
		if !known(name) && name != "all" {
			return fmt.Errorf("there is no drill %q: all, or of %s", name, drillNames(table))
		}
	}
	var errs []error
	for i := range table {
		d := &table[i]
		if !slices.Contains(names, d.name) && !slices.Contains(names, "all") {
			continue
		}
		if err := d.run(ctx, cfg, count, hurry); err != nil {
			errs = append(errs, fmt.Errorf("drill %s: %w; repeat it: make drills DRILL=%s SEED=%d", d.name, err, d.name, cfg.Seed))
		}
	}
	return errors.Join(errs...)
}

func drillNames(table []drill) string {
	var names []string
	for i := range table {
		names = append(names, table[i].name)
	}
	return strings.Join(names, ", ")
}

// run runs the drill over a harness of its own.
func (d *drill) run(ctx context.Context, cfg Config, count int, hurry bool) (err error) {
	began := time.Now()
	cfg.Dir, cfg.Rate, cfg.extra = filepath.Join(cfg.Dir, d.name), d.rate, func(program string) []string {
		return append(ordinary(program), d.args[program]...)
	}
	if err := os.MkdirAll(cfg.Dir, 0o700); err != nil {
		return err
	}
	h := &harness{cfg: cfg, journal: newJournal(cfg.Out)}
	h.journal.note("drill %s, seed %d: %s", d.name, cfg.Seed, d.about)
	g := &drilling{harness: h, report: newReport(h), rnd: h.random(8), count: d.count, hurry: hurry}
	if hurry {
		g.count = d.hasty
	}
	if count > 0 {
		g.count = count
	}
	defer h.close()
	if err := h.open(ctx); err != nil {
		return err
	}
	if err := h.startServices(); err != nil {
		return err
	}
	err = errors.Join(d.course(ctx, g), g.idle(), g.blind())
	if h.observer == nil {
		return err
	}
	for name, u := range h.observer.usage {
		if strings.HasPrefix(name, "scheduler") && u.Resident > 0 {
			g.report.say("%s used at most %d MB", name, u.Resident>>20)
		}
	}
	g.report.say("drill %s took %s", d.name, time.Since(began).Round(time.Second))
	if printErr := g.report.Print(cfg.Out); printErr != nil {
		return printErr
	}
	for _, text := range g.missed {
		err = errors.Join(err, fmt.Errorf("a bound was missed: %s", text))
	}
	if n := len(h.journal.violations()); n > 0 {
		err = errors.Join(err, fmt.Errorf("%d violations", n))
	}
	return err
}
