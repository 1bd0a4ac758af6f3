package results

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/segmentio/encoding/json"
)

// Bounds of one script call. A call that exceeds them holds a single row, or a
// single ordered list, that is larger by itself.
const (
	maxFields = 500
	maxBytes  = 1 << 20
	opFields  = 4 // what an operation costs besides its fields
)

// kind tells the script what it may do when Redis is out of memory or ahead.
type kind string

const (
	kindWrite kind = ""
	kindFree  kind = "free" // only deletes: let through when memory is out
	kindDrop  kind = "drop" // only drops: let through then, and ahead of the offset
)

// call is one script call: the queries of its operations, and the operations.
type call struct {
	kind    kind
	queries []*Target
	index   map[string]int // query id → position in queries
	args    []any
	fields  int
	bytes   int
}

// packer packs operations, in order, into as few calls as the bounds allow.
// A call holds one epoch of a query; drops have calls of their own.
type packer struct {
	partition string
	calls     []*call
}

func pack(partition string, ops []Op) ([]*call, error) {
	p := &packer{partition: partition}
	for _, op := range ops {
		if t := op.target(); t.ID == "" || t.Epoch < 0 {
			return nil, fmt.Errorf("operation %T for query %q at epoch %d: both must be given", op, t.ID, t.Epoch)
		}
		if err := p.add(op); err != nil {
			return nil, err
		}
	}
	return p.calls, nil
}

// open returns a call of the kind with room for an operation on t, and the
// number of t in it.
func (p *packer) open(k kind, t *Target, fields, bytes int) (*call, int) {
	var c *call
	if len(p.calls) > 0 {
		c = p.calls[len(p.calls)-1]
		i, known := c.index[t.ID]
		if (c.kind == kindDrop) != (k == kindDrop) || c.fields+fields+opFields > maxFields || c.bytes+bytes > maxBytes ||
			known && c.queries[i-1].Epoch != t.Epoch {
			c = nil
		}
	}
	if c == nil {
		c = &call{kind: k, index: map[string]int{}}
		p.calls = append(p.calls, c)
	}
	i, known := c.index[t.ID]
	if !known {
		q := *t
		c.queries = append(c.queries, &q)
		i = len(c.queries)
		c.index[t.ID] = i
		c.bytes += len(t.ID)
	}
	if k == kindWrite {
		c.kind = kindWrite
	}
	q := c.queries[i-1]
	q.Seen = q.Seen || t.Seen
	if t.Keep {
		q.Keep, q.Kept = true, t.Kept
	}
	c.fields += fields + opFields
	c.bytes += bytes
	return c, i
}

func (p *packer) put(k kind, t *Target, letter string, fields, bytes int, args ...any) {
	c, q := p.open(k, t, fields, bytes)
	c.args = append(c.args, letter, q)
	c.args = append(c.args, args...)
}

func (p *packer) add(op Op) error {
	switch o := op.(type) {
	case *Rows:
		p.rows(o)
	case *Top:
		p.top(o)
	case *Log:
		return p.log(o)
	case *Meta:
		return p.meta(o)
	case *Counters:
		p.counters(o)
	case *Listing:
		p.put(kindWrite, &o.Target, "I", 1, len(o.Summary), o.Summary)
	case *Drop:
		p.put(kindDrop, &o.Target, "D", 2, 0, dropKeep.Milliseconds(), dropTombstone.Milliseconds())
	case *DropWindow:
		p.put(kindFree, &o.Target, "W", 2, 0, o.Window.String())
	case *Clear:
		p.put(kindFree, &o.Target, "X", 2, 0)
	default:
		return fmt.Errorf("unknown operation %T", op)
	}
	return nil
}

// rows splits at the bounds; keys are sorted so that equal operations make
// equal calls.
func (p *packer) rows(o *Rows) {
	sets, dels := sorted(o.Set), slices.Sorted(slices.Values(o.Del))
	for len(sets)+len(dels) > 0 {
		size := 0
		fits := func(n, more int) bool {
			if n >= maxFields-opFields || n > 0 && size+more > maxBytes {
				return false
			}
			size += more
			return true
		}
		n := 0
		for n < len(sets) && fits(n, len(sets[n])+len(o.Set[sets[n]])) {
			n++
		}
		m := 0
		for m < len(dels) && n == len(sets) && fits(n+m, len(dels[m])) {
			m++
		}
		args := []any{windowArg(o.Window), ttlArg(o.TTL), n}
		for _, k := range sets[:n] {
			args = append(args, k, o.Set[k])
		}
		args = append(args, m)
		for _, k := range dels[:m] {
			args = append(args, k)
		}
		k := kindWrite
		if n == 0 {
			k = kindFree
		}
		p.put(k, &o.Target, "R", n+m, size, args...)
		sets, dels = sets[n:], dels[m:]
	}
}

func (p *packer) top(o *Top) {
	size := 0
	args := []any{windowArg(o.Window), ttlArg(o.TTL), len(o.Rows)}
	for _, r := range o.Rows {
		size += len(r)
		args = append(args, r)
	}
	p.put(kindWrite, &o.Target, "T", len(o.Rows), size, args...)
}

func (p *packer) log(o *Log) error {
	last := LogRow{Offset: -1}
	for _, e := range o.Entries {
		if e.Offset < last.Offset || e.Offset == last.Offset && e.Index <= last.Index || e.Index < 1 {
			return fmt.Errorf("log of query %q: entry %d-%d after %d-%d: ids must ascend and indexes start at 1",
				o.ID, e.Offset, e.Index, last.Offset, last.Index)
		}
		last = e
	}
	gap, entries := 0, o.Entries
	if o.Gap {
		gap = 1
	}
	for gap == 1 || len(entries) > 0 {
		n, size := 0, 0
		for n < len(entries) && n < maxFields-opFields && (n == 0 || size+len(entries[n].Row) <= maxBytes) {
			size += len(entries[n].Row)
			n++
		}
		args := []any{o.MaxLen, gap, n}
		for _, e := range entries[:n] {
			args = append(args, e.Offset, e.Index, e.Row)
		}
		p.put(kindWrite, &o.Target, "L", n, size, args...)
		gap, entries = 0, entries[n:]
	}
	return nil
}

func (p *packer) meta(o *Meta) error {
	if len(o.Fields) == 0 {
		return nil
	}
	body, err := json.Marshal(o.Fields)
	if err != nil {
		return fmt.Errorf("facts of query %q: %w", o.ID, err)
	}
	args := []any{string(body), len(o.Fields)}
	for _, k := range sorted(o.Fields) {
		args = append(args, k, o.Fields[k])
	}
	p.put(kindWrite, &o.Target, "M", len(o.Fields), 2*len(body), args...)
	return nil
}

func (p *packer) counters(o *Counters) {
	if len(o.Values) == 0 {
		return
	}
	args := []any{"", len(o.Values)}
	for _, k := range sorted(o.Values) {
		args = append(args, k+":"+p.partition, o.Values[k])
	}
	p.put(kindWrite, &o.Target, "M", len(o.Values), 16*len(o.Values), args...)
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func windowArg(w Window) string {
	if w.IsZero() {
		return ""
	}
	return w.String()
}

func ttlArg(d time.Duration) int64 {
	if d <= 0 {
		return 0
	}
	return max(1, d.Milliseconds())
}
