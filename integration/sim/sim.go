package sim

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace/millrace/libs/sql/catalog"
)

// Options shape schedules. Where several values are named the seed decides among
// them, if the field is zero.
type Options struct {
	Schedulers int           // 1 to 4
	Tweets     int           // partitions; 1 to 4
	Exchange   int           // partitions; 1 to 3
	Logs       int           // partitions of what is declared and dropped; 1 or 2, none where the input ends
	Steps      int           // with faults; 1500
	Faults     int           // in a hundred steps; 1
	Lossy      int           // one in so many calls is lost or not answered; 60
	Clocks     bool          // processes' clocks are an hour off
	Bounded    bool          // the input ends, and nothing is late
	Checkpoint time.Duration // interval; half a second or 2 s
	Changed    int64         // bytes of changed state that are due for a checkpoint; 300, or as by default
	Patience   time.Duration // until everything must be at rest; 5 min
	Trace      bool
}

func (o *Options) defaults(rng *rand.Rand) {
	set := func(v *int, d int) {
		if *v == 0 {
			*v = d
		}
	}
	set(&o.Schedulers, []int{1, 2, 3, 3, 3, 4}[rng.IntN(6)])
	set(&o.Tweets, 1+rng.IntN(4))
	set(&o.Exchange, 1+rng.IntN(3))
	o.Clocks = o.Clocks || rng.IntN(2) == 0
	o.Bounded = o.Bounded || rng.IntN(5) == 0
	if set(&o.Logs, 1+rng.IntN(2)); o.Bounded {
		o.Logs = 0 // what ends is there from the beginning
	}
	set(&o.Steps, 1500)
	set(&o.Faults, 1)
	set(&o.Lossy, 60)
	if o.Checkpoint == 0 {
		o.Checkpoint = []time.Duration{500 * time.Millisecond, 2 * time.Second}[rng.IntN(2)]
	}
	if o.Changed == 0 && rng.IntN(4) == 0 {
		o.Changed = 300 // of a large drop a checkpoint holds a part
	}
	if o.Patience == 0 {
		o.Patience = 5 * time.Minute
	}
}

// Outcome is what a schedule came to.
type Outcome struct {
	Seed      uint64
	Violation string // "" for none
	Trace     []string
	Steps     int
	Posts     int64
	Counts    map[string]int // what it exercised
}

// Simulator runs schedules.
type Simulator struct {
	catalog   *catalog.Catalog
	logs      *catalog.Stream // the stream that is declared and dropped
	templates []*template
}

// New compiles the queries that all schedules use.
func New() (*Simulator, error) {
	c, err := catalog.Default()
	if err != nil {
		return nil, err
	}
	tweets, ok := c.Stream("tweets")
	if !ok {
		return nil, errors.New("the catalog has no tweets")
	}
	logs := *tweets
	logs.Name, logs.Topic, logs.Declared = "logs", topicLogs, true
	templates, err := newTemplates(c.With(&logs))
	if err != nil {
		return nil, fmt.Errorf("compile the queries of the simulation: %w", err)
	}
	return &Simulator{c, &logs, templates}, nil
}

// Run runs the schedule of a seed.
func (s *Simulator) Run(t *testing.T, seed uint64, opt Options) *Outcome {
	opt.defaults(rand.New(rand.NewPCG(seed, 2)))
	var out *Outcome
	synctest.Test(t, func(*testing.T) { out = s.run(seed, opt) })
	return out
}

func (s *Simulator) run(seed uint64, opt Options) *Outcome {
	w := &world{seed: seed, rng: rand.New(rand.NewPCG(seed, 1)), opt: opt, began: time.Now(), counts: map[string]int{}}
	w.kafka = newCluster(w, opt.Tweets, opt.Logs, opt.Exchange)
	w.store = newStore(w)
	w.load = newWorkload(w, s.catalog, s.logs, s.templates)
	w.procs = make([]*process, opt.Schedulers)
	for slot := range w.procs {
		w.boot(slot)
	}
	for w.step < opt.Steps && w.violation == "" {
		w.next()
	}
	w.settle()
	if w.violation == "" {
		w.check()
	}
	if w.violation == "" && w.load.secondLife() {
		w.settle()
		if w.violation == "" {
			w.check()
		}
	}
	if w.violation == "" { // what was checkpointed, with the exchange, is the state
		killed := w.chance(2)
		for slot, p := range w.procs {
			if killed {
				p.kill()
				w.boot(slot)
			} else {
				p.stop()
			}
		}
		for w.leaving() && w.violation == "" {
			w.next()
		}
		w.store.flush()
		w.settle()
		if w.violation == "" {
			w.check()
		}
	}
	for _, p := range w.procs {
		p.kill()
	}
	return &Outcome{Seed: seed, Violation: w.violation, Trace: w.trace, Steps: w.step, Posts: w.load.made, Counts: w.counts}
}
