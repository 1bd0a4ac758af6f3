package merge

import (
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	"github.com/segmentio/encoding/json"
)

// image is what the checkpoints topic holds for one partition.
type image struct {
	checkpoint *Checkpoint
	state      map[string][]byte // by key
}

// restore claims a partition and brings its state back: group offset (stable),
// claim, checkpoints up to the high watermark, definitions up to the recorded
// position, then the fence.
func (st *Stage) restore(ctx context.Context, p int32) (*owned, error) {
	began := st.cfg.Now()
	offset, ok, err := st.cfg.Log.Committed(ctx, p)
	if err != nil {
		return nil, fmt.Errorf("read the group's offset of exchange partition %d: %w", p, err)
	}
	start, end, err := st.cfg.Log.Bounds(ctx, p)
	if err != nil {
		return nil, fmt.Errorf("read the bounds of exchange partition %d: %w", p, err)
	}
	if !ok {
		offset = start
	}
	claim, err := claimRecord(st.cfg.Owner)
	if err != nil {
		return nil, err
	}
	token, ok, err := st.cfg.Log.Commit(ctx, p, []Record{claim}, offset)
	if err != nil {
		return nil, fmt.Errorf("claim merge partition %d: %w", p, err)
	}
	if !ok {
		return nil, st.reseek(ctx) // a rebalance: the next assignment claims anew
	}
	img, err := st.readImage(ctx, p)
	if err != nil {
		return nil, err
	}
	s := newPartition(p, &st.cfg.Topology, offset)
	var least Fence
	if c := img.checkpoint; c != nil {
		if err := s.adopt(c, start, end); err != nil {
			return nil, err
		}
		least = c.Fence
		if err := st.cfg.Registry.Wait(ctx, c.Registry); err != nil {
			return nil, fmt.Errorf("wait for the registry: %w", err)
		}
	} else if offset < start {
		return nil, fmt.Errorf("%w: merge partition %d has no checkpoint, and the exchange starts at %d, after the group's offset %d: run `millrace reset` to begin anew", ErrContinuity, p, start, offset)
	}
	s.sync(st.cfg.Registry.Snapshot())
	if err := s.load(img.state); err != nil {
		return nil, fmt.Errorf("checkpoint of merge partition %d: %w", p, err)
	}
	o := &owned{Partition: s, writer: st.cfg.Store.Writer(p), token: token, lastCheckpoint: st.cfg.Now()}
	for id, epoch := range s.defs.Drops {
		if s.ownsDrop(id) {
			s.drops[id] = epoch
		}
	}
	clear(s.news) // what is live by the checkpoint's vector was announced before
	if err := st.take(ctx, o, least, false); err != nil {
		return nil, err
	}
	if _, end, err = st.cfg.Log.Bounds(ctx, p); err != nil { // an earlier owner may have gone on until the claim
		return nil, fmt.Errorf("read the bounds of exchange partition %d: %w", p, err)
	}
	if o.silentUntil >= end {
		return nil, fmt.Errorf("%w: the result store is written up to exchange offset %d of partition %d, which ends at %d: run `millrace reset` to clear the results and adopt the new topics", ErrIncarnation, o.silentUntil, p, end)
	}
	if err := st.cfg.Log.Seek(ctx, p, s.pos); err != nil {
		return nil, fmt.Errorf("seek in exchange partition %d: %w", p, err)
	}
	st.cfg.Logger.Info("merge partition restored", "partition", p, "offset", s.pos, "end", end,
		"token", token, "nodes", len(s.nodes), "queries", len(s.queries), "took", st.cfg.Now().Sub(began).Round(time.Millisecond))
	return o, nil
}

// readImage reads checkpoints partition p, which only committed records reach.
func (st *Stage) readImage(ctx context.Context, p int32) (*image, error) {
	img := &image{state: map[string][]byte{}}
	err := st.cfg.Log.Checkpoints(ctx, p, func(r Record) error {
		if len(r.Key) == 0 {
			return fmt.Errorf("record at offset %d has no key", r.Offset)
		}
		switch {
		case r.Key[0] == keyClaim:
		case r.Key[0] == keyCheckpoint:
			var c Checkpoint
			if err := json.Unmarshal(r.Value, &c); err != nil {
				return fmt.Errorf("checkpoint record at offset %d: %w", r.Offset, err)
			}
			if c.Version != CheckpointVersion {
				return fmt.Errorf("checkpoint record at offset %d has version %d, this program reads version %d", r.Offset, c.Version, CheckpointVersion)
			}
			img.checkpoint = &c
		case r.Value == nil:
			delete(img.state, string(r.Key))
		default:
			img.state[string(r.Key)] = slices.Clone(r.Value)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read checkpoints of merge partition %d: %w", p, err)
	}
	return img, nil
}

// adopt takes over what the checkpoint record says. Its offset counts, not the
// group's.
func (s *Partition) adopt(c *Checkpoint, start, end int64) error {
	for topic, id := range c.Topics {
		if want, ok := s.topo.Topics[topic]; ok && want != id {
			return fmt.Errorf("%w: the checkpoint of merge partition %d speaks about topic %s with id %s, today's has %s: run `millrace reset` to clear the results and adopt it", ErrIncarnation, s.id, topic, id, want)
		}
	}
	if c.Offset < start || c.Offset > end {
		return fmt.Errorf("%w: the checkpoint of merge partition %d goes on at offset %d, the exchange holds %d to %d", ErrContinuity, s.id, c.Offset, start, end)
	}
	s.pos, s.carried = c.Offset, c.Carried
	for name, mark := range c.Watermarks {
		s.watermarks[name] = mark
	}
	for _, v := range c.Vector {
		s.vector[source{v.Topic, v.Partition}] = &progress{to: v.To, newest: v.Newest, plan: v.Plan, idle: v.Idle, end: v.End}
	}
	least := int64(-1)
	first := true
	for _, stream := range s.topo.Streams {
		if _, heard := s.streamMark(&stream); first || heard < least {
			least, first = heard, false
		}
	}
	s.minPlan = least
	return nil
}

// load decodes the state for the nodes that the definitions still know, and
// marks the rest for deletion.
func (s *Partition) load(state map[string][]byte) error {
	chunked := map[stateKey][][]byte{}
	for raw, value := range state {
		k, chunk, err := parseStateKey([]byte(raw))
		if err != nil {
			return err
		}
		n := s.nodes[k.node]
		switch k.kind {
		case keyGroup:
			for len(chunked[k]) <= int(chunk) {
				chunked[k] = append(chunked[k], nil)
			}
			chunked[k][chunk] = value
		case keyCounters:
			seg := s.landing(n, k)
			if seg == nil {
				s.markState(k)
				continue
			}
			var c counters
			if err := json.Unmarshal(value, &c); err != nil {
				return fmt.Errorf("counters: %w", err)
			}
			seg.counters.add(c)
			s.moved(k, seg)
		case keyPane:
			if n == nil {
				s.markState(k)
				continue
			}
			at, w := binary.Varint(value)
			if w <= 0 {
				return fmt.Errorf("%w: pane", errStates)
			}
			n.panes[k.pane] = &pane{closed: true, closedAt: at}
		}
	}
	for _, k := range sortedKeys(chunked) {
		if err := s.loadGroup(k, chunked[k]); err != nil {
			return err
		}
	}
	s.loadWindows()
	return nil
}

func (s *Partition) loadGroup(k stateKey, chunks [][]byte) error {
	n := s.nodes[k.node]
	seg := s.landing(n, k)
	if seg == nil {
		s.tombs[k] = len(chunks)
		s.markState(k)
		return nil
	}
	g, err := decodeGroup(slices.Concat(chunks...), n)
	if err != nil {
		return fmt.Errorf("node %s, segment %d: %w", k.node, k.segment, err)
	}
	r := rowRef{k.pane, k.key}
	if seg.start != k.segment {
		s.tombs[k] = len(chunks)
		s.moved(k, seg)
	} else {
		g.chunks = len(chunks)
	}
	if to := seg.group(r); to != nil {
		mergeGroup(n, to, g)
		to.chunks = max(to.chunks, g.chunks)
	} else {
		seg.put(r, g)
	}
	return nil
}

// landing returns the segment that state of the key's segment belongs to now:
// since the checkpoint, queries may have gone and segments been folded.
func (s *Partition) landing(n *node, k stateKey) *segment {
	if n == nil {
		return nil
	}
	return n.floor(k.segment)
}

// moved marks state that was folded into another segment.
func (s *Partition) moved(k stateKey, seg *segment) {
	if seg.start == k.segment {
		return
	}
	s.markState(k)
	k.segment = seg.start
	s.markState(k)
}

// loadWindows rebuilds the order in which windows were closed.
func (s *Partition) loadWindows() {
	for _, n := range s.nodes {
		if n.window == 0 {
			continue
		}
		for _, seg := range n.segments {
			for start := range seg.panes {
				if n.panes[start] == nil {
					n.panes[start] = &pane{}
				}
			}
		}
		for start, p := range n.panes {
			if p.closed {
				n.closed = append(n.closed, start)
			} else {
				n.open[start] = struct{}{}
			}
		}
		slices.SortFunc(n.closed, func(a, b int64) int {
			return cmp.Or(cmp.Compare(n.panes[a].closedAt, n.panes[b].closedAt), cmp.Compare(a, b))
		})
	}
}

func sortedKeys(m map[stateKey][][]byte) []stateKey {
	keys := make([]stateKey, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, compareKeys)
	return keys
}
