package faults

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/millrace/millrace/integration/ledger"
	"github.com/millrace/millrace/libs/results"
)

const (
	// cutFor is how long one scheduler alone cannot reach Redis.
	cutFor = 60 * time.Second
	// cutBound is how long results may stand still for that.
	cutBound = 45 * time.Second
	// cutLeast is how long a scheduler has to be cut off before it may end.
	cutLeast = 25 * time.Second
	// leaseLives is how long the lease of a slot lives without being renewed.
	leaseLives = 6 * time.Second
	// cutWords are what it says then.
	cutWords = "could not write to Redis"
)

// cutLinks tells since when the link of one scheduler to Redis is harmed.
type cutLinks struct {
	mu    sync.Mutex
	who   string
	since time.Time // zero: none is
}

func (c *cutLinks) set(who string, since time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.who, c.since = who, since
}

// pardon tells why the end of a scheduler is none to complain of: nobody else's
// link was harmed, and for no less than it takes.
func (c *cutLinks) pardon(who, words string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.since.IsZero() || c.who != who || time.Since(c.since) < cutLeast || !strings.Contains(words, cutWords) {
		return ""
	}
	return fmt.Sprintf("it alone could not reach Redis for %s", time.Since(c.since).Round(time.Second))
}

// drillCut has one of three schedulers alone lose Redis: its link is cut, or answers
// do not arrive. The others have to go on with its partitions while that lasts.
func drillCut(ctx context.Context, d *drilling) error {
	links := &cutLinks{}
	for _, s := range d.fleet.schedulers {
		s.pardons = func(words string) string { return links.pardon(s.name, words) }
	}
	if err := d.begin(ctx); err != nil {
		return err
	}
	var took []time.Duration
	for n := range d.count {
		if err := d.calm(ctx); err != nil {
			return err
		}
		ledger.Pause(ctx, ledger.Between(d.rnd, 0, 3*time.Second))
		passed, err := d.cutOff(ctx, links, cut(n%int(cuts)))
		if err != nil {
			return err
		}
		took = append(took, passed)
	}
	all := d.figures(fmt.Sprintf("one of %d schedulers alone without Redis, %d partitions, until results of all partitions move again", schedulers, partitions), took)
	d.bound("longest", at(all, 1), cutBound)
	return d.verdict(ctx)
}

// cut is a way in which one scheduler alone does not reach Redis.
type cut int

const (
	// cutRenewing: answers do not arrive, and what keeps its slot's lease does. Nobody
	// fences it then, and only it itself can find out.
	cutRenewing cut = iota
	cutBoth         // no connection
	cutInwards      // answers do not arrive
	cuts
)

// String names the way.
func (c cut) String() string {
	switch c {
	case cutRenewing:
		return "stalled inwards, its lease being renewed"
	case cutBoth:
		return "cut"
	case cutInwards:
		return "stalled inwards"
	default:
		return "well"
	}
}

// cutOff cuts one scheduler off from Redis, and tells how long it took until results
// included what was written soon after that began.
func (d *drilling) cutOff(ctx context.Context, links *cutLinks, how cut) (time.Duration, error) {
	s := one(d.rnd, d.fleet.schedulers[:schedulers]...)
	s.mu.Lock()
	slot, before := s.slot, s.alone
	s.mu.Unlock()
	began := time.Now()
	lasting := began.Add(cutFor)
	during, cancel := context.WithDeadline(ctx, lasting)
	var renewing sync.WaitGroup
	links.set(s.name, began)
	defer func() {
		cancel()
		renewing.Wait()
		s.redis.heal()
		ledger.Pause(ctx, 2*time.Second) // it may just have decided
		links.set("", time.Time{})
	}()
	if how == cutBoth {
		s.redis.sever()
	} else {
		s.redis.stall(in)
	}
	if how == cutRenewing {
		renewing.Go(func() {
			for ledger.Pause(during, leaseLives/12) {
				renewed, err := d.store.client.PExpire(during, results.SlotKey(slot), leaseLives).Result()
				s.mu.Lock()
				ended := s.alone > before
				s.mu.Unlock()
				if !ended && err == nil && !renewed {
					d.journal.violation("the lease of slot %d of %s expired: that is not what was to be tested", slot, s.name)
					return
				}
			}
		})
	}
	d.journal.note("the link of %s to Redis is %s, for %s", s.name, how, cutFor)
	ledger.Pause(ctx, time.Second)
	ends, err := d.probe(ctx)
	if err != nil {
		return 0, err
	}
	passed := never
	err = d.reached(during, ends)
	switch {
	case ctx.Err() != nil:
		return 0, ctx.Err()
	case err == nil:
		passed = time.Since(began)
	default:
		d.journal.violation("the link of %s to Redis %s: results of all partitions did not move again within %s: %v", s.name, how, cutFor, err)
		d.diagnose(ctx)
	}
	ledger.Pause(ctx, time.Until(lasting))
	s.mu.Lock()
	ended := s.alone - before
	s.mu.Unlock()
	d.report.say("link to Redis %s: results of all partitions moved again after %s; %s ended by itself %d times", how, lasted(passed), s.name, ended)
	if how == cutRenewing && ended == 0 {
		d.journal.violation("%s has not ended by itself, and nobody else could have its partitions", s.name)
	}
	if ended > 1 {
		d.journal.violation("%s ended by itself %d times: started again it has to wait until it reaches Redis", s.name, ended)
	}
	return passed, nil
}
