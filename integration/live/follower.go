package live

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/millrace/millrace/libs/exec/delta"
	"github.com/millrace/millrace/libs/exec/merge"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/sql/plan"
)

// Follower reads the exchange as it is written, so that it does not matter that
// what is checkpointed is deleted there.
type Follower struct {
	sys    *System
	cancel context.CancelFunc
	done   chan struct{}

	mu    sync.Mutex
	spans map[int32]map[span]int64 // by tweets partition: plan position
	nodes map[plan.ID]int          // in how many blocks each occurs
}

// span is what a transaction took of a tweets partition.
type span struct{ from, to int64 }

// Follow starts a Follower. No scheduler may have run before.
func Follow(sys *System) *Follower {
	ctx, cancel := context.WithCancel(sys.Context())
	f := &Follower{sys: sys, cancel: cancel, done: make(chan struct{}), spans: map[int32]map[span]int64{}, nodes: map[plan.ID]int{}}
	go func() {
		defer close(f.done)
		if err := f.run(ctx); err != nil && ctx.Err() == nil {
			sys.fail(fmt.Errorf("follow the exchange: %w", err))
		}
	}()
	return f
}

// Stop ends it.
func (f *Follower) Stop() {
	f.cancel()
	<-f.done
}

func (f *Follower) run(ctx context.Context) error {
	at := map[int32]int64{}
	for p := range f.sys.Topics.Partitions(kafka.TopicExchange) {
		at[p] = 0
	}
	for {
		err := f.read(ctx, at)
		var lost *kafka.PartitionError
		if !errors.As(err, &lost) {
			return err
		}
		// Deleted before it was read: another partition has the same seals, and
		// if none has, the ranges do not continue.
		if err := f.reset(ctx, at); err != nil {
			return err
		}
	}
}

func (f *Follower) reset(ctx context.Context, at map[int32]int64) error {
	admin, err := kafka.NewAdmin(f.sys.Kafka)
	if err != nil {
		return err
	}
	defer admin.Close()
	starts, err := admin.Starts(ctx, kafka.TopicExchange)
	if err != nil {
		return err
	}
	for p := range at {
		at[p] = max(at[p], starts[p])
	}
	return nil
}

func (f *Follower) read(ctx context.Context, at map[int32]int64) error {
	r, err := kafka.NewReader(f.sys.Kafka, kafka.TopicExchange, maps.Clone(at))
	if err != nil {
		return err
	}
	defer r.Close()
	for {
		records, err := r.Poll(ctx)
		if err != nil {
			return err
		}
		for i := range records {
			rec := &records[i]
			at[rec.Partition] = rec.Offset + 1
			if rec.Control {
				continue
			}
			if err := f.take(rec); err != nil {
				return fmt.Errorf("partition %d, offset %d: %w", rec.Partition, rec.Offset, err)
			}
		}
	}
}

func (f *Follower) take(rec *kafka.Record) error {
	kind, _ := rec.Header("type")
	f.mu.Lock()
	defer f.mu.Unlock()
	if string(kind) == merge.TypeBlock {
		b, err := delta.DecodeBlock(rec.Value)
		if err != nil {
			return err
		}
		once := map[plan.ID]bool{}
		for i := range b.Nodes {
			if once[b.Nodes[i].Node] {
				return fmt.Errorf("the block has node %s twice", b.Nodes[i].Node)
			}
			once[b.Nodes[i].Node] = true
			f.nodes[b.Nodes[i].Node]++
		}
		return nil
	}
	seal, err := delta.DecodeSeal(rec.Value)
	if err != nil {
		return err
	}
	for _, p := range seal.Parts {
		if p.Gap {
			return fmt.Errorf("the seal declares a gap of tweets partition %d before %d", p.Partition, p.From)
		}
		if f.spans[p.Partition] == nil {
			f.spans[p.Partition] = map[span]int64{}
		}
		s := span{p.From, p.To}
		if was, ok := f.spans[p.Partition][s]; ok && was != seal.Plan && p.From < p.To {
			return fmt.Errorf("tweets partition %d from %d to %d was scanned under plan positions %d and %d", p.Partition, p.From, p.To, was, seal.Plan)
		}
		f.spans[p.Partition][s] = seal.Plan
	}
	return nil
}

// Nodes returns the merge nodes that blocks were about.
func (f *Follower) Nodes() []plan.ID {
	f.mu.Lock()
	defer f.mu.Unlock()
	return sorted(f.nodes)
}

// Reach waits until seals have taken every tweets partition to the ends.
func (f *Follower) Reach(ctx context.Context, ends map[int32]int64) error {
	return f.sys.poll(ctx, "wait for seals", func() (bool, error) { return f.sealed(ends), nil })
}

func (f *Follower) sealed(ends map[int32]int64) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	for p, end := range ends {
		reached := int64(0)
		for s := range f.spans[p] {
			reached = max(reached, s.to)
		}
		if reached < end {
			return false
		}
	}
	return true
}

// Activations answers from which offset of each tweets partition on a query of a
// plan position has the posts.
type Activations map[int32][]taken

type taken struct {
	span
	plan int64
}

// Activations checks that the seals take each partition from its start to its
// end without gaps and overlaps, under plan positions that do not go back.
func (f *Follower) Activations(ends map[int32]int64) (Activations, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := Activations{}
	for p, end := range ends {
		var list []taken
		for s, position := range f.spans[p] {
			if s.from < s.to {
				list = append(list, taken{s, position})
			}
		}
		slices.SortFunc(list, func(a, b taken) int { return cmp.Compare(a.from, b.from) })
		at := taken{plan: -1} // before anything is registered
		for _, t := range list {
			if t.from != at.to {
				return nil, fmt.Errorf("tweets partition %d: a seal takes it from %d to %d, the one before to %d", p, t.from, t.to, at.to)
			}
			if t.plan < at.plan {
				return nil, fmt.Errorf("tweets partition %d: the plan position goes back from %d to %d at offset %d", p, at.plan, t.plan, t.from)
			}
			at = t
		}
		if at.to != end {
			return nil, fmt.Errorf("tweets partition %d: seals take it to %d of %d", p, at.to, end)
		}
		out[p] = list
	}
	return out, nil
}

// From returns the first offset of the partition that a query of the plan
// position has.
func (a Activations) From(partition int32, position int64) int64 {
	list := a[partition]
	i, _ := slices.BinarySearchFunc(list, position, func(t taken, position int64) int { return cmp.Compare(t.plan, position) })
	switch {
	case i < len(list):
		return list[i].from
	case len(list) > 0:
		return list[len(list)-1].to
	default:
		return 0
	}
}
