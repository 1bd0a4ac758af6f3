package merge

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/segmentio/encoding/json"

	"github.com/millrace/millrace/libs/planted"
)

// image is what the checkpoints topic holds for one partition.
type image struct {
	checkpoint *Checkpoint
	state      map[stateRecord][]byte
}

// restore claims a partition and brings its state back: group offset (stable),
// claim, checkpoints up to the high watermark, definitions up to the recorded
// position, then the fence. It returns nil where a rebalance came between: the
// next assignment restores anew.
//
// ctx ends when the partition is taken away, and with it whatever is read here. The
// claim's transaction is ended all the same, under the stage's context: one left
// open would keep the log from ever telling of the next assignment.
func (st *Stage) restore(stage, ctx context.Context, p int32) (*owned, error) {
	began := st.cfg.Now()
	st.restoring.Store("the group's offset, which an open transaction may hold back")
	offset, err := st.committed(ctx, p)
	if err != nil {
		return nil, err
	}
	st.restoring.Store("the commit of its claim")
	token, ok, err := st.claim(stage, p, offset)
	if err != nil {
		return nil, err
	}
	if !ok {
		st.cfg.Metrics.Aborts.Add(AbortRebalance)
		return nil, st.reseek(ctx)
	}
	st.restoring.Store("its checkpoints up to their end, which an open transaction may hold back")
	img, err := st.readFitting(ctx, p)
	if err != nil {
		return nil, err
	}
	s := newPartition(p, &st.cfg.Topology, offset)
	s.program = st.cfg.Program
	var least Fence
	if c := img.checkpoint; c != nil {
		s.adopt(c)
		least = c.Fence
		if planted.On(planted.DefinitionsEarly) {
			c.Registry = 0
		}
		st.restoring.Store("the registry up to the checkpoint's position, which an open transaction may hold back")
		if err := st.cfg.Registry.Wait(ctx, c.Registry); err != nil {
			return nil, fmt.Errorf("wait for the registry: %w", err)
		}
	}
	st.define(s, img.checkpoint)
	if err := s.load(img.state); err != nil {
		return nil, fmt.Errorf("checkpoint of merge partition %d: %w", p, err)
	}
	s = st.cached.latest(p, s)
	clear(s.news) // what is live by the checkpoint's vector was announced before it
	o := &owned{Partition: s, writer: st.cfg.Store.Writer(p), token: token, lastCheckpoint: st.cfg.Now()}
	st.restoring.Store("the result store")
	if err := st.takeOver(ctx, o, least); err != nil {
		return nil, err
	}
	st.restoring.Store("the bounds of the exchange")
	_, end, err := st.cfg.Log.Bounds(ctx, p)
	if err != nil {
		return nil, fmt.Errorf("read the bounds of exchange partition %d: %w", p, err)
	}
	if o.silentUntil >= end {
		return nil, fmt.Errorf("%w: the result store is written up to exchange offset %d of partition %d, which ends at %d: run `millrace reset` to clear the results and adopt the new topics", ErrIncarnation, o.silentUntil, p, end)
	}
	if err := st.cfg.Log.Seek(ctx, p, s.pos); err != nil {
		return nil, fmt.Errorf("seek in exchange partition %d: %w", p, err)
	}
	st.cfg.Logger.Debug("merge partition restored", "partition", p, "offset", s.pos, "end", end,
		"token", token, "nodes", len(s.nodes), "queries", len(s.queries), "took", st.cfg.Now().Sub(began).Round(time.Millisecond))
	return o, nil
}

// committed returns the group's offset, or the exchange partition's start where
// the group has none.
func (st *Stage) committed(ctx context.Context, p int32) (int64, error) {
	offset, ok, err := st.cfg.Log.Committed(ctx, p)
	if err != nil {
		return 0, fmt.Errorf("read the group's offset of exchange partition %d: %w", p, err)
	}
	if ok {
		return offset, nil
	}
	start, _, err := st.cfg.Log.Bounds(ctx, p)
	if err != nil {
		return 0, fmt.Errorf("read the bounds of exchange partition %d: %w", p, err)
	}
	return start, nil
}

// errClaim marks errors of a transaction, after which the log is of no further use,
// whoever owns the partition.
var errClaim = errors.New("claim")

// claim commits the claim record, whose offset is the token, with the group's
// offset as it is: from here on an earlier owner can commit nothing.
func (st *Stage) claim(ctx context.Context, p int32, offset int64) (token int64, ok bool, err error) {
	record, err := claimRecord(st.cfg.Owner)
	if err != nil {
		return 0, false, err
	}
	token, ok, err = st.cfg.Log.Commit(ctx, p, []Record{record}, offset)
	if err != nil {
		st.cfg.Metrics.Aborts.Add(AbortFailed)
		return 0, false, fmt.Errorf("%w merge partition %d: %w", errClaim, p, err)
	}
	return token, ok, nil
}

// readImage reads checkpoints partition p, which only committed records reach.
func (st *Stage) readImage(ctx context.Context, p int32) (*image, error) {
	img := &image{state: map[stateRecord][]byte{}}
	err := st.cfg.Log.Checkpoints(ctx, p, func(r Record) error {
		switch {
		case isClaim(r.Key):
			return nil
		case IsCheckpoint(r.Key):
			var c Checkpoint
			if err := json.Unmarshal(r.Value, &c); err != nil {
				return fmt.Errorf("checkpoint record at offset %d: %w", r.Offset, err)
			}
			if c.Version != CheckpointVersion {
				return fmt.Errorf("checkpoint record at offset %d has version %d, this program reads version %d", r.Offset, c.Version, CheckpointVersion)
			}
			img.checkpoint = &c
			return nil
		}
		k, chunk, err := parseStateKey(r.Key)
		switch at := (stateRecord{k, chunk}); {
		case err != nil:
			st.cfg.Logger.Error("the checkpoints hold a record that no scheduler wrote; it is skipped", "partition", p, "offset", r.Offset, "cause", err)
		case r.Value == nil:
			delete(img.state, at)
		default:
			img.state[at] = slices.Clone(r.Value)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read checkpoints of merge partition %d: %w", p, err)
	}
	return img, nil
}

// rereads is how often, a second apart, a checkpoint that does not fit the
// exchange is read again: a member that was stopped for long may meet what its
// successor does, and hears of it after a session time-out at the latest.
const rereads = 8

// readFitting reads the checkpoint and compares it with the exchange.
func (st *Stage) readFitting(ctx context.Context, p int32) (*image, error) {
	for try := 1; ; try++ {
		img, err := st.readImage(ctx, p)
		if err != nil {
			return nil, err
		}
		start, end, err := st.cfg.Log.Bounds(ctx, p)
		if err != nil {
			return nil, fmt.Errorf("read the bounds of exchange partition %d: %w", p, err)
		}
		err = img.fits(p, start, end, st.cfg.Topics)
		if !errors.Is(err, ErrContinuity) || try == rereads {
			return img, err
		}
		st.cfg.Logger.Warn("reading a checkpoint again", "cause", err)
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(time.Second):
		}
	}
}

// fits compares the checkpoint with the topics and the exchange of today.
func (img *image) fits(p int32, start, end int64, topics map[string]string) error {
	c := img.checkpoint
	if c == nil {
		if start > 0 {
			return fmt.Errorf("%w: merge partition %d has no checkpoint, and records of the exchange before offset %d are gone: run `millrace reset` to begin anew", ErrContinuity, p, start)
		}
		return nil
	}
	for topic, id := range c.Topics {
		if want, ok := topics[topic]; ok && want != id {
			return fmt.Errorf("%w: the checkpoint of merge partition %d speaks about topic %s with id %s, today's has %s: run `millrace reset` to clear the results and adopt it", ErrIncarnation, p, topic, id, want)
		}
	}
	if c.Offset < start || c.Offset > end {
		return fmt.Errorf("%w: the checkpoint of merge partition %d goes on at offset %d, the exchange holds %d to %d: run `millrace reset` to begin anew", ErrContinuity, p, c.Offset, start, end)
	}
	return nil
}

// define gives the partition the definitions as they are now.
//
// Of the queries below the position of the definitions that the checkpoint was made with,
// nothing is owed to the store: a checkpoint covers nothing that the store has not
// acknowledged, and their facts, whether they are live and the first row of the global
// ones follow from what it holds. Where the store has lost them all the same, its fence
// tells, and everything is republished. Another program may make something else of a
// definition: what it told is written anew.
func (st *Stage) define(s *Partition, c *Checkpoint) {
	now := st.cfg.Registry.Snapshot()
	least, settled := int64(0), int64(0)
	if c != nil {
		least = c.Registry
		if c.Program == s.program && s.program != "" {
			settled = c.Registry
		}
	}
	// While definitions come, what the last partition was given is as good.
	if st.families == nil || st.families.defs.Position < least {
		st.families = familiesOf(now, &st.cfg.Topology)
	}
	s.begin(st.families, settled)
	s.sync(now)
}

// adopt takes over what the checkpoint record says. Its offset counts, not the
// group's.
func (s *Partition) adopt(c *Checkpoint) {
	s.pos, s.carried, s.covered = c.Offset, c.Carried, c.Registry
	maps.Copy(s.watermarks, c.Watermarks)
	for _, v := range c.Vector {
		s.vector[source{v.Topic, v.Partition}] = &progress{to: v.To, newest: v.Newest, plan: v.Plan, documents: v.Documents, idle: v.Idle, end: v.End}
	}
}
