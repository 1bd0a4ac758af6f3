package sim

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing/synctest"
	"time"

	"github.com/millrace/millrace/libs/exec/merge"
	"github.com/millrace/millrace/libs/exec/scan"
)

// process is one run of a scheduler: registry reader, scan stage, merge stage.
type process struct {
	w      *world
	id     int
	slot   int
	name   string
	dead   bool
	paused bool
	slow   string        // calls that begin so wait for long
	held   time.Time     // until when its merge stage is stopped
	polls  bool          // but for its polls
	inside map[int32]int // merge partitions being restored → generations begun meanwhile
	offset time.Duration // of its clock

	cancel   []context.CancelFunc // of its parts
	done     sync.WaitGroup
	running  atomic.Int32 // of its parts
	leaves   bool         // it was told to stop
	registry *registry
}

// boot starts a process in a slot.
func (w *world) boot(slot int) {
	w.made++
	p := &process{w: w, id: w.made, slot: slot, name: fmt.Sprintf("s%d.%d", slot, w.made), inside: map[int32]int{}}
	if w.opt.Clocks {
		p.offset = []time.Duration{0, 0, time.Hour, -time.Hour}[w.rng.IntN(4)]
	}
	w.procs[slot] = p
	w.note("%s starts, clock %+v", p.name, p.offset)
	p.registry = newRegistry(p)
	for _, part := range []func(context.Context){
		p.registry.run,
		func(ctx context.Context) { p.superviseScan(ctx, w.load.tweets) },
		func(ctx context.Context) { p.supervise(ctx, "merge", p.runMerge) },
		p.runDeclared,
	} {
		p.begin(part)
	}
	synctest.Wait()
}

// begin begins with a part of the process.
func (p *process) begin(part func(context.Context)) context.CancelFunc {
	ctx, cancel := context.WithCancel(context.Background())
	p.cancel = append(p.cancel, cancel)
	p.running.Add(1)
	p.done.Go(func() {
		defer p.running.Add(-1)
		part(ctx)
	})
	return cancel
}

func (p *process) superviseScan(ctx context.Context, in *incarnation) {
	p.supervise(ctx, in.group.name, func(ctx context.Context) error { return p.runScan(ctx, in) })
}

// runDeclared scans the declared stream while the registry has it, as the scheduler
// does: later than it hears of it.
func (p *process) runDeclared(ctx context.Context) {
	running := map[int64]context.CancelFunc{} // by position
	for ctx.Err() == nil {
		_, changed := p.registry.current()
		if _, err := p.w.await(ctx, p, "streams are looked at", false); err != nil {
			return
		}
		now, _ := p.registry.current()
		there := map[int64]bool{}
		for _, st := range now.defs.Streams.All() {
			there[st.Position] = true
			if running[st.Position] == nil {
				in := p.w.load.definitions[st.Position].of[0]
				running[st.Position] = p.begin(func(ctx context.Context) { p.superviseScan(ctx, in) })
			}
		}
		for position, end := range running {
			if !there[position] { // one, at most
				end()
				delete(running, position)
			}
		}
		select {
		case <-ctx.Done():
		case <-changed:
		}
	}
}

// stop has the process end as it does when it is told to: its stages write what
// they have and leave their groups, by calls like any other.
func (p *process) stop() {
	p.leaves = true
	for _, i := range p.w.rng.Perm(len(p.cancel)) {
		p.cancel[i]()
		synctest.Wait()
	}
}

// leaving reports whether a process that was told to stop has yet to.
func (w *world) leaving() bool {
	return slices.ContainsFunc(w.procs, func(p *process) bool { return p.leaves })
}

// restart starts anew what has stopped.
func (w *world) restart() {
	for slot, p := range w.procs {
		if p.leaves && p.running.Load() == 0 && (w.calm || w.chance(30)) {
			w.boot(slot)
		}
	}
}

// kill ends the process between two of its instructions.
func (p *process) kill() {
	p.w.mu.Lock()
	p.dead = true
	var held []*gate
	for _, g := range p.w.waiting {
		if g.proc == p {
			held = append(held, g)
		}
	}
	p.w.mu.Unlock()
	slices.SortFunc(held, func(a, b *gate) int { return strings.Compare(a.what, b.what) })
	for _, g := range held {
		p.w.release(g, killed)
	}
	for _, cancel := range p.cancel {
		cancel()
	}
	p.done.Wait()
}

// holds reports whether a call belongs to what is stopped.
func (p *process) holds(what string) bool {
	return time.Now().Before(p.held) && strings.HasPrefix(what, "merge") && (!p.polls || what != "merge polls")
}

// random returns a source of the process's own.
func (p *process) random(name string) *rand.Rand {
	h := fnv.New64a()
	_, _ = h.Write([]byte(name))
	return rand.New(rand.NewPCG(p.w.seed+uint64(p.id), h.Sum64()))
}

func (p *process) now() time.Time { return time.Now().Add(p.offset) }

// supervise runs a stage and starts it anew after an error, as the scheduler
// does, but for those that mean that posts were lost or repeated.
func (p *process) supervise(ctx context.Context, name string, stage func(context.Context) error) {
	for ctx.Err() == nil {
		err := stage(ctx)
		if p.dead || ctx.Err() != nil {
			return
		}
		p.w.note("%s %s given up: %v", p.name, name, err)
		if errors.Is(err, scan.ErrGone) {
			p.w.count("scan of a stream that is gone")
			return
		}
		if errors.Is(err, merge.ErrContinuity) || errors.Is(err, merge.ErrIncarnation) || errors.Is(err, scan.ErrContinuity) {
			p.w.violated("%s %s: %v", p.name, name, err)
			return
		}
		p.w.count("stage given up")
		select {
		case <-ctx.Done():
		case <-time.After(time.Second):
		}
	}
}

func (p *process) runScan(ctx context.Context, in *incarnation) error {
	log, err := openScan(ctx, p, in)
	if err != nil {
		return err
	}
	defer log.close()
	stage, err := scan.NewStage(scan.Config{
		Log:      log,
		Programs: programs{p.registry, in.group.name},
		Clock:    clock{p},
		Stream:   in.name,
		Since:    in.position + 1,
		Topic:    in.topic,
		Topics:   topics(),
		Exchange: len(p.w.kafka.exchange),
		Slot:     int32(p.slot),
		Logger:   slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return err
	}
	return stage.Run(ctx)
}

func (p *process) runMerge(ctx context.Context) error {
	log, err := openMerge(ctx, p)
	if err != nil {
		return err
	}
	defer log.close()
	clear(p.inside)
	return merge.NewStage(merge.Config{
		Topology: merge.Topology{
			Partitions: int32(len(p.w.kafka.exchange)),
			Streams:    map[string]merge.Stream{"tweets": {Topic: topicTweets, Partitions: int32(len(p.w.kafka.tweets)), Lateness: lateness}},
			Topics:     map[string]string{topicTweets: "id-of-tweets", "millrace.exchange": "id-of-exchange"},
			Bounded:    p.w.opt.Bounded,
		},
		Log:                log,
		Store:              p.w.store.of(p),
		Registry:           p.registry,
		Notifier:           notifier{p},
		Owner:              p.name,
		Program:            "this",
		Logger:             slog.New(slog.DiscardHandler),
		Now:                p.now,
		CheckpointInterval: p.w.opt.Checkpoint,
		CheckpointBytes:    p.w.opt.Changed,
	}).Run(ctx)
}

const (
	topicTweets = "millrace.tweets"
	topicLogs   = "logs"
)

func topics() map[string]string {
	return map[string]string{topicTweets: "id-of-tweets", topicLogs: "id-of-logs", "millrace.exchange": "id-of-exchange"}
}

type clock struct{ p *process }

func (c clock) Now() time.Time { return c.p.now() }

// notifier is merge.Notifier.
type notifier struct{ p *process }

func (n notifier) Live(ctx context.Context, queries []merge.Live) error {
	for _, q := range queries {
		if _, err := n.p.w.await(ctx, n.p, "tells live "+q.ID, true); err != nil {
			return err
		}
	}
	return nil
}

func (n notifier) Fail(ctx context.Context, q *merge.Query, reason string) error {
	v, err := n.p.w.await(ctx, n.p, "tells failed "+q.ID, true)
	if err != nil {
		return err
	}
	n.p.w.load.end(q, reason, false)
	if v == mute {
		return errLink
	}
	return nil
}

func (n notifier) Complete(ctx context.Context, q *merge.Query) error {
	v, err := n.p.w.await(ctx, n.p, "tells complete "+q.ID, true)
	if err != nil {
		return err
	}
	n.p.w.load.end(q, "it has all its rows", true)
	if v == mute {
		return errLink
	}
	return nil
}
