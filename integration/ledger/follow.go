package ledger

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/millrace/millrace/libs/exec/delta"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/wire"
)

// Follower reads topics while they are written, and fills the ledger.
type Follower struct {
	Config kafka.Config
	Ledger *Ledger

	// Patient has topics read on after errors: the brokers come and go.
	Patient bool

	mu       sync.Mutex
	seals    int
	skipped  int // times that seals had been deleted before they were read
	strays   int
	registry []Definition
	status   map[string][]wire.Status // by query id
	dead     []wire.DeadLetter
	onStatus func(*wire.Status)
	sealed   map[[2]int32][]sealing // by exchange partition and scan partition
}

// sealing is where in an exchange partition a seal stands that takes a scan
// partition to an offset.
type sealing struct{ offset, to int64 }

// Definition is a record of the registry.
type Definition struct {
	Position int64 // its offset
	ID       string
	Query    *wire.Registry // nil: a drop
	Epoch    int64
}

// Run follows until ctx ends.
func (f *Follower) Run(ctx context.Context) error {
	f.status = map[string][]wire.Status{}
	g, ctx := errgroup.WithContext(ctx)
	all := map[int32]int64{}
	for p := range f.Ledger.layout.Partitions {
		all[p] = 0
	}
	one := map[int32]int64{0: 0}
	g.Go(func() error {
		return f.Follow(ctx, kafka.TopicTweets, all, func(r *kafka.Record) error { f.Ledger.Land(r); return nil })
	})
	g.Go(func() error { return f.Follow(ctx, kafka.TopicRegistry, one, f.addDefinition) })
	g.Go(func() error { return f.Follow(ctx, kafka.TopicStatus, one, f.addStatus) })
	g.Go(func() error { return f.Follow(ctx, kafka.TopicDeadLetters, one, f.addDead) })
	for p := range f.Ledger.layout.ExchangePartitions {
		g.Go(func() error { return f.exchange(ctx, p) })
	}
	return g.Wait()
}

// Follow hands all records to fn, control records apart.
func (f *Follower) Follow(ctx context.Context, topic string, from map[int32]int64, fn func(*kafka.Record) error) error {
	next := maps.Clone(from)
	for {
		failed, err := f.read(ctx, topic, next, fn)
		if err != nil || failed == nil {
			return err
		}
		if !f.Patient || kafka.OutOfRange(failed) {
			return failed
		}
		Pause(ctx, 100*time.Millisecond)
	}
}

// read reads on from next, which it keeps, until ctx ends or reading fails.
func (f *Follower) read(ctx context.Context, topic string, next map[int32]int64, fn func(*kafka.Record) error) (failed, err error) {
	r, err := kafka.NewReader(f.Config, topic, next)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	for {
		records, err := r.Poll(ctx)
		if ctx.Err() != nil {
			return nil, nil
		}
		if err != nil {
			return err, nil
		}
		for i := range records {
			next[records[i].Partition] = records[i].Offset + 1
			if records[i].Control {
				continue
			}
			if err := fn(&records[i]); err != nil {
				return nil, fmt.Errorf("%s partition %d offset %d: %w", topic, records[i].Partition, records[i].Offset, err)
			}
		}
	}
}

// exchange follows one exchange partition. The scheduler deletes what it has
// checkpointed, now and then before it is read here; then another partition has
// the same seals, and the ledger notices if none has.
func (f *Follower) exchange(ctx context.Context, p int32) error {
	admin, err := kafka.NewAdmin(f.Config)
	if err != nil {
		return err
	}
	defer admin.Close()
	from := int64(0)
	for {
		err := f.Follow(ctx, kafka.TopicExchange, map[int32]int64{p: from}, f.addSeal)
		if err == nil || !kafka.OutOfRange(err) {
			return err
		}
		starts, err := admin.Starts(ctx, kafka.TopicExchange)
		if err != nil {
			if f.Patient && Pause(ctx, 100*time.Millisecond) {
				continue
			}
			return err
		}
		from = starts[p]
		f.mu.Lock()
		f.skipped++
		f.mu.Unlock()
	}
}

func (f *Follower) addSeal(r *kafka.Record) error {
	if kind, _ := r.Header(delta.HeaderType); string(kind) != delta.TypeSeal {
		return nil
	}
	s, err := delta.DecodeSeal(r.Value)
	if err != nil {
		return err
	}
	f.Ledger.Seal(s)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.seals++
	f.note(r.Partition, r.Offset, s)
	return nil
}

// note notes where a seal stands; the follower is locked.
func (f *Follower) note(exchange int32, offset int64, s *delta.Seal) {
	if f.sealed == nil {
		f.sealed = map[[2]int32][]sealing{}
	}
	for _, p := range s.Parts {
		key := [2]int32{exchange, p.Partition}
		f.sealed[key] = append(f.sealed[key], sealing{offset, p.To})
	}
}

// Behind returns the offset of a scan partition from which on its rows stand behind
// an offset of an exchange partition: a seal that takes it there stands at or
// behind that, and what was scanned later was written later. false if no seal that
// was read does.
func (f *Follower) Behind(exchange, scan int32, offset int64) (from int64, ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, s := range f.sealed[[2]int32{exchange, scan}] {
		if s.offset >= offset && (!ok || s.to < from) {
			from, ok = s.to, true
		}
	}
	return from, ok
}

func (f *Follower) addDefinition(r *kafka.Record) error {
	id, ok := wire.ParseRegistryKey(r.Key)
	if !ok {
		return f.stray(r)
	}
	header, _ := r.Header(wire.HeaderEpoch)
	epoch, err := wire.ParseEpoch(header)
	if err != nil {
		return err
	}
	d := Definition{Position: r.Offset, ID: id, Epoch: epoch}
	if r.Value != nil {
		d.Query = new(wire.Registry)
		if err := d.Query.Unmarshal(r.Value); err != nil {
			return err
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.registry = append(f.registry, d)
	return nil
}

// stray counts a record that is not of ours.
func (f *Follower) stray(*kafka.Record) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.strays++
	return nil
}

// Strays returns how many records of the registry, the status and the dead letters
// were not of ours.
func (f *Follower) Strays() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.strays
}

func (f *Follower) addStatus(r *kafka.Record) error {
	var s wire.Status
	if err := s.Unmarshal(r.Value); err != nil {
		return f.stray(r)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.status[s.ID] = append(f.status[s.ID], s)
	if f.onStatus != nil {
		f.onStatus(&s)
	}
	return nil
}

// OnStatus has fn hear what is said of queries from now on; it must not wait. nil:
// nobody hears it.
func (f *Follower) OnStatus(fn func(*wire.Status)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.onStatus = fn
}

func (f *Follower) addDead(r *kafka.Record) error {
	var d wire.DeadLetter
	if err := d.Unmarshal(r.Value); err != nil {
		return f.stray(r)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.dead = append(f.dead, d)
	return nil
}

// Transition tells whether the query's status has been written under the epoch.
func (f *Follower) Transition(id string, epoch int64, transitions ...wire.Transition) bool {
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

// Dead returns the dead letters so far.
func (f *Follower) Dead() []wire.DeadLetter {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.dead)
}

// Registry returns the records of the registry so far.
func (f *Follower) Registry() []Definition {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.registry)
}

// Statuses returns what was said of a query so far.
func (f *Follower) Statuses(id string) []wire.Status {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.status[id])
}

// Seals returns how many seals were read, every one in every exchange partition,
// and how often some had been deleted before.
func (f *Follower) Seals() (seals, skipped int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.seals, f.skipped
}
