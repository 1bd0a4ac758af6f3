package sim

import (
	"fmt"
	"math"
	"time"

	"github.com/millrace/millrace/libs/exec/delta"
	"github.com/millrace/millrace/libs/record"
)

// lateness is that of the stream tweets.
const lateness = 5 * time.Second

// windows returns the rows of a query over windows. Which posts are late depends
// on where the blocks stand in the exchange partition that owns their group; this
// goes through the partition by the rules (design §4) and takes of a block only
// which groups it names: what a transaction covered, and how new its posts were,
// the workload knows.
func (w *world) windows(position int64, t *template) (map[string]string, error) {
	counts := map[[2]int64]map[string]int64{} // window → language → posts
	marks := make([]int64, len(w.kafka.exchange))
	size := t.window.Milliseconds()
	active := w.load.active(position)
	for e, part := range w.kafka.exchange {
		m := newMarks(len(w.kafka.tweets))
		written := w.store.fences[int32(e)].Offset
		for o, entry := range part.entries[:written+1] {
			if entry.control || !entry.txn.commit {
				continue
			}
			seal := w.load.seals[entry.txn]
			if entry.kind == "seal" {
				m.advance(w.load, seal)
				continue
			}
			block, err := delta.DecodeBlock(entry.value)
			if err != nil {
				return nil, fmt.Errorf("exchange-%d, offset %d: %w", e, o, err)
			}
			for _, g := range groupsOf(block, t) {
				if g.start+size <= m.mark {
					continue // late
				}
				n := int64(0)
				for _, p := range w.load.covered(seal, active) {
					if p.lang == g.lang && p.at-p.at%size == g.start {
						n++
					}
				}
				if n == 0 {
					continue
				}
				span := [2]int64{g.start, int64(e)}
				if counts[span] == nil {
					counts[span] = map[string]int64{}
				}
				counts[span][g.lang] += n
			}
		}
		marks[e] = m.mark
	}
	rows := map[string]string{}
	for span, langs := range counts {
		start, e := span[0], span[1]
		if t.final && start+size > marks[e] {
			continue
		}
		at := time.UnixMilli(start).UTC().Format("2006-01-02T15:04:05.000Z")
		for lang, n := range langs {
			rows[fmt.Sprintf("%d-%d[%q]", start, start+size, lang)] = fmt.Sprintf(`{"window_start":%q,"lang":%q,"n":%d}`, at, lang, n)
		}
	}
	return rows, nil
}

type groupAt struct {
	start int64 // of the window
	lang  string
}

func groupsOf(b *delta.Block, t *template) []groupAt {
	var out []groupAt
	for i := range b.Nodes {
		if b.Nodes[i].Node != t.query.Table.Node {
			continue
		}
		for _, g := range b.Nodes[i].Groups {
			v, _, err := record.DecodeValue(g.Key)
			if err != nil {
				panic(err)
			}
			out = append(out, groupAt{g.Pane / 1000, v.Str()})
		}
	}
	return out
}

// marks is the watermark of one exchange partition.
type marks struct {
	newest []int64 // per scan partition
	idle   []bool
	heard  []bool
	mark   int64
}

func newMarks(partitions int) *marks {
	m := &marks{newest: make([]int64, partitions), idle: make([]bool, partitions), heard: make([]bool, partitions), mark: math.MinInt64}
	for i := range m.newest {
		m.newest[i] = math.MinInt64
	}
	return m
}

func (m *marks) advance(l *workload, seal *delta.Seal) {
	for _, p := range seal.Parts {
		m.heard[p.Partition], m.idle[p.Partition] = true, p.Idle
		for o := p.From; o < p.To; o++ {
			for _, it := range l.posts[[2]int64{int64(p.Partition), o}] {
				m.newest[p.Partition] = max(m.newest[p.Partition], it.at)
			}
		}
	}
	mark, busy := int64(math.MaxInt64), false
	for p := range m.newest {
		switch {
		case !m.heard[p]:
			return
		case m.idle[p]:
		case m.newest[p] == math.MinInt64:
			return
		default:
			busy = true
			mark = min(mark, m.newest[p]-lateness.Milliseconds())
		}
	}
	if busy {
		m.mark = max(m.mark, mark)
	}
}
