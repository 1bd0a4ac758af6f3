package faults

import (
	"context"
	"fmt"
	"slices"
	"syscall"
	"time"

	"github.com/millrace/millrace/integration/ledger"
)

// drillKills kills one scheduler of three at a time and measures how long it takes
// until results include of every partition what was written when it died. It is started again after
// a moment, as by a supervisor, or when the others have taken over.
func drillKills(ctx context.Context, d *drilling) error {
	if err := d.begin(ctx); err != nil {
		return err
	}
	took := map[bool][]time.Duration{}
	for n := range d.count {
		if err := d.calm(ctx); err != nil {
			return err
		}
		ledger.Pause(ctx, ledger.Between(d.rnd, 0, 3*time.Second))
		s := one(d.rnd, d.fleet.schedulers[:schedulers]...)
		supervised := n%2 == 0
		back := ledger.Between(d.rnd, 100*time.Millisecond, 1500*time.Millisecond)
		began := time.Now()
		s.down(syscall.SIGKILL, time.Minute)
		ends, err := d.probe(ctx)
		if err != nil {
			return err
		}
		restarted := make(chan error, 1)
		if supervised {
			go func() {
				ledger.Pause(ctx, back)
				restarted <- s.start()
			}()
		}
		if err := d.reached(ctx, ends); err != nil {
			d.journal.violation("kill %d, of %s: %v", n+1, s.name, err)
			d.diagnose(ctx)
			return err
		}
		passed := time.Since(began)
		took[supervised] = append(took[supervised], passed)
		told := fmt.Sprintf("back after %s", back.Round(10*time.Millisecond))
		if !supervised {
			told = "back later"
			ledger.Pause(ctx, back)
			restarted <- s.start()
		}
		if err := <-restarted; err != nil {
			return err
		}
		d.journal.note("kill %d, of %s, %s: results moved again after %s", n+1, s.name, told, passed.Round(10*time.Millisecond))
	}
	all := d.figures(fmt.Sprintf("kill -9 of one of %d schedulers, %d partitions, until results of all partitions move again", schedulers, partitions),
		slices.Concat(took[true], took[false]))
	d.figures("  of those, started again at once", took[true])
	d.figures("  of those, started again when the others had taken over", took[false])
	ledger.Pause(ctx, time.Second) // the last one is looked at, too
	d.report.say("%s", d.stableTold())
	if seen := d.released.Load(); 2*seen < d.waited.Load() {
		d.journal.violation("last stable offsets could be looked at after %d kills only", seen)
	}
	d.bound("median", at(all, 0.5), 10*time.Second)
	d.bound("p99", at(all, 0.99), 20*time.Second)
	return d.verdict(ctx)
}
