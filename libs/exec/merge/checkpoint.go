package merge

import (
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"sort"

	"github.com/segmentio/encoding/json"
)

// CheckpointVersion is the version of the checkpoint record that this code writes.
const CheckpointVersion = 1

// Checkpoint is the record that says what a checkpoint covers. The state itself
// stands beside it under keys of its own, written in the same transaction.
type Checkpoint struct {
	Version    int               `json:"version"`
	Offset     int64             `json:"offset"`   // next exchange offset to fold
	Registry   int64             `json:"registry"` // position of the definitions applied
	Carried    int64             `json:"carried"`  // carried time, ms since 1970
	Watermarks map[string]int64  `json:"watermarks"`
	Vector     []VectorEntry     `json:"vector"`
	Fence      Fence             `json:"fence"`
	Topics     map[string]string `json:"topics"`            // name → UUID
	Program    string            `json:"program,omitempty"` // Config.Program of who made it
}

// VectorEntry is what a checkpoint knows of one scan partition.
type VectorEntry struct {
	Topic     string `json:"topic"`
	Partition int32  `json:"partition"`
	To        int64  `json:"to"`                  // the next offset that a seal must continue from
	Newest    int64  `json:"newest"`              // newest event time, µs since 1970
	Plan      int64  `json:"plan"`                // greatest plan position of its seals
	Documents int64  `json:"documents,omitempty"` // read from it so far
	Idle      bool   `json:"idle,omitempty"`
	End       bool   `json:"end,omitempty"`
}

// Claim is the record that a new owner commits; its offset is the owner's token.
type Claim struct {
	Version int    `json:"version"`
	Owner   string `json:"owner"`
}

// ClaimVersion is the version of the claim record that this code writes.
const ClaimVersion = 1

func claimRecord(owner string) (Record, error) {
	v, err := json.Marshal(Claim{Version: ClaimVersion, Owner: owner})
	return Record{Key: []byte{keyClaim}, Value: v}, err
}

// checkpointRecords returns the records of a checkpoint: changed state, then
// the checkpoint record. commit is to be called once they are committed.
//
// A definition may drop any amount of groups at once, and the transaction of a
// checkpoint has a time-out. Tombstones of groups that no query reaches any more,
// in no segment, are therefore left to later checkpoints beyond about most bytes:
// whoever restores the partition meanwhile finds such groups, and passes over them.
func (s *Partition) checkpointRecords(fence Fence, most int64) (records []Record, commit func(), err error) {
	type written struct {
		g      *group
		chunks int
	}
	var groups []written
	var later []stateKey
	keys := make([]stateKey, 0, len(s.dirty))
	for k := range s.dirty {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, compareKeys)
	for _, k := range keys {
		n := s.nodes[k.node]
		switch k.kind {
		case keyGroup:
			g, old := s.lookup(n, k), s.tombs[k]
			if g == nil {
				old = max(old, 1)
				if s.landing(n, k) == nil {
					if most <= 0 {
						later = append(later, k)
						continue
					}
					most -= k.bytes() * int64(old)
				}
				records = appendTombs(records, k, 0, old)
				continue
			}
			chunks := 0
			rest := appendGroup(nil, n, g)
			exactSegment(n, k.segment).resize(g, keyBytes+int64(len(k.key)+len(rest)))
			for ; chunks == 0 || len(rest) > 0; chunks++ {
				size := min(len(rest), maxChunk)
				records = append(records, Record{Key: k.encode(uint32(chunks)), Value: rest[:size]})
				rest = rest[size:]
			}
			records = appendTombs(records, k, chunks, max(old, g.chunks))
			groups = append(groups, written{g, chunks})
		case keyCounters:
			r := Record{Key: k.encode(0)}
			if seg := exactSegment(n, k.segment); seg != nil {
				if r.Value, err = json.Marshal(seg.counters); err != nil {
					return nil, nil, fmt.Errorf("encode counters: %w", err)
				}
			}
			records = append(records, r)
		case keyMinute:
			r := Record{Key: k.encode(0)}
			if seg := exactSegment(n, k.segment); seg != nil {
				if at, ok := seg.rates[k.minute()]; ok {
					r.Value = appendRate(nil, at)
				}
			}
			records = append(records, r)
		case keyPane:
			r := Record{Key: k.encode(0)}
			if n != nil && n.panes[k.pane] != nil && n.panes[k.pane].closed {
				r.Value = binary.AppendVarint(nil, n.panes[k.pane].closedAt)
			}
			records = append(records, r)
		case keyPassed:
			r := Record{Key: k.encode(0)}
			if q := s.passing(k); q != nil {
				r.Value = binary.AppendUvarint(nil, uint64(q.passed))
			}
			records = append(records, r)
		}
	}
	value, err := json.Marshal(s.checkpoint(fence))
	if err != nil {
		return nil, nil, fmt.Errorf("encode checkpoint: %w", err)
	}
	records = append(records, Record{Key: []byte{keyCheckpoint}, Value: value})
	return records, func() {
		for _, w := range groups {
			w.g.chunks = w.chunks
		}
		s.leave(later)
	}, nil
}

// leave notes that all changed state is written, but for that of some groups that
// are gone.
func (s *Partition) leave(later []stateKey) {
	chunks := map[stateKey]int{}
	for _, k := range later {
		if n, ok := s.tombs[k]; ok {
			chunks[k] = n
		}
	}
	clear(s.dirty)
	clear(s.tombs)
	maps.Copy(s.tombs, chunks)
	s.dirtyBytes = 0
	for _, k := range later {
		s.markState(k)
	}
}

func (s *Partition) checkpoint(fence Fence) Checkpoint {
	c := Checkpoint{
		Version:    CheckpointVersion,
		Offset:     s.pos,
		Registry:   s.registry,
		Carried:    s.carried,
		Watermarks: maps.Clone(s.watermarks),
		Vector:     []VectorEntry{},
		Fence:      fence,
		Topics:     s.topo.Topics,
		Program:    s.program,
	}
	for src, at := range s.vector {
		c.Vector = append(c.Vector, VectorEntry{
			Topic: src.topic, Partition: src.partition,
			To: at.to, Newest: at.newest, Plan: at.plan, Documents: at.documents, Idle: at.idle, End: at.end,
		})
	}
	sort.Slice(c.Vector, func(i, j int) bool {
		a, b := &c.Vector[i], &c.Vector[j]
		if a.Topic != b.Topic {
			return a.Topic < b.Topic
		}
		return a.Partition < b.Partition
	})
	return c
}

func (s *Partition) lookup(n *node, k stateKey) *group {
	if seg := exactSegment(n, k.segment); seg != nil {
		return seg.group(rowRef{k.pane, k.key})
	}
	return nil
}

func exactSegment(n *node, start int64) *segment {
	if n == nil {
		return nil
	}
	if seg := n.floor(start); seg != nil && seg.start == start {
		return seg
	}
	return nil
}

func appendTombs(records []Record, k stateKey, from, to int) []Record {
	for ; from < to; from++ {
		records = append(records, Record{Key: k.encode(uint32(from))})
	}
	return records
}
