package sim

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/millrace/millrace/libs/exec/merge"
	"github.com/millrace/millrace/libs/planted"
)

// mergeLog is merge.Log.
type mergeLog struct {
	*session
	pos    map[int32]int64
	sought map[int32]int   // generation of the last Seek
	next   map[int32]int64 // expected by the stage
	paused map[int32]bool
}

func openMerge(ctx context.Context, p *process) (*mergeLog, error) {
	s, err := openSession(ctx, p, p.w.kafka.merging)
	if err != nil {
		return nil, err
	}
	return &mergeLog{session: s, pos: map[int32]int64{}, sought: map[int32]int{}, next: map[int32]int64{}, paused: map[int32]bool{}}, nil
}

// Poll implements [merge.Log].
func (l *mergeLog) Poll(ctx context.Context) ([]merge.Record, error) {
	if _, err := l.p.w.await(ctx, l.p, "merge polls", false); err != nil {
		return nil, expired(ctx, err)
	}
	l.rejoin()
	if l.changed() {
		told, _ := l.m.view()
		l.polled = told
		return nil, nil
	}
	var out []merge.Record
	_, mine := l.m.view()
	for _, p := range mine {
		if l.sought[p] != l.polled || l.paused[p] {
			continue
		}
		recs, ok := l.p.w.kafka.exchange[p].fetch(l.pos[p], 1+l.p.w.rng.IntN(l.p.w.batch(6)))
		if !ok {
			if start := l.p.w.kafka.exchange[p].start; l.next[p] < start {
				// A member that has not heard that the partition is, or was, another's
				// finds what that one has deleted; the stage is started anew for it.
				if l.m.told == l.m.group.generation && !l.m.expelled() {
					l.p.w.violated("%s merge partition %d is to go on at %d, and the log starts at %d", l.p.name, p, l.next[p], start)
				}
				return nil, errLink
			}
			l.pos[p] = l.next[p]
			continue
		}
		for _, r := range recs {
			out = append(out, merge.Record{
				Partition: p, Offset: r.offset, Key: []byte(r.key), Value: slices.Clone(r.value), Type: r.kind, Control: r.control,
			})
			l.pos[p] = r.offset + 1
			l.next[p] = r.offset + 1
		}
	}
	if len(out) > 0 {
		return out, nil
	}
	<-ctx.Done()
	return nil, nil
}

// expired makes the end of a poll's time no error.
func expired(ctx context.Context, err error) error {
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return nil
	}
	return err
}

// Owned implements [merge.Log].
func (l *mergeLog) Owned() map[int32]int64 {
	out := map[int32]int64{}
	if told, owned := l.m.view(); l.polled == told {
		for _, p := range owned {
			out[p] = int64(l.polled)
		}
	}
	return out
}

// Committed implements [merge.Log].
func (l *mergeLog) Committed(ctx context.Context, p int32) (int64, bool, error) {
	for {
		if _, err := l.p.w.await(ctx, l.p, fmt.Sprint("merge asks for the offset of ", p), true); err != nil {
			return 0, false, err
		}
		if at, ok, stable := l.g.offset(p); stable {
			return at, ok, nil
		}
		if err := pause(ctx, 20*time.Millisecond); err != nil {
			return 0, false, err
		}
	}
}

// Bounds implements [merge.Log].
func (l *mergeLog) Bounds(ctx context.Context, p int32) (start, end int64, err error) {
	if _, err := l.p.w.await(ctx, l.p, fmt.Sprint("merge asks for the bounds of ", p), true); err != nil {
		return 0, 0, err
	}
	part := l.p.w.kafka.exchange[p]
	return part.start, part.end(), nil
}

// Seek implements [merge.Log].
func (l *mergeLog) Seek(_ context.Context, p int32, offset int64) error {
	if n, in := l.p.inside[p]; in {
		if n > 0 {
			l.p.w.count("restore straddled a rebalance")
		}
		delete(l.p.inside, p)
	}
	if !l.changed() {
		if l.p.w.kafka.exchange[p].end() > offset {
			l.p.w.count("replay of the exchange")
		}
		l.pos[p], l.sought[p], l.next[p] = offset, l.polled, offset
	}
	return nil
}

// Pause implements [merge.Log].
func (l *mergeLog) Pause(p int32) { l.paused[p] = true }

// Resume implements [merge.Log].
func (l *mergeLog) Resume(p int32) { l.paused[p] = false }

// Checkpoints implements [merge.Log]: it reads until its position has reached the
// high watermark as of the call.
func (l *mergeLog) Checkpoints(ctx context.Context, p int32, fn func(merge.Record) error) error {
	w, part := l.p.w, l.p.w.kafka.saves[p]
	part.reading++
	l.p.inside[p] = 0
	defer func() { part.reading-- }()
	end := int64(-1)
	for at := part.start; end < 0 || at < end; {
		if _, err := l.p.w.await(ctx, l.p, fmt.Sprint("merge reads checkpoints of ", p), true); err != nil {
			return err
		}
		if end < 0 {
			end = part.end()
			if planted.On(planted.RestoreToStable) { // as kafka.Admin.Ends
				end = part.stable()
			}
			if part.stable() < part.end() {
				w.count("restore beside an open transaction")
			}
		}
		recs, _ := part.fetch(at, 50)
		if planted.On(planted.RestoreBySilence) && len(recs) == 0 { // as kafka.Reader.ReadTo
			return nil
		}
		for _, r := range recs {
			at = r.offset + 1
			if r.control || r.offset >= end {
				continue
			}
			if merge.IsCheckpoint([]byte(r.key)) {
				w.count("checkpoint read in a restore")
			}
			if err := fn(merge.Record{Partition: p, Offset: r.offset, Key: []byte(r.key), Value: slices.Clone(r.value)}); err != nil {
				return err
			}
		}
		if len(recs) == 0 && at < end {
			if part.stable() >= end { // all that remains was aborted or compacted
				return nil
			}
			if err := pause(ctx, 20*time.Millisecond); err != nil {
				return err
			}
		}
	}
	return nil
}

// Commit implements [merge.Log].
func (l *mergeLog) Commit(ctx context.Context, p int32, records []merge.Record, offset int64) (last int64, ok bool, err error) {
	if l.open {
		return 0, false, errState
	}
	for some := range slices.Chunk(records, 1+len(records)/2) {
		var es []entry
		for _, r := range some {
			es = append(es, entry{key: string(r.Key), value: slices.Clone(r.Value)})
		}
		if last, err = l.send(ctx, l.p.w.kafka.saves[p], es...); err != nil {
			return 0, false, err
		}
	}
	ok, err = l.finish(ctx, map[int32]int64{p: offset}, nil)
	if err == nil && !ok {
		l.p.w.count("checkpoint or claim aborted")
		for q := range l.pos {
			at, _, _ := l.g.offset(q)
			l.pos[q] = at
		}
	}
	return last, ok, err
}

// Truncate implements [merge.Log].
func (l *mergeLog) Truncate(ctx context.Context, p int32, before int64) error {
	v, err := l.p.w.await(ctx, l.p, fmt.Sprintf("merge deletes %d below %d", p, before), true)
	if err != nil {
		return err
	}
	part := l.p.w.kafka.exchange[p]
	if before > part.start {
		l.p.w.count("exchange deleted below a checkpoint")
	}
	part.start = max(part.start, min(before, part.end()))
	if v == mute {
		return errLink
	}
	return nil
}

var _ merge.Log = (*mergeLog)(nil)
