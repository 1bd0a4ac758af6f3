package bench

import (
	"context"
	"fmt"
	"runtime"
	"runtime/pprof"
	"time"

	"github.com/millrace/millrace/services/millrace/internal/bench/engine"
)

// sample is what one round of a cell came to.
type sample struct {
	ns      float64 // of time per document
	cpu     float64 // seconds of processor time per document
	bytes   float64 // of memory per query
	matches float64 // per document
	addAll  float64 // seconds that adding all queries took
	changes float64 // of the set of queries per second, while it ran

	fallbacks int64 // documents for which a decoder left its fast path
}

// round makes the cell anew and measures it once.
func (c *cell) round(ctx context.Context, cfg *Config, cpus []int) error {
	before := heap()
	e, err := engine.New(c.engine, c.opts)
	if err != nil {
		return err
	}
	began := time.Now()
	for i := range c.n {
		q, err := c.set.query(i)
		if err != nil {
			return err
		}
		if err := e.Add(q); err != nil {
			return err
		}
	}
	if err := e.Ready(); err != nil {
		return err
	}
	s := sample{addAll: time.Since(began).Seconds()}
	t, err := newTeam(e, c.cores, cpus)
	if err != nil {
		return err
	}
	warmed, err := c.warm(ctx, cfg, t)
	if err != nil {
		return err
	}
	s.bytes = float64(int64(heap())-int64(before)) / float64(c.n)

	churn := newChurner(c, e, cfg.Spare)
	values, _ := cfg.Input.prefix(c.prefix)
	matches, cpu := e.Matches(), processorTime()
	if c.profiled {
		if err := pprof.StartCPUProfile(cfg.Profile); err != nil {
			return fmt.Errorf("profile: %w", err)
		}
	}
	churn.start()
	took, err := t.run(ctx, values, c.passes)
	churn.stop()
	pprof.StopCPUProfile()
	if err != nil {
		return err
	}
	documents := float64(c.prefix * c.passes)
	s.ns = float64(took.Nanoseconds()) / documents
	s.fallbacks = t.fallbacks()
	s.cpu = (processorTime() - cpu).Seconds() / documents
	s.matches = float64(e.Matches()-matches) / documents
	if churn != nil {
		s.matches = float64(matches) / float64(warmed) // before queries went and took their counts along
		if churn.err != nil {
			return churn.err
		}
		s.changes = float64(churn.changes) / took.Seconds()
		c.adds = append(c.adds, churn.adds...)
	} else if err := c.addMore(e, cfg); err != nil {
		return err
	}
	c.samples = append(c.samples, s)
	runtime.KeepAlive(e)
	return nil
}

// warm goes over the input once and returns how many documents that were in all. In
// the first round it finds out how far a pass goes within the limit: over a prefix
// that grows until there is no time for a longer one.
func (c *cell) warm(ctx context.Context, cfg *Config, t *team) (documents int, err error) {
	const enough = 2000
	if c.prefix > 0 {
		n := min(c.prefix, enough)
		values, _ := cfg.Input.prefix(n)
		_, err := t.run(ctx, values, 1)
		return n, err
	}
	const least, growth = 16, 4
	budget := cfg.Limit / time.Duration(cfg.Rounds+1)
	for n := min(least, cfg.Input.Documents); ; n = min(growth*n, cfg.Input.Documents) {
		values, _ := cfg.Input.prefix(n)
		took, err := t.run(ctx, values, 1)
		if err != nil {
			return 0, err
		}
		documents += n
		if n == cfg.Input.Documents || took > budget/growth {
			c.prefix = n
			c.passes = 1 + int(min(cfg.Round, budget)/max(took, time.Microsecond))
			return documents, nil
		}
	}
}

// addMore adds queries one by one beside those that are there, and times each from
// before Add until what workers run is made. They are queries that are not there
// yet, or, where there are none, such that have been dropped before.
func (c *cell) addMore(e engine.Engine, cfg *Config) error {
	const patience = 2 * time.Second
	began := time.Now()
	for k := range (cfg.Spare + cfg.Rounds - 1) / cfg.Rounds {
		i := c.n + (len(c.samples)*cfg.Spare/cfg.Rounds+k)%cfg.Spare
		fresh := i < len(c.set.plans)
		if !fresh {
			i = (k * 7919) % c.n
		}
		q, err := c.set.query(i)
		if err != nil {
			return err
		}
		if !fresh {
			e.Drop(q)
			if err := e.Ready(); err != nil {
				return err
			}
		}
		at := time.Now()
		if err := e.Add(q); err != nil {
			return fmt.Errorf("add %s: %w", q.ID, err)
		}
		if err := e.Ready(); err != nil {
			return err
		}
		c.adds = append(c.adds, time.Since(at))
		if time.Since(began) > patience {
			break
		}
	}
	return nil
}

// heap returns the bytes that are in use after a collection.
func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
