package merge

import (
	"context"
	"fmt"
	"maps"
	"slices"
)

// checkpointDue checkpoints the partitions whose time has come and to which the
// store owes no acknowledgement.
func (st *Stage) checkpointDue(ctx context.Context, all bool) error {
	for _, p := range slices.Sorted(maps.Keys(st.owned)) {
		o := st.owned[p]
		due := all || st.cfg.Now().Sub(o.lastCheckpoint) >= st.cfg.CheckpointInterval || o.dirtyBytes >= st.cfg.CheckpointBytes
		same := o.pos == o.saved && o.registry == o.savedRegistry && len(o.dirty) == 0
		if !due || same || !o.clean() {
			continue
		}
		if err := st.saveCheckpoint(ctx, o); err != nil {
			return err
		}
	}
	return nil
}

// saveCheckpoint commits a checkpoint and then deletes what of the exchange it
// covers. After an abort the state is as it was: the next checkpoint holds it.
func (st *Stage) saveCheckpoint(ctx context.Context, o *owned) error {
	began := st.cfg.Now()
	records, commit, err := o.checkpointRecords(o.writer.Fence(), st.cfg.CheckpointBytes)
	if err != nil {
		return err
	}
	_, ok, err := st.cfg.Log.Commit(ctx, o.id, records, o.pos)
	if err != nil {
		st.cfg.Metrics.Aborts.Add(AbortFailed)
		return fmt.Errorf("checkpoint merge partition %d: %w", o.id, err)
	}
	o.lastCheckpoint = st.cfg.Now()
	if !ok {
		st.cfg.Metrics.Aborts.Add(AbortRebalance)
		return st.reseek(ctx)
	}
	commit()
	o.saved, o.savedRegistry = o.pos, o.registry
	st.cfg.Metrics.Commits.Observe(st.cfg.Now().Sub(began), 1)
	if err := st.cfg.Log.Truncate(ctx, o.id, o.pos); err != nil {
		st.cfg.Logger.Warn("cannot delete checkpointed records of the exchange; the next checkpoint tries again",
			"partition", o.id, "below", o.pos, "error", err)
	}
	return nil
}

// reseek makes fetching go on where it was after an abort, which has taken every
// partition back to its committed offset: what lies there may be deleted by the
// next checkpoint before it is fetched again.
func (st *Stage) reseek(ctx context.Context) error {
	for _, p := range slices.Sorted(maps.Keys(st.owned)) {
		o := st.owned[p]
		next := o.pos
		if n := len(o.queue); n > 0 {
			next = o.queue[n-1].offset + 1
		}
		if err := st.cfg.Log.Seek(ctx, p, next); err != nil {
			return fmt.Errorf("seek in exchange partition %d: %w", p, err)
		}
	}
	return nil
}
