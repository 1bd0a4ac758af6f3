package slots

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"go.uber.org/goleak"

	"github.com/millrace/millrace/libs/daemon"
	"github.com/millrace/millrace/libs/results"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fleet is a Redis and a clock that stands still until it is moved.
type fleet struct {
	daemon.Clock // of which only what is overridden is used
	t            *testing.T
	server       *miniredis.Miniredis
	rdb          redis.UniversalClient
	now          time.Time
}

func newFleet(t *testing.T) *fleet {
	t.Helper()
	server := miniredis.RunT(t)
	rdb := redis.NewClient(&redis.Options{Addr: server.Addr(), MaxRetries: -1})
	t.Cleanup(func() { _ = rdb.Close() })
	return &fleet{t: t, server: server, rdb: rdb, now: time.Unix(1_700_000_000, 0)}
}

func (f *fleet) Now() time.Time { return f.now }

func (f *fleet) Sleep(ctx context.Context, d time.Duration) error {
	f.pass(d)
	return ctx.Err()
}

func (f *fleet) pass(d time.Duration) {
	f.now = f.now.Add(d)
	f.server.FastForward(d)
}

func (f *fleet) acquire(owner string, avoid ...int) *Lease {
	f.t.Helper()
	not := map[int]bool{}
	for _, slot := range avoid {
		not[slot] = true
	}
	l, err := Acquire(f.t.Context(), f.rdb, owner, not)
	if err != nil {
		f.t.Fatal(err)
	}
	return l
}

// Everybody gets the least free slot; one that is released or has expired is
// free, and one that is avoided is left alone.
func TestAcquire(t *testing.T) {
	f := newFleet(t)
	a, b, c := f.acquire("a"), f.acquire("b"), f.acquire("c")
	if got := []int{a.Slot(), b.Slot(), c.Slot()}; !slices.Equal(got, []int{0, 1, 2}) {
		t.Fatalf("slots %v", got)
	}
	b.Release()
	if d := f.acquire("d", 1); d.Slot() != 3 {
		t.Errorf("avoiding slot 1, d has %d", d.Slot())
	}
	if e := f.acquire("e"); e.Slot() != 1 {
		t.Errorf("e has slot %d, want the one released", e.Slot())
	}
	f.pass(TTL + time.Millisecond)
	if g := f.acquire("g"); g.Slot() != 0 {
		t.Errorf("g has slot %d, want the one that expired", g.Slot())
	}
}

// A lease that is kept does not expire; a lease taken by another is noticed, and
// is not the former owner's to release.
func TestKeep(t *testing.T) {
	f := newFleet(t)
	a := f.acquire("a")
	rounds := 0
	clock := sleeper{f, func() {
		if rounds++; rounds == 20 {
			f.server.Set(results.SlotKey(0), "b")
		}
	}}
	if err := a.Keep(t.Context(), clock); !errors.Is(err, ErrTaken) || rounds != 20 {
		t.Fatalf("kept for %d rounds: %v", rounds, err)
	}
	a.Release()
	if got, _ := f.server.Get(results.SlotKey(0)); got != "b" {
		t.Errorf("the lease is %q", got)
	}
}

// A lease that Redis has lost is set again, and a Redis that is away takes no
// slot away.
func TestKeepWithoutRedis(t *testing.T) {
	f := newFleet(t)
	a := f.acquire("a")
	ctx, cancel := context.WithCancel(t.Context())
	rounds := 0
	clock := sleeper{f, func() {
		switch rounds++; rounds {
		case 2:
			f.server.FlushAll()
		case 4:
			if got, _ := f.server.Get(results.SlotKey(0)); got != "a" {
				t.Errorf("after FLUSHALL the lease is %q", got)
			}
			f.server.SetError("LOADING")
		case 8:
			f.server.SetError("")
		case 10:
			cancel()
		}
	}}
	if err := a.Keep(ctx, clock); err != nil {
		t.Fatal(err)
	}
	if got, _ := f.server.Get(results.SlotKey(0)); got != "a" {
		t.Errorf("the lease is %q", got)
	}
}

// sleeper does something after every sleep.
type sleeper struct {
	*fleet
	then func()
}

func (s sleeper) Sleep(ctx context.Context, d time.Duration) error {
	err := s.fleet.Sleep(ctx, d)
	s.then()
	if err == nil {
		err = ctx.Err()
	}
	return err
}

// A configured ordinal takes its slot whoever has it.
func TestHold(t *testing.T) {
	f := newFleet(t)
	f.acquire("a")
	b, err := Hold(t.Context(), f.rdb, 0, "b")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.renew(t.Context()); err != nil {
		t.Error(err)
	}
}

// A survivor tells of each lease that expired, once; of none that is released
// and taken again, and of none while Redis is not to be trusted.
func TestWatch(t *testing.T) {
	f := newFleet(t)
	own := f.acquire("own")
	other := f.acquire("other")
	w := watcher{own: own, clock: f, seen: map[int]time.Time{}}
	renew := func(ls ...*Lease) {
		t.Helper()
		for _, l := range ls {
			if was, err := l.renew(t.Context()); err != nil {
				t.Fatal(err)
			} else if !was {
				l.lost.Store(true) // as Keep does
			}
		}
	}
	var told []string
	second := func(n int, ls ...*Lease) {
		t.Helper()
		for range n {
			renew(ls...)
			for _, slot := range w.look(t.Context()) {
				told = append(told, fmt.Sprint(slot))
				delete(w.seen, slot)
			}
			f.pass(time.Second)
		}
	}
	expect := func(what string, want ...string) {
		t.Helper()
		if !slices.Equal(told, want) {
			t.Errorf("%s: told of %v, want %v", what, told, want)
		}
		told = nil
	}
	second(10, own, other)
	expect("all is well")
	second(10, own)
	expect("the other died", "1")
	second(10, own)
	expect("that was told")

	other = f.acquire("other again")
	second(8, own, other)
	f.server.FlushAll()
	for range 3 { // nobody has renewed yet
		for _, slot := range w.look(t.Context()) {
			t.Errorf("after FLUSHALL told of %d", slot)
		}
		f.pass(time.Second)
	}
	second(10, own, other)
	expect("Redis has lost its keys")

	f.server.FlushAll()
	second(2, own) // the own lease is renewed before the first look, the other's is not
	second(8, own, other)
	expect("Redis has lost its keys between two looks")

	f.server.SetError("LOADING")
	for range 10 {
		w.look(t.Context())
		f.pass(time.Second)
	}
	f.server.SetError("")
	for range 5 { // the other has not come back yet: its lease expired meanwhile
		renew(own)
		if got := w.look(t.Context()); len(got) > 0 {
			t.Errorf("just after Redis was away told of %v", got)
		}
		f.pass(time.Second)
	}
	second(5, own, other)
	expect("Redis was away")

	f.pass(30 * time.Second) // this process stood still
	renew(own)
	if got := w.look(t.Context()); len(got) > 0 {
		t.Errorf("after standing still told of %v", got)
	}
}
