package kill

import (
	"context"
	"fmt"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/millrace/millrace/libs/exec/delta"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/wire"
)

// follower reads topics while they are written, and fills the ledger.
type follower struct {
	cfg    kafka.Config
	ledger *ledger

	mu       sync.Mutex
	seals    int
	skipped  int // times that seals had been deleted before they were read
	registry []definition
	status   map[string][]wire.Status // by query id
	dead     []wire.DeadLetter
}

// definition is a record of the registry.
type definition struct {
	position int64 // its offset
	id       string
	query    *wire.Registry // nil: a drop
	epoch    int64
}

// run follows until ctx ends.
func (f *follower) run(ctx context.Context) error {
	f.status = map[string][]wire.Status{}
	g, ctx := errgroup.WithContext(ctx)
	all := map[int32]int64{}
	for p := range layout().Partitions {
		all[p] = 0
	}
	one := map[int32]int64{0: 0}
	g.Go(func() error {
		return f.follow(ctx, kafka.TopicTweets, all, func(r *kafka.Record) error { f.ledger.land(r); return nil })
	})
	g.Go(func() error { return f.follow(ctx, kafka.TopicRegistry, one, f.addDefinition) })
	g.Go(func() error { return f.follow(ctx, kafka.TopicStatus, one, f.addStatus) })
	g.Go(func() error { return f.follow(ctx, kafka.TopicDeadLetters, one, f.addDead) })
	for p := range layout().ExchangePartitions {
		g.Go(func() error { return f.exchange(ctx, p) })
	}
	return g.Wait()
}

// follow hands all records to fn, control records apart.
func (f *follower) follow(ctx context.Context, topic string, from map[int32]int64, fn func(*kafka.Record) error) error {
	r, err := kafka.NewReader(f.cfg, topic, from)
	if err != nil {
		return err
	}
	defer r.Close()
	for {
		records, err := r.Poll(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		for i := range records {
			if records[i].Control {
				continue
			}
			if err := fn(&records[i]); err != nil {
				return fmt.Errorf("%s partition %d offset %d: %w", topic, records[i].Partition, records[i].Offset, err)
			}
		}
	}
}

// exchange follows one exchange partition. The scheduler deletes what it has
// checkpointed, now and then before it is read here; then another partition has
// the same seals, and the ledger notices if none has.
func (f *follower) exchange(ctx context.Context, p int32) error {
	admin, err := kafka.NewAdmin(f.cfg)
	if err != nil {
		return err
	}
	defer admin.Close()
	from := int64(0)
	for {
		err := f.follow(ctx, kafka.TopicExchange, map[int32]int64{p: from}, f.addSeal)
		if err == nil || !kafka.OutOfRange(err) {
			return err
		}
		starts, err := admin.Starts(ctx, kafka.TopicExchange)
		if err != nil {
			return err
		}
		from = starts[p]
		f.mu.Lock()
		f.skipped++
		f.mu.Unlock()
	}
}

func (f *follower) addSeal(r *kafka.Record) error {
	if kind, _ := r.Header(delta.HeaderType); string(kind) != delta.TypeSeal {
		return nil
	}
	s, err := delta.DecodeSeal(r.Value)
	if err != nil {
		return err
	}
	f.ledger.seal(s)
	f.mu.Lock()
	f.seals++
	f.mu.Unlock()
	return nil
}

func (f *follower) addDefinition(r *kafka.Record) error {
	id, ok := wire.ParseRegistryKey(r.Key)
	if !ok {
		return fmt.Errorf("key %q", r.Key)
	}
	header, _ := r.Header(wire.HeaderEpoch)
	epoch, err := wire.ParseEpoch(header)
	if err != nil {
		return err
	}
	d := definition{position: r.Offset, id: id, epoch: epoch}
	if r.Value != nil {
		d.query = new(wire.Registry)
		if err := d.query.Unmarshal(r.Value); err != nil {
			return err
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.registry = append(f.registry, d)
	return nil
}

func (f *follower) addStatus(r *kafka.Record) error {
	var s wire.Status
	if err := s.Unmarshal(r.Value); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.status[s.ID] = append(f.status[s.ID], s)
	return nil
}

func (f *follower) addDead(r *kafka.Record) error {
	var d wire.DeadLetter
	if err := d.Unmarshal(r.Value); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.dead = append(f.dead, d)
	return nil
}

// transition tells whether the query's status has been written under the epoch.
func (f *follower) transition(id string, epoch int64, transitions ...wire.Transition) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, s := range f.status[id] {
		for _, t := range transitions {
			if s.Epoch == epoch && s.Transition == t {
				return true
			}
		}
	}
	return false
}
