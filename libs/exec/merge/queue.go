package merge

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/millrace/millrace/libs/planted"
)

// measureEvery is how often a partition's metrics are taken.
const measureEvery = 500 * time.Millisecond

// enqueue decodes what was polled and holds it until it may be folded.
func (st *Stage) enqueue(records []Record) error {
	for _, r := range records {
		o := st.owned[r.Partition]
		if o == nil {
			continue
		}
		p, err := prepare(r)
		if err != nil {
			return err
		}
		if p.stranger && r.Offset >= o.pos {
			st.strange(r)
		}
		o.queue = append(o.queue, p)
		o.queued += int64(p.size)
	}
	return nil
}

// strange tells of a record that is skipped, once in a while of many.
func (st *Stage) strange(r Record) {
	st.strangers++
	if now := st.cfg.Now(); now.Sub(st.strangersTold) >= logEvery {
		st.strangersTold = now
		st.cfg.Logger.Error("the exchange holds a record that no scheduler wrote; it is skipped",
			"partition", r.Partition, "offset", r.Offset, "type", r.Type, "skipped_so_far", st.strangers)
	}
}

// foldQueued folds what the registry reader allows: no block before the reader
// has reached the block's plan position. For that it waits a moment, once for
// all partitions.
func (st *Stage) foldQueued(ctx context.Context) error {
	patient := true
	for _, p := range slices.Sorted(maps.Keys(st.owned)) {
		o := st.owned[p]
		o.sync(st.cfg.Registry.Snapshot())
		n := 0
		for ; n < len(o.queue); n++ {
			item := &o.queue[n]
			if need := item.plan() + 1; o.registry < need && !planted.On(planted.FoldEarly) {
				if patient {
					patient = st.reach(ctx, need)
				}
				if o.sync(st.cfg.Registry.Snapshot()); o.registry < need {
					break
				}
			}
			if item.seal != nil && item.offset >= o.pos && !o.written(item.offset) {
				o.fresh.note(item.seal)
			}
			if planted.On(planted.WallClock) {
				o.carried = st.cfg.Now().UnixMilli()
			}
			if err := o.fold(item); err != nil {
				return err
			}
			o.queued -= int64(item.size)
		}
		o.queue = slices.Delete(o.queue, 0, n)
		st.pace(o)
		if now := st.cfg.Now(); !now.Before(o.nextMeasure) {
			st.cfg.Metrics.measure(o)
			o.nextMeasure = now.Add(measureEvery)
		}
	}
	return nil
}

// reach waits a moment for the registry reader.
func (st *Stage) reach(ctx context.Context, position int64) bool {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	return st.cfg.Registry.Wait(ctx, position) == nil
}

// mostDirty bounds the changed state of a partition, in CheckpointBytes (and it may
// always be as large as what is pending): while the store is away nothing can be
// checkpointed, and the checkpoint that follows is one transaction, which has to be
// over within its time-out.
const mostDirty = 4

// pace pauses the fetching of a partition that has too much pending, or too much
// changed state. A silent one is never paused: only records that are still to come
// end its silence.
func (st *Stage) pace(o *owned) {
	pending, most := o.queued+o.logBytes, max(mostDirty*st.cfg.CheckpointBytes, st.cfg.PendingBytes)
	switch {
	case !o.paused && (pending > st.cfg.PendingBytes || o.dirtyBytes > most) && !o.silent():
		o.paused = true
		st.cfg.Log.Pause(o.id)
	case o.paused && (pending <= st.cfg.PendingBytes/2 && o.dirtyBytes <= most/2 || o.silent()):
		o.paused = false
		st.cfg.Log.Resume(o.id)
	}
}
