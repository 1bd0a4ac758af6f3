package sim

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/segmentio/encoding/json"

	"github.com/millrace/millrace/libs/exec/delta"
	"github.com/millrace/millrace/libs/exec/merge"
	"github.com/millrace/millrace/libs/exec/scan"
)

// scanLog is scan.Log.
type scanLog struct {
	*session
	in      *incarnation // what it reads
	pos     map[int32]int64
	from    map[int32]int64 // where the assignment begins
	outbox  []outgoing
	decided func(*transaction)
}

type outgoing struct {
	to *part
	e  entry
}

func openScan(ctx context.Context, p *process, in *incarnation) (*scanLog, error) {
	s, err := openSession(ctx, p, in.group)
	if err != nil {
		return nil, err
	}
	return &scanLog{session: s, in: in, pos: map[int32]int64{}, from: map[int32]int64{}}, nil
}

// Poll implements [scan.Log].
func (l *scanLog) Poll(ctx context.Context, wait time.Duration) (scan.Polled, error) {
	if _, err := l.p.w.await(ctx, l.p, l.g.name+" polls", false); err != nil {
		return scan.Polled{}, err
	}
	l.rejoin()
	if l.changed() {
		return l.assignment(ctx)
	}
	records, gone := l.fetch()
	if len(records)+len(gone) > 0 {
		return scan.Polled{Records: records, Lost: gone}, nil
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return scan.Polled{}, ctx.Err()
	case <-timer.C:
		return scan.Polled{}, nil
	}
}

// assignment takes the newest assignment: the group's offsets are asked for until
// no transaction that commits them is pending.
func (l *scanLog) assignment(ctx context.Context) (scan.Polled, error) {
	told, owned := l.m.view()
	out := map[int32]scan.Assigned{}
	for _, p := range owned {
		for {
			at, ok, stable := l.g.offset(p)
			if stable {
				if !ok {
					var err error
					if at, err = l.resolve(ctx, p); err != nil {
						return scan.Polled{}, err
					}
				}
				out[p] = scan.Assigned{Offset: at, Generation: uint64(told)}
				l.pos[p], l.from[p] = at, at
				break
			}
			if err := pause(ctx, 20*time.Millisecond); err != nil {
				return scan.Polled{}, err
			}
			if _, err := l.p.w.await(ctx, l.p, l.g.name+" asks for offsets", false); err != nil {
				return scan.Polled{}, err
			}
			if now, _ := l.m.view(); now != told { // and so this one is void
				return scan.Polled{Revoked: true}, nil
			}
		}
	}
	l.polled = told
	return scan.Polled{Assignment: out, Revoked: true}, nil
}

// resolve finds where reading begins without an offset of the group: at the
// newest position that checkpoints and exchange speak of, else at the log's start.
// It does what package scanlog of the scheduler does.
func (l *scanLog) resolve(ctx context.Context, p int32) (int64, error) {
	k := l.p.w.kafka
	at, known := int64(0), false
	reach := func(topic string, partition int32, to, plan int64) {
		if topic == l.in.topic && partition == p && plan >= l.in.position {
			at, known = max(at, to), true
		}
	}
	for _, part := range slices.Concat(k.exchange, k.saves) {
		end := part.end()
		for {
			if _, err := l.p.w.await(ctx, l.p, l.g.name+" resolves by "+part.name, false); err != nil {
				return 0, err
			}
			if part.stable() >= end {
				break
			}
			if err := pause(ctx, 20*time.Millisecond); err != nil {
				return 0, err
			}
		}
		recs, _ := part.fetch(part.start, int(end))
		for _, r := range recs {
			switch {
			case r.control:
			case r.kind == merge.TypeSeal:
				seal, err := delta.DecodeSeal(r.value)
				if err != nil {
					return 0, err
				}
				for _, v := range seal.Parts {
					if v.Since == l.in.position+1 {
						reach(v.Topic, v.Partition, v.To, seal.Plan)
					}
				}
			case r.kind == "" && merge.IsCheckpoint([]byte(r.key)):
				var c merge.Checkpoint
				if err := json.Unmarshal(r.value, &c); err != nil {
					return 0, err
				}
				for _, v := range c.Vector {
					reach(v.Topic, v.Partition, v.To, v.Plan)
				}
			}
		}
	}
	switch {
	case !known && l.in.from != nil:
		return l.in.from[p], nil
	case !known:
		return l.in.parts[p].start, nil
	}
	l.p.w.count("offset resolved without the group")
	return at, nil
}

// fetch returns what comes next, and the partitions whose next record is gone.
func (l *scanLog) fetch() (out []scan.Record, gone []int32) {
	_, owned := l.m.view()
	for _, p := range owned {
		part := l.in.parts[p]
		recs, ok := part.fetch(l.pos[p], 1+l.p.w.rng.IntN(l.p.w.batch(4)))
		if !ok {
			gone = append(gone, p)
		}
		for _, r := range recs {
			value := slices.Clone(r.value)
			out = append(out, scan.Record{
				Partition: p, Offset: r.offset, Value: value, Lines: r.lines, End: r.end, Control: r.control, Time: r.at,
				Release: func() { spoil(value) }, // whoever still refers to it gets it wrong
			})
			l.pos[p] = r.offset + 1
		}
	}
	return out, gone
}

func spoil(value []byte) {
	for i := range value {
		value[i] = '#'
	}
}

// Begin implements [scan.Log].
func (l *scanLog) Begin() error {
	if l.open {
		return errState
	}
	l.outbox = nil
	return nil
}

// Block implements [scan.Log].
func (l *scanLog) Block(_ context.Context, partition int32, block []byte) {
	l.add(partition, merge.TypeBlock, block)
}

// Seal implements [scan.Log].
func (l *scanLog) Seal(_ context.Context, partition int32, seal []byte) {
	l.add(partition, merge.TypeSeal, seal)
	s, err := delta.DecodeSeal(seal)
	if err != nil {
		l.p.w.violated("a seal that cannot be read: %v", err)
		return
	}
	l.decided = func(t *transaction) { l.p.w.load.scanned(l.p.name, t, l.in, s) }
}

func (l *scanLog) add(partition int32, kind string, value []byte) {
	l.outbox = append(l.outbox, outgoing{l.p.w.kafka.exchange[partition], entry{kind: kind, value: value}})
}

// DeadLetter implements [scan.Log].
func (l *scanLog) DeadLetter(_ context.Context, d scan.DeadLetter) {
	l.outbox = append(l.outbox, outgoing{l.p.w.kafka.letters, entry{key: l.in.letter(spot{int(d.Partition), d.Offset, int(d.Line)}), value: d.Data}})
}

// End implements [scan.Log]: what was written goes to its partitions in order,
// and between partitions in any order.
func (l *scanLog) End(ctx context.Context, offsets map[int32]int64) (bool, error) {
	byPart := map[*part][]entry{}
	var parts []*part
	for _, o := range l.outbox {
		if byPart[o.to] == nil {
			parts = append(parts, o.to)
		}
		byPart[o.to] = append(byPart[o.to], o.e)
	}
	for len(parts) > 0 {
		i := l.rng.IntN(len(parts))
		to := parts[i]
		if _, err := l.send(ctx, to, byPart[to][0]); err != nil {
			return false, err
		}
		if byPart[to] = byPart[to][1:]; len(byPart[to]) == 0 {
			parts = slices.Delete(parts, i, i+1)
		}
	}
	ok, err := l.finish(ctx, maps.Clone(offsets), l.decided)
	if err == nil && !ok {
		l.p.w.count("scan transaction aborted")
		for p := range l.pos { // reading goes back to the last commit
			if at, ok := l.g.committed[p]; ok {
				l.pos[p] = at
			} else {
				l.pos[p] = l.from[p]
			}
		}
	}
	return ok, err
}

// Seek implements [scan.Log].
func (l *scanLog) Seek(_ context.Context, partition int32, generation uint64, offset int64) error {
	if told, _ := l.m.view(); int(generation) == told {
		l.pos[partition] = offset
	}
	return nil
}

// Pause implements [scan.Log].
func (l *scanLog) Pause() {}

// Resume implements [scan.Log].
func (l *scanLog) Resume() {}

// Starts implements [scan.Log].
func (l *scanLog) Starts(ctx context.Context) (map[int32]int64, error) {
	return l.each(ctx, "starts", func(p *part) int64 { return p.start })
}

// Ends implements [scan.Log].
func (l *scanLog) Ends(ctx context.Context) (map[int32]int64, error) {
	return l.each(ctx, "ends", (*part).end)
}

func (l *scanLog) each(ctx context.Context, what string, of func(*part) int64) (map[int32]int64, error) {
	if _, err := l.p.w.await(ctx, l.p, l.g.name+" asks for "+what, true); err != nil {
		return nil, err
	}
	out := map[int32]int64{}
	for i, p := range l.in.parts {
		out[int32(i)] = of(p)
	}
	return out, nil
}

// Reason implements [scan.Log].
func (l *scanLog) Reason(error) string { return "error" }

// Backlog implements [scan.Log].
func (l *scanLog) Backlog(context.Context) (int64, error) { return 0, nil }

var _ scan.Log = (*scanLog)(nil)

func (l *scanLog) String() string { return fmt.Sprint(l.pos) }
