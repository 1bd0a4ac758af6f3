package merge

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestARestoreWaitsForTheRegistry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, 1, 1)
		q := count(t, "q", "all", 1)
		b.define([]*Query{q}, nil)
		b.commit(0, 1, q, post{"a", 0})
		b.step()
		behind := &slowRegistry{fakeRegistry: fakeRegistry{defs: &Definitions{}, end: 2}, then: b.registry.defs}
		b.edit = func(c *Config) { c.Registry = behind }
		b.restart() // the new process has not read the registry yet
		b.step()
		b.step()
		b.want(`q ["a"] {"n":1}`)
		if s := b.stage.owned[0]; len(s.nodes) != 1 || len(s.nodes[q.Table.Node].segments[0].panes) != 1 {
			t.Fatal("the state is dropped")
		}
		if len(b.broker.latest(0)) < 4 {
			t.Fatalf("the checkpoint is %v", b.broker.latest(0))
		}
	})
}

// A restore that lasts is told of, with what it waits for.
func TestARestoreThatLastsIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, 1, 1)
		q := count(t, "q", "all", 1)
		b.define([]*Query{q}, nil)
		b.commit(0, 1, q, post{"a", 0})
		b.step()
		var said bytes.Buffer
		for _, takes := range []time.Duration{9 * time.Second, 25 * time.Second} {
			said.Reset()
			slow := &slowRegistry{fakeRegistry: fakeRegistry{defs: &Definitions{}, end: 2}, then: b.registry.defs, takes: takes}
			b.edit = func(c *Config) {
				c.Registry, c.Logger = slow, slog.New(slog.NewTextHandler(&said, nil))
			}
			b.restart()
			b.step()
			want := int(takes / (10 * time.Second))
			if n := strings.Count(said.String(), "still being restored"); n != want || want > 0 && !strings.Contains(said.String(), "waits_for=\"the registry") {
				t.Errorf("of a restore of %s it says %d times, and should %d times:\n%s", takes, n, want, said.String())
			}
		}
	})
}

// slowRegistry reaches any position, but not at once.
type slowRegistry struct {
	fakeRegistry
	then  *Definitions
	takes time.Duration // 0: half a second
}

func (r *slowRegistry) Wait(ctx context.Context, position int64) error {
	if r.Snapshot().Position >= position {
		return nil
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(cmp.Or(r.takes, 500*time.Millisecond)):
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.defs = r.then
	return nil
}

// TestADefinitionThatCompactionRemovedCountsAsDropped, its blocks with it.
func TestADefinitionThatCompactionRemovedCountsAsDropped(t *testing.T) {
	b := newBench(t, 1, 2)
	old, now := count(t, "q", "all", 1), count(t, "q", "all", 6)
	b.define([]*Query{old}, nil)
	b.commit(0, 1, old, post{"a", 0})
	b.step()
	b.commit(0, 1, old, post{"a", 0})
	b.commit(0, 6, old, post{"a", 0}, post{"b", 0})
	b.define([]*Query{now}, nil) // old is compacted before a new process reads it
	b.restart()
	b.step()
	b.want(`q ["a"] {"n":1}
	        q ["b"] {"n":1}`)

	b.define(nil, nil) // and now the drop is gone too
	b.step()
	b.want("")
	if r := b.store.queries["q"]; !r.dropped || r.epoch != 7 {
		t.Fatalf("%+v", r)
	}
	for p := range b.topo.Partitions {
		for key := range b.broker.latest(p) {
			if key[0] == keyGroup || key[0] == keyCounters {
				t.Fatalf("partition %d keeps state %q", p, key)
			}
		}
	}
}

// TestNoBlockIsFoldedBeforeTheRegistryIsRead: neither lost to a query that is not
// known yet, nor given to one that starts later.
func TestNoBlockIsFoldedBeforeTheRegistryIsRead(t *testing.T) {
	b := newBench(t, 1, 1)
	q := count(t, "q", "all", 5)
	b.commit(0, 4, q, post{"a", 0})
	b.commit(0, 5, q, post{"a", 0})
	b.define([]*Query{count(t, "first", "others", 3)}, nil)
	b.step()
	if pos := b.stage.owned[0].pos; pos != 0 {
		t.Fatalf("folded up to %d", pos)
	}
	b.define([]*Query{q}, nil)
	b.step()
	b.want(`q ["a"] {"n":1}`)
}

// TestASealWaitsForTheRegistry: a query that it makes live is known then, so that
// no checkpoint covers what was not told.
func TestASealWaitsForTheRegistry(t *testing.T) {
	b := newBench(t, 1, 1)
	b.sealAll(0, 7, nil)
	b.step()
	b.restart()
	b.define([]*Query{count(t, "q", "all", 7)}, nil)
	b.step()
	if got := fmt.Sprint(b.notifier.live); got != "[q@7]" {
		t.Fatalf("told %s", got)
	}
}

// A drop of many groups takes several checkpoints. Who takes the partition over
// between them goes on with the rest, and the same text, submitted again, starts
// from nothing.
func TestADropOfManyGroupsTakesSeveralCheckpoints(t *testing.T) {
	b := newBench(t, 1, 1)
	b.edit = func(c *Config) { c.CheckpointBytes = 200 }
	b.restart()
	first, other := count(t, "q", "all", 1), count(t, "other", "others", 2)
	b.define([]*Query{first, other}, nil)
	var posts []post
	for i := range 20 {
		posts = append(posts, post{fmt.Sprintf("group %d", i), 0})
	}
	b.commit(0, 2, first, posts...)
	b.commit(0, 2, other, posts[:1]...)
	b.step()
	kept := func() (n int) {
		for key := range b.broker.latest(0) {
			if key[0] == keyGroup {
				n++
			}
		}
		return n
	}
	if n := kept(); n != 21 {
		t.Fatalf("%d groups are in the checkpoint", n)
	}

	b.define([]*Query{other}, map[string]int64{"q": 3})
	b.step()
	half := kept()
	if half <= 1 || half >= 21 {
		t.Fatalf("%d groups are in the checkpoint after the first one since the drop", half)
	}
	b.want(`other ["group 0"] {"n":1}`)
	b.restart()
	again := count(t, "q", "all", 4)
	b.define([]*Query{other, again}, nil)
	b.commit(0, 4, again, posts[:2]...)
	b.step()
	b.want(`other ["group 0"] {"n":1}
	        q ["group 0"] {"n":1}
	        q ["group 1"] {"n":1}`)
	for steps := 0; kept() > 3; steps++ {
		if before := kept(); steps == 20 {
			t.Fatalf("%d groups stay in the checkpoint", before)
		}
		b.step()
	}
	b.restart()
	b.step()
	b.want(`other ["group 0"] {"n":1}
	        q ["group 0"] {"n":1}
	        q ["group 1"] {"n":1}`)
	if n := len(b.stage.owned[0].dirty); n > 0 || kept() != 3 {
		t.Fatalf("%d keys are owed, %d groups in the checkpoint", n, kept())
	}
}

// What is folded into another segment leaves its own in the same checkpoint, however
// much it is: or a restore would count it twice.
func TestAFoldIsOneCheckpoint(t *testing.T) {
	b := newBench(t, 1, 1)
	b.edit = func(c *Config) { c.CheckpointBytes = 200 }
	b.restart()
	older, younger := count(t, "older", "all", 1), count(t, "younger", "all", 5)
	b.define([]*Query{older, younger}, nil)
	var posts []post
	var want []string
	for i := range 20 {
		posts = append(posts, post{fmt.Sprintf("g%d", i), 0})
		want = append(want, fmt.Sprintf(`older ["g%d"] {"n":2}`, i))
	}
	b.commit(0, 1, older, posts...)
	b.commit(0, 5, older, posts...)
	b.step()
	b.define([]*Query{older}, map[string]int64{"younger": 6})
	b.step()
	b.want(strings.Join(want, "\n"))
	b.restart()
	b.step()
	b.want(strings.Join(want, "\n"))
	b.store.flushAll() // and what is restored is published anew
	b.sealAll(0, 5, nil)
	for range 3 {
		b.step()
	}
	b.want(strings.Join(want, "\n"))
}

// Another program may run what this one cannot, or not run what this one can: what
// is told of a query is what the program that runs makes of it.
func TestAnotherProgramTellsAnew(t *testing.T) {
	runs := count(t, "q", "all", 1)
	fails := *runs
	fails.Failed, fails.Table = "this scheduler cannot run it", nil
	for _, test := range []struct {
		before, after *Query
		want          string
	}{{&fails, runs, "live"}, {runs, &fails, "failed"}} {
		b := newBench(t, 1, 1)
		b.define([]*Query{test.before}, nil)
		b.commit(0, 1, runs, post{"a", 0})
		b.step()
		b.edit = func(c *Config) { c.Program = "another" }
		b.define([]*Query{test.after}, nil)
		b.restart()
		b.step()
		if got := b.store.queries["q"].meta["status"]; got != test.want {
			t.Errorf("its status is %q, not %q", got, test.want)
		}
	}
}

// The same program does not write again what its checkpoint covers.
func TestTheSameProgramTellsNothingAgain(t *testing.T) {
	for program, wants := range map[string]bool{"this": false, "another": true, "": true} {
		b := newBench(t, 1, 1)
		q := count(t, "q", "all", 1)
		b.define([]*Query{q}, nil)
		b.commit(0, 1, q, post{"a", 0})
		b.step()
		delete(b.store.queries["q"].meta, "status") // to see whether it is written
		b.edit = func(c *Config) { c.Program = program }
		b.restart()
		b.step()
		if _, written := b.store.queries["q"].meta["status"]; written != wants {
			t.Errorf("program %q writes what is known of a query: %v", program, written)
		}
	}
}
