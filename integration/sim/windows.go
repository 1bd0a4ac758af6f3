package sim

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/millrace/millrace/libs/exec/delta"
	"github.com/millrace/millrace/libs/record"
)

// lateness is that of the stream tweets.
const lateness = 5 * time.Second

// windowed is what a query over windows is to show.
type windowed struct {
	rows          map[string]string   // window and key → row
	lists         map[string][]string // window → rows in order
	leaving       map[string]bool     // windows of which rows may be missing
	matched, late int64               // posts, in time and not
}

// windows returns the rows of a query over windows. Which posts are late depends
// on where the blocks stand in the exchange partition that owns their group; this
// goes through the partition by the rules (design §4) and takes of a block only
// which groups it names: what a transaction covered, and how new its posts were,
// the workload knows.
//
// Whichever partition's time first passes a window's retention takes it off the
// store, with the rows of the others: of such windows rows may be missing.
func (w *world) windows(position int64, d *definition) (*windowed, error) {
	t, in := d.template, d.of[0] // no query over windows reads two streams
	out := &windowed{rows: map[string]string{}, lists: map[string][]string{}, leaving: map[string]bool{}}
	counts := map[[2]int64]map[string]int64{} // window → language → posts
	marks := make([]*marks, len(w.kafka.exchange))
	size := t.window.Milliseconds()
	active := in.active(w, position)
	for e, part := range w.kafka.exchange {
		m := newMarks(len(in.parts), size, w.load.ended)
		written := w.store.fences[int32(e)].Offset
		for o, entry := range part.entries[:written+1] {
			if entry.control || !entry.txn.commit {
				continue
			}
			seal := w.load.seals[entry.txn]
			if entry.kind == "seal" {
				m.carried = max(m.carried, seal.Wall)
				if seal.in == in {
					m.advance(w, seal, w.opt.Bounded)
				}
				continue
			}
			if seal.in != in {
				continue
			}
			block, err := delta.DecodeBlock(entry.value)
			if err != nil {
				return nil, fmt.Errorf("exchange-%d, offset %d: %w", e, o, err)
			}
			for _, g := range groupsOf(block, t) {
				n := int64(0)
				for _, p := range seal.covered(active) {
					if p.lang == g.lang && p.at-p.at%size == g.start {
						n++
					}
				}
				if g.start+size <= m.mark {
					w.count("late group")
					out.late += n
					continue
				}
				m.open[g.start] = true
				out.matched += n
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
		marks[e] = m
	}
	for span, langs := range counts {
		start, m := span[0], marks[span[1]]
		closed, isClosed := m.closed[start]
		if t.final && !isClosed {
			continue
		}
		if keep := t.limits.Retention.Milliseconds(); isClosed && keep > 0 {
			if m.carried-closed >= keep {
				w.count("window past its retention")
				out.leaving[fmt.Sprintf("%d-%d", start, start+size)] = true
				continue
			}
			w.count("closed window within its retention")
		}
		at := time.UnixMilli(start).UTC().Format("2006-01-02T15:04:05.000Z")
		if t.top > 0 {
			byCount := slices.Sorted(maps.Keys(langs))
			slices.SortStableFunc(byCount, func(a, b string) int { return int(langs[b] - langs[a]) })
			for _, lang := range byCount[:min(t.top, len(byCount))] {
				key := fmt.Sprintf("%d-%d", start, start+size)
				out.lists[key] = append(out.lists[key], fmt.Sprintf(`{"window_start":%q,"lang":%q,"n":%d}`, at, lang, langs[lang]))
			}
			continue
		}
		for lang, n := range langs {
			out.rows[fmt.Sprintf("%d-%d[%q]", start, start+size, lang)] = fmt.Sprintf(`{"window_start":%q,"lang":%q,"n":%d}`, at, lang, n)
		}
	}
	return out, nil
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

// marks is the passing of time in one exchange partition.
type marks struct {
	size   int64   // of windows
	ends   []int64 // per scan partition: the offset of its end of input; nil: none
	newest []int64 // per scan partition
	idle   []bool
	heard  []bool
	ended  []bool
	mark   int64 // the watermark

	carried int64
	open    map[int64]bool  // windows
	closed  map[int64]int64 // window → carried time when it was closed
}

func newMarks(partitions int, size int64, ends []int64) *marks {
	m := &marks{
		size: size, ends: ends, mark: math.MinInt64, open: map[int64]bool{}, closed: map[int64]int64{},
		newest: make([]int64, partitions), idle: make([]bool, partitions), heard: make([]bool, partitions), ended: make([]bool, partitions),
	}
	for i := range m.newest {
		m.newest[i] = math.MinInt64
	}
	return m
}

func (m *marks) advance(w *world, seal sealed, bounded bool) {
	for _, p := range seal.Parts {
		m.heard[p.Partition], m.idle[p.Partition] = true, p.Idle
		m.ended[p.Partition] = m.ends != nil && p.To > m.ends[p.Partition]
		for o := p.From; o < p.To; o++ {
			for _, it := range seal.in.posts[[2]int64{int64(p.Partition), o}] {
				m.newest[p.Partition] = max(m.newest[p.Partition], it.at)
			}
		}
	}
	m.mark = max(m.mark, m.least(bounded))
	for start := range m.open {
		if start+m.size <= m.mark {
			delete(m.open, start)
			m.closed[start] = m.carried
			w.count("window closed")
		}
	}
}

// least returns the watermark that what was heard allows.
func (m *marks) least(bounded bool) int64 {
	mark, busy, ended := int64(math.MaxInt64), false, 0
	for p := range m.newest {
		switch {
		case !m.heard[p]:
			return math.MinInt64
		case m.ended[p]:
			ended++
		case bounded:
			return math.MinInt64
		case m.idle[p]:
		case m.newest[p] == math.MinInt64:
			return math.MinInt64
		default:
			busy = true
			mark = min(mark, m.newest[p]-lateness.Milliseconds())
		}
	}
	if !busy && ended < len(m.newest) {
		return math.MinInt64
	}
	return mark
}
