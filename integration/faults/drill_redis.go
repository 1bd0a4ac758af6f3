package faults

import (
	"context"
	"maps"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/millrace/millrace/integration/ledger"
	"github.com/millrace/millrace/libs/kafka"
)

// drillBacklog is the limit of the backlog while Redis is away: small enough that
// scanning pauses.
const drillBacklog = 4 << 20

// pausing is what schedulers say about a scan that is paused.
type pausing struct {
	logged   atomic.Int64    // lines of their logs
	ready    int             // answers of /readyz that say so
	metric   map[string]bool // schedulers by whose metric it is so now
	most     float64         // bytes of backlog
	all      time.Duration   // until all of them were paused; 0: never
	usually  int             // looks at which one was paused while Redis was there
	moved    bool            // scanned while all were paused
	position map[int32]int64
}

// drillRedisAway has Redis away for two minutes under load. The scan has to pause
// at its backlog limit and to say so; nothing may be lost.
func drillRedisAway(ctx context.Context, d *drilling) error {
	say := &pausing{}
	for _, s := range d.fleet.schedulers {
		s.mu.Lock()
		before := s.line
		s.line = func(line []byte) {
			before(line)
			if strings.Contains(string(line), "scanning is paused") {
				say.logged.Add(1)
			}
		}
		s.mu.Unlock()
	}
	d.watch(ctx, true)
	if err := d.churn.Begin(ctx); err != nil {
		return err
	}
	d.load(ctx, d.untimedLoad(d.cfg.Rate))
	if err := d.calm(ctx); err != nil {
		return err
	}
	for until := time.Now().Add(15 * time.Second); time.Now().Before(until) && ledger.Pause(ctx, 500*time.Millisecond); {
		d.look(ctx, say)
		say.usually += len(say.metric)
	}
	d.report.say("while Redis was there, a scan was found paused %d times", say.usually)
	for n := range d.count {
		if err := d.away(ctx, n%2 == 1, say); err != nil {
			return err
		}
	}
	return d.verdict(ctx)
}

// away has Redis away once: killed, or standing still.
func (d *drilling) away(ctx context.Context, frozen bool, say *pausing) error {
	how := "killed"
	if frozen {
		how = "stopped"
	}
	d.journal.note("Redis is %s for two minutes", how)
	say.reset()
	began := time.Now()
	if frozen {
		d.store.signal(syscall.SIGSTOP)
	} else {
		d.store.down(syscall.SIGKILL, time.Minute)
	}
	var quiet sync.Once
	for time.Since(began) < 2*time.Minute && ledger.Pause(ctx, 500*time.Millisecond) {
		d.look(ctx, say)
		if len(say.metric) == schedulers && say.all == 0 {
			say.all = time.Since(began)
			d.journal.note("all scans are paused")
		}
		if say.all > 0 && time.Since(began) > say.all+5*time.Second {
			at, err := d.admin.PeekGroupOffsets(ctx, kafka.GroupScan, kafka.TopicTweets)
			if err != nil {
				continue
			}
			quiet.Do(func() { say.position = at })
			say.moved = say.moved || !maps.Equal(at, say.position)
		}
	}
	d.told(how, say)
	ends, err := d.ends(ctx)
	if err != nil {
		return err
	}
	back := time.Now()
	if frozen {
		d.store.signal(syscall.SIGCONT)
	} else if err := d.store.start(); err != nil {
		return err
	}
	if err := d.redisBack(ctx); err != nil {
		return err
	}
	if err := d.reached(ctx, ends); err != nil {
		d.diagnose(ctx)
		return err
	}
	d.report.say("Redis %s: %s after it was back results included what the log held then", how, time.Since(back).Round(10*time.Millisecond))
	return d.until(ctx, "the scan to go on everywhere", func() (bool, error) {
		d.look(ctx, say)
		return len(say.metric) == 0, nil
	})
}

// reset forgets what was said, before Redis goes away once more.
func (p *pausing) reset() {
	p.ready, p.metric, p.most, p.all, p.moved, p.position = 0, nil, 0, 0, false, nil
	p.logged.Store(0)
}

// look asks the schedulers whether their scans are paused.
func (d *drilling) look(ctx context.Context, say *pausing) {
	say.metric = map[string]bool{}
	for _, s := range d.fleet.schedulers[:schedulers] {
		_, page := get(ctx, s, "/metrics")
		now := metrics(page)
		if now["millrace_scan_paused"] == 1 {
			say.metric[s.name] = true
		}
		say.most = max(say.most, now["millrace_exchange_backlog_bytes"])
		if code, body := get(ctx, s, "/readyz"); code != 0 && strings.Contains(body, "scanning is paused") {
			say.ready++
		}
	}
}

// told checks what was said while Redis was away.
func (d *drilling) told(how string, say *pausing) {
	d.report.say("Redis %s: all scans paused after %s, said so %d times on /readyz, %d times in logs; backlog at most %.1f of %d MiB",
		how, say.all.Round(100*time.Millisecond), say.ready, say.logged.Load(), say.most/(1<<20), drillBacklog>>20)
	switch {
	case say.all == 0:
		d.journal.violation("Redis %s: the scans were not all paused within two minutes: the backlog is %.1f MiB", how, say.most/(1<<20))
	case say.moved:
		d.journal.violation("Redis %s: something was scanned while all scans said that they are paused", how)
	case say.ready == 0:
		d.journal.violation("Redis %s: no /readyz said that scanning is paused", how)
	case say.logged.Load() == 0:
		d.journal.violation("Redis %s: no log said that scanning is paused", how)
	case say.most > 4*drillBacklog: // each scheduler estimates it by what it writes itself
		d.journal.violation("Redis %s: %.1f MiB of backlog are more than four times the limit", how, say.most/(1<<20))
	}
}
