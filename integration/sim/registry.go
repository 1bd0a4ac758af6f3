package sim

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/millrace/millrace/libs/exec/build"
	"github.com/millrace/millrace/libs/exec/merge"
	"github.com/millrace/millrace/libs/exec/scan"
)

// registry is a process's reader of the registry: merge.Registry for one stage
// and scan.Programs for the others, by the rules of the scheduler's own.
type registry struct {
	p *process

	mu      sync.Mutex
	now     state
	changed chan struct{}
}

type state struct {
	position int64
	program  *scan.Program
	defs     *merge.Definitions
}

func newRegistry(p *process) *registry {
	return &registry{p: p, changed: make(chan struct{}), now: state{
		program: build.NewBuilder(p.w.load.catalog).Program(),
		defs:    &merge.Definitions{},
	}}
}

// run follows the topic from its start. Until it has caught up with the end it
// publishes nothing.
func (r *registry) run(ctx context.Context) {
	w := r.p.w
	if _, err := w.await(ctx, r.p, "registry asks for the end", false); err != nil {
		return
	}
	for r.follow(ctx) {
		w.count("registry read anew")
	}
}

// follow reads the topic from its start and then goes on, until the reader was
// away or behind for longer than tombstones are kept, or for good.
func (r *registry) follow(ctx context.Context) (again bool) {
	w, topic := r.p.w, r.p.w.kafka.registry
	at, caughtUp := int64(0), max(topic.end(), r.Snapshot().Position)
	builder := build.NewBuilder(w.load.catalog)
	queries, drops, streams := map[string]*merge.Query{}, map[string]int64{}, map[string]*merge.Stream{}
	changed := true
	whole := time.Now()
	for {
		if _, err := w.await(ctx, r.p, "registry polls", false); err != nil {
			return false
		}
		if time.Since(whole) > tombstones {
			return true
		}
		recs, _ := topic.fetch(at, w.batch(1+w.rng.IntN(5)))
		for _, rec := range recs {
			at = rec.offset + 1
			if rec.control {
				continue
			}
			changed = true
			d := w.load.definitions[rec.offset]
			if d.stream {
				if builder.DropStream(w.load.declared.Name) != nil {
					w.count("drop of a query that compaction has removed")
					for id, q := range queries {
						if slices.Contains(append(q.Others, q.Stream), w.load.declared.Name) {
							builder.Drop(id)
							delete(queries, id)
						}
					}
				}
				if err := declare(builder, streams, w.load, d); err != nil {
					w.violated("registry offset %d: %v", rec.offset, err)
					return false
				}
				continue
			}
			builder.Drop(d.id)
			delete(queries, d.id)
			delete(drops, d.id)
			if d.dropped {
				drops[d.id] = d.epoch
				continue
			}
			q := *d.template.query
			q.ID, q.Epoch, q.Position, q.Failing = d.id, d.epoch, rec.offset, none
			if d.failed != "" {
				q.Failed, q.Complete, q.Table, q.Rows = d.failed, d.complete, nil, nil
				q.Failing = w.load.definitions[d.before].epoch
			} else if err := builder.Add(d.id, d.template.root); err != nil {
				w.violated("query %s cannot be added: %v", d.id, err)
				return false
			}
			queries[d.id] = &q
		}
		if at >= topic.stable() {
			whole = time.Now()
		}
		if at >= caughtUp {
			r.publish(at, builder, queries, drops, streams, changed)
			changed = false
		}
		if len(recs) == 0 {
			if pause(ctx, 30*time.Millisecond) != nil {
				return false
			}
		}
	}
}

// declare takes a record of the declared stream.
func declare(b *build.Builder, streams map[string]*merge.Stream, load *workload, d *definition) error {
	if err := b.DropStream(load.declared.Name); err != nil {
		return err
	}
	delete(streams, load.declared.Name)
	if d.dropped {
		return nil
	}
	in := d.of[0]
	streams[load.declared.Name] = &merge.Stream{
		Topic: topicLogs, TopicID: "id-of-logs", Partitions: int32(len(in.parts)), Lateness: lateness, Position: in.position, From: in.from,
	}
	return b.AddStream(load.declared, in.position+1)
}

func (r *registry) publish(at int64, b *build.Builder, queries map[string]*merge.Query, drops map[string]int64, streams map[string]*merge.Stream, changed bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !changed && at == r.now.position {
		return
	}
	next := state{position: at, program: b.Program(), defs: &merge.Definitions{Position: at, Queries: r.now.defs.Queries, Drops: r.now.defs.Drops, Streams: r.now.defs.Streams}}
	if changed {
		next.defs.Queries, next.defs.Drops, next.defs.Streams = merge.DirectoryOf(queries), merge.DirectoryOf(drops), merge.DirectoryOf(streams)
	}
	r.now = next
	close(r.changed)
	r.changed = make(chan struct{})
}

func (r *registry) current() (state, chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.now, r.changed
}

// Snapshot implements [merge.Registry].
func (r *registry) Snapshot() *merge.Definitions {
	s, _ := r.current()
	return s.defs
}

// Current implements [scan.Programs].
func (r *registry) Current() (*scan.Program, int64) {
	s, _ := r.current()
	return s.program, s.position - 1
}

// End implements [merge.Registry].
func (r *registry) End(ctx context.Context) (int64, error) {
	return r.end(ctx, "asks")
}

func (r *registry) end(ctx context.Context, who string) (int64, error) {
	if _, err := r.p.w.await(ctx, r.p, who+" for the registry's end", true); err != nil {
		return 0, err
	}
	return r.p.w.kafka.registry.end(), nil
}

// programs is scan.Programs for the scan of one stream.
type programs struct {
	*registry
	name string
}

// End implements [scan.Programs].
func (p programs) End(ctx context.Context) (int64, error) { return p.end(ctx, p.name+" asks") }

// Wait implements both.
func (r *registry) Wait(ctx context.Context, position int64) error {
	for {
		s, changed := r.current()
		if s.position >= position {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-changed:
		}
	}
}
