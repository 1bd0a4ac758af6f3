package faults

import (
	"context"
	"math/rand/v2"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/millrace/millrace/integration/ledger"
)

// fault is one thing that goes wrong.
type fault struct {
	name      string
	lane      lane
	weight    int
	rest      time.Duration           // at most, before the next in its lane, once results move
	needs     func(h *harness) string // why it cannot be done here; "" if it can
	inRestore bool                    // it strikes at a restore
	poison    bool                    // it interrupts nothing, and is not asked to

	// strike does it. It returns to whom it was done, how long it lasts, and what
	// ends it; nil if it is over at once.
	strike func(ctx context.Context, h *harness, r *rand.Rand) blow
}

// blow is a fault that has been done.
type blow struct {
	to    string
	whose string    // beginning of the names of those in whose logs its effect shows; "": of all
	when  moment    // at which it struck; "": at none in particular
	at    time.Time // it struck; what was before is not its doing
	ids   []string  // transactional ids whose open transactions it has interrupted
	lost  []kind    // what else it is known to have interrupted
	late  []kind    // what it has held up, and not interrupted, as far as is known; or only its answer was lost
	hold  time.Duration
	look  func(b *blow) // just before the end: finds out what it has interrupted; may be nil
	lift  func(ctx context.Context) error
	err   error
	then  []blow // what was done next, by the same fault
}

// struck notes when and at which moment it struck.
func (b *blow) struck(h hit) { b.when, b.at = h.moment, h.at }

// broke notes that what was asked for at the moment is lost: that has interrupted
// what was open, unless the server has heard and answered.
func (b *blow) broke(h hit) {
	if b.struck(h); h.after {
		b.slowed(h.moment.of())
	} else {
		b.did(h.moment.of() != "", h.moment.of())
	}
}

// slowed notes that it has held something up.
func (b *blow) slowed(k kind) {
	if k != "" && !slices.Contains(b.late, k) {
		b.late = append(b.late, k)
	}
}

// held notes transactions that stood open while their owner stood still. For less
// than their time-out they were held up by that, and went on.
func (b *blow) held(ids []string) {
	if b.hold >= timeOut {
		b.ids = ids
	} else if len(ids) > 0 {
		b.slowed(transaction)
	}
}

// onRedis tells whether it was done to Redis or to a way there: transactions and
// rebalances go on without.
func (b *blow) onRedis() bool { return b.to == "redis" || strings.HasSuffix(b.to, "–redis") }

// did notes that it has interrupted something.
func (b *blow) did(so bool, k kind) {
	if so && !slices.Contains(b.lost, k) {
		b.lost = append(b.lost, k)
	}
}

func seconds(r *rand.Rand, low, high float64) time.Duration {
	return ledger.Between(r, time.Duration(low*float64(time.Second)), time.Duration(high*float64(time.Second)))
}

// all faults. How often each is drawn follows from its weight within its lane.
func faultTable() []fault {
	return slices.Concat(schedulerFaults(), frontFaults(), serverFaults(), linkFaults())
}

type striking = func(context.Context, *harness, *rand.Rand) blow

func schedulerFaults() []fault {
	scheduler := func(h *harness, r *rand.Rand) *service { return one(r, h.fleet.schedulers[:schedulers]...) }
	freeze := func(low, high float64) striking {
		return func(ctx context.Context, h *harness, r *rand.Rand) blow {
			return h.freeze(ctx, scheduler(h, r), seconds(r, low, high))
		}
	}
	all := []fault{
		{name: "kill-scheduler", weight: 2, strike: func(ctx context.Context, h *harness, r *rand.Rand) blow {
			return h.kill(ctx, scheduler(h, r), false, r)
		}},
		{name: "kill-scheduler-in-transaction", weight: 8, strike: func(ctx context.Context, h *harness, r *rand.Rand) blow {
			return h.kill(ctx, scheduler(h, r), true, r)
		}},
		{name: "kill-scheduler-in-flush", weight: 6, strike: func(ctx context.Context, h *harness, r *rand.Rand) blow {
			return h.killInFlush(ctx, scheduler(h, r), r)
		}},
		{name: "kill-scheduler-late-write", weight: 3, strike: func(ctx context.Context, h *harness, r *rand.Rand) blow {
			s := scheduler(h, r)
			return h.killLate(ctx, s, s.redis, seconds(r, 7, 10), writing)
		}},
		{name: "kill-scheduler-late-commit", weight: 2, strike: func(ctx context.Context, h *harness, r *rand.Rand) blow {
			s := scheduler(h, r)
			return h.killLate(ctx, s, s.kafka, seconds(r, 3, 9), producing, commit, checkpoint)
		}},
		{name: "kill-scheduler-in-activation", weight: 3, strike: func(ctx context.Context, h *harness, r *rand.Rand) blow {
			return h.killInActivation(ctx, scheduler(h, r))
		}},
		{name: "kill-scheduler-at-start", weight: 5, strike: func(ctx context.Context, h *harness, r *rand.Rand) blow {
			return h.killAtStart(ctx, scheduler(h, r), r)
		}},
		{name: "kill-scheduler-in-restore", weight: 6, inRestore: true, strike: func(ctx context.Context, h *harness, _ *rand.Rand) blow {
			return h.upsetRestore(ctx, func(s *service) blow { return h.kill(ctx, s, false, nil) })
		}},
		{name: "kill-scheduler-in-rebalance", weight: 4, strike: func(ctx context.Context, h *harness, r *rand.Rand) blow {
			return h.upsetGroup(ctx, r.IntN(2) == 0, true, func(s *service) { s.signal(syscall.SIGKILL) })
		}},
		{name: "link-blink-in-rebalance", weight: 6, strike: func(ctx context.Context, h *harness, r *rand.Rand) blow {
			return h.upsetGroup(ctx, r.IntN(2) == 0, false, func(s *service) { s.kafka.reset() })
		}},
		{name: "link-cut-in-restore", weight: 6, inRestore: true, strike: func(ctx context.Context, h *harness, r *rand.Rand) blow {
			return h.cutInRestore(ctx, seconds(r, 0.3, 3))
		}},
		{name: "stop-scheduler-in-restore", weight: 3, inRestore: true, strike: func(ctx context.Context, h *harness, r *rand.Rand) blow {
			return h.freezeInRestore(ctx, one(r, seconds(r, 1, 3), seconds(r, 1, 3), seconds(r, 7, 9)))
		}},
		{name: "rebalance-again", weight: 4, strike: func(ctx context.Context, h *harness, _ *rand.Rand) blow { return h.turnAgain(ctx) }},
		{name: "kill-all-schedulers", weight: 3, strike: func(ctx context.Context, h *harness, _ *rand.Rand) blow { return h.killAll(ctx) }},
		{name: "stop-scheduler-shortly", weight: 5, strike: freeze(1, 4)},
		{name: "stop-scheduler-over-session", weight: 2, strike: freeze(7, 8)},
		{name: "stop-scheduler-over-transaction", weight: 2, strike: freeze(11, 14)},
		{name: "storm", weight: 3, strike: func(ctx context.Context, h *harness, r *rand.Rand) blow { return h.storm(ctx, r) }},
		{name: "clock-scheduler", weight: 2, strike: func(ctx context.Context, h *harness, r *rand.Rand) blow { return h.skew(ctx, scheduler(h, r), r) }},
	}
	return inLane(schedulerLane, 500*time.Millisecond, all)
}

func inLane(l lane, rest time.Duration, all []fault) []fault {
	for i := range all {
		all[i].lane, all[i].rest = l, rest
	}
	return all
}

func frontFaults() []fault {
	kill := func(of func(h *harness) *service, aim bool) striking {
		return func(ctx context.Context, h *harness, r *rand.Rand) blow { return h.kill(ctx, of(h), aim, r) }
	}
	freeze := func(of func(h *harness) *service) striking {
		return func(ctx context.Context, h *harness, r *rand.Rand) blow {
			if r.IntN(4) > 0 {
				return h.freeze(ctx, of(h), seconds(r, 1, 4))
			}
			return h.freeze(ctx, of(h), seconds(r, 7, 14))
		}
	}
	monitor := func(h *harness) *service { return h.fleet.monitor }
	parser := func(h *harness) *service { return h.fleet.parser }
	shown := func(h *harness) *service { return h.fleet.shown }
	return inLane(frontLane, 3*time.Second, []fault{
		{name: "kill-monitor", weight: 6, strike: kill(monitor, true)},
		{name: "kill-parser", weight: 6, strike: kill(parser, true)},
		{name: "kill-presentation", weight: 1, strike: kill(shown, false)},
		{name: "stop-monitor", weight: 3, strike: freeze(monitor)},
		{name: "stop-parser", weight: 3, strike: freeze(parser)},
		{name: "clock-front", weight: 1, strike: func(ctx context.Context, h *harness, r *rand.Rand) blow {
			return h.skew(ctx, one(r, h.fleet.monitor, h.fleet.parser, h.fleet.shown), r)
		}},
	})
}

func serverFaults() []fault {
	return inLane(serverLane, 2*time.Second, []fault{
		{name: "kafka-restart", weight: 1, strike: func(ctx context.Context, h *harness, r *rand.Rand) blow {
			return h.restartKafka(ctx, seconds(r, 0, 3))
		}},
		{name: "kafka-kill", weight: 1, strike: func(ctx context.Context, h *harness, r *rand.Rand) blow {
			return h.killKafka(ctx, seconds(r, 0, 3))
		}},
		{name: "kafka-stop", weight: 1, strike: func(ctx context.Context, h *harness, r *rand.Rand) blow {
			return h.stopKafka(ctx, one(r, seconds(r, 1, 3), seconds(r, 1, 3), seconds(r, 6, 14)))
		}},
		{name: "redis-restart", weight: 2, strike: func(ctx context.Context, h *harness, r *rand.Rand) blow {
			return h.restartRedis(ctx, syscall.SIGTERM, seconds(r, 0, 3))
		}},
		{name: "redis-kill", weight: 3, strike: func(ctx context.Context, h *harness, r *rand.Rand) blow {
			return h.restartRedis(ctx, syscall.SIGKILL, seconds(r, 0, 3))
		}},
		{name: "redis-stop", weight: 3, strike: func(ctx context.Context, h *harness, r *rand.Rand) blow {
			return h.stopRedis(ctx, one(r, seconds(r, 1, 3), seconds(r, 1, 3), seconds(r, 3, 9)))
		}},
		{name: "redis-flushall", weight: 3, strike: func(ctx context.Context, h *harness, _ *rand.Rand) blow { return h.flushAll(ctx) }},
		{name: "redis-turned-back", weight: 3, strike: func(ctx context.Context, h *harness, r *rand.Rand) blow { return h.turnRedisBack(ctx, r) }},
		{name: "redis-slow", weight: 2, strike: func(ctx context.Context, h *harness, r *rand.Rand) blow {
			return h.slowRedis(ctx, seconds(r, 1, 5))
		}},
		{name: "disk-full-folder", weight: 1, needs: (*harness).needsMounts, strike: func(_ context.Context, h *harness, r *rand.Rand) blow {
			return h.fill(h.folderDisk, seconds(r, 1, 3), nil)
		}},
		{name: "disk-full-kafka", weight: 1, needs: (*harness).needsMounts, strike: func(_ context.Context, h *harness, r *rand.Rand) blow {
			return h.fill(h.kafkaDisk, seconds(r, 1, 4), h.kafkaBack)
		}},
	})
}

func linkFaults() []fault {
	// linked does something to a link until it is healed, before something that is
	// asked arrives or, if answers are held up too, before its answer does; lost:
	// that never arrives.
	linked := func(do func(l *link), answers, lost bool, low, high float64) striking {
		return func(ctx context.Context, h *harness, r *rand.Rand) blow {
			l, after := one(r, h.links()...), answers && r.IntN(2) == 0
			hold, anew := seconds(r, low, high), r.IntN(2) == 0
			if hold > 4*time.Second && r.IntN(3) > 0 {
				hold /= 4
			}
			return h.sever(ctx, l, after, lost, func() { do(l) }, hold, func() {
				if l.heal(); anew {
					l.reset()
				}
			})
		}
	}
	poison := func(name string, weight int, strike striking) fault {
		return fault{name: "poison-" + name, weight: weight, poison: true, strike: strike}
	}
	return inLane(linkLane, 2*time.Second, []fault{
		{name: "link-cut", weight: 4, strike: linked((*link).sever, true, true, 0.5, 12)},
		{name: "link-blink", weight: 6, strike: linked((*link).reset, true, true, 0, 0.1)},
		{name: "link-stalled-out", weight: 4, strike: linked(func(l *link) { l.stall(out) }, false, false, 0.5, 14)},
		{name: "link-stalled-in", weight: 4, strike: linked(func(l *link) { l.stall(in) }, true, false, 0.5, 14)},
		{name: "link-slow", weight: 1, strike: func(_ context.Context, h *harness, r *rand.Rand) blow {
			l := one(r, h.links()...)
			l.slow(ledger.Between(r, 10*time.Millisecond, 250*time.Millisecond))
			return blow{to: l.name, whose: l.owner(), at: time.Now(), hold: seconds(r, 3, 6), lift: func(context.Context) error { l.heal(); return nil }}
		}},
		poison("queries", 1, func(ctx context.Context, h *harness, r *rand.Rand) blow { return h.poisonQueries(ctx, r) }),
		poison("tweets", 2, func(ctx context.Context, h *harness, r *rand.Rand) blow { return h.poisonTweets(ctx, r) }),
		poison("others", 1, func(ctx context.Context, h *harness, r *rand.Rand) blow { return h.poisonOthers(ctx, r) }),
		poison("inside", 1, func(ctx context.Context, h *harness, r *rand.Rand) blow { return h.poisonInside(ctx, r) }),
	})
}

// drawable returns the faults that were asked for and can be done here.
func (h *harness) drawable(report *Report) []fault {
	var out []fault
	for _, f := range faultTable() {
		if len(h.cfg.Only) > 0 && !slices.ContainsFunc(h.cfg.Only, func(o string) bool { return strings.HasPrefix(f.name, o) }) {
			continue
		}
		if f.needs != nil {
			if why := f.needs(h); why != "" {
				report.skip(f.name, why)
				continue
			}
		}
		out = append(out, f)
	}
	return out
}

func draw(r *rand.Rand, table []fault) fault {
	sum := 0
	for _, f := range table {
		sum += f.weight
	}
	n := r.IntN(sum)
	for _, f := range table {
		if n -= f.weight; n < 0 {
			return f
		}
	}
	return table[0]
}
