package agg

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"sort"

	"github.com/millrace/millrace/libs/planted"
	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/function"
)

// topK is approx_top_k: Space-Saving (Metwally, Agrawal, El Abbadi, Efficient Computation
// of Frequent and Top-k Elements in Data Streams, 2005) in the form of Misra and Gries, to
// which it is isomorphic and in which summaries merge (Agarwal, Cormode, Huang, Phillips,
// Wei, Yi, Mergeable Summaries, 2012). It counts values until there are twice as many as
// counters; then the count of the first that there is no counter for, by frequency, is
// taken off all, and those with nothing left are forgotten. Each time at least that many
// rows are taken off for each of the counters and one: so what is missing of a count is
// at most the rows divided by the counters.
//
// A state is encoded as what was taken off (uvarint), the number of values (uvarint), and
// in the order of their bytes the values with their counts (uvarint).
type topK struct {
	typ      record.Type
	k        int
	counters int
}

func newTopK(t record.Type, k int) topK { return topK{typ: t, k: k, counters: max(1024, 8*k)} }

type topKState struct {
	topK
	counts map[string]uint64 // by encoded value
	bytes  int               // of the values
	off    uint64            // what was taken off each
}

func (f topK) New() State { return &topKState{topK: f} }

func (f topK) Decode(b []byte) (State, error) {
	s := &topKState{topK: f}
	var err error
	if s.off, b, err = decodeUvarint(b); err != nil {
		return nil, err
	}
	n, b, err := decodeCount(b, 2*f.counters)
	if err != nil {
		return nil, err
	}
	last := ""
	for i := range n {
		v, rest, err := decodeTyped(b, f.typ)
		if err != nil {
			return nil, err
		}
		key := string(b[:len(b)-len(rest)])
		var count uint64
		if count, b, err = decodeUvarint(rest); err != nil {
			return nil, err
		}
		if v.IsNull() || count == 0 || i > 0 && key <= last || len(key) > function.MaxCounted || string(record.AppendValue(nil, v)) != key {
			return nil, fmt.Errorf("%w: value of approx_top_k", ErrMalformed)
		}
		last = key
		s.put(key, count)
	}
	return ended(s, b)
}

// topKBytes is about what a value takes besides its bytes.
const topKBytes = 40

func (s *topKState) size() int { return s.bytes + topKBytes*len(s.counts) }

func (s *topKState) put(key string, n uint64) {
	if s.counts == nil {
		s.counts = map[string]uint64{}
	}
	have, ok := s.counts[key]
	if !ok {
		s.bytes += len(key)
	}
	s.counts[key] = have + n
}

func (s *topKState) Update(args []*record.Column, rows []int32) int {
	before := s.size()
	c := args[0]
	var room [128]byte
	key := room[:0]
	for _, row := range rows {
		if !c.Valid.At(int(row)) {
			continue
		}
		key = record.AppendValue(key[:0], c.Value(int(row)))
		if n, ok := s.counts[string(key)]; ok {
			s.counts[string(key)] = n + 1
		} else if len(key) <= function.MaxCounted {
			s.put(string(key), 1)
			s.shrink()
		}
	}
	return s.size() - before
}

// shrink forgets rare values if there are too many.
func (s *topKState) shrink() {
	if len(s.counts) <= 2*s.counters {
		return
	}
	all := slices.SortedFunc(maps.Values(s.counts), func(a, b uint64) int { return cmp.Compare(b, a) })
	off := all[s.counters]
	s.off += off
	for key, n := range s.counts {
		if n <= off {
			delete(s.counts, key)
			s.bytes -= len(key)
		} else {
			s.counts[key] = n - off
		}
	}
}

func (s *topKState) Reset() { *s = topKState{topK: s.topK} }

func (s *topKState) Merge(other State) int {
	before := s.size()
	o := other.(*topKState)
	s.off += o.off
	for key, n := range o.counts {
		s.put(key, n)
	}
	s.shrink()
	return s.size() - before
}

func (s *topKState) Append(dst []byte) []byte {
	dst = binary.AppendUvarint(dst, s.off)
	dst = binary.AppendUvarint(dst, uint64(len(s.counts)))
	for _, key := range slices.Sorted(maps.Keys(s.counts)) {
		dst = append(dst, key...)
		dst = binary.AppendUvarint(dst, s.counts[key])
	}
	return dst
}

// Split implements [Splitter].
func (s *topKState) Split(maxBytes int) [][]byte {
	keys := slices.Sorted(maps.Keys(s.counts))
	parts := splitItems(len(keys), maxBytes-binary.MaxVarintLen64, func(dst []byte, i int) []byte {
		return binary.AppendUvarint(append(dst, keys[i]...), s.counts[keys[i]])
	})
	for i, part := range parts {
		off := uint64(0)
		if i == 0 {
			off = s.off
		}
		parts[i] = append(binary.AppendUvarint(nil, off), part...)
	}
	return parts
}

type counted struct {
	v record.Value
	n uint64
}

func (s *topKState) Result() (record.Value, error) {
	if len(s.counts) == 0 && s.off == 0 {
		return record.NullOf(record.JSONType), nil
	}
	all := make([]counted, 0, len(s.counts))
	for key, n := range s.counts {
		v, _, err := record.DecodeValue([]byte(key))
		if err != nil {
			return record.Value{}, fmt.Errorf("%w: %w", ErrMalformed, err) // never: it was encoded here, or checked
		}
		all = append(all, counted{v, n})
	}
	sort.Slice(all, func(i, j int) bool {
		return cmp.Or(cmp.Compare(all[j].n, all[i].n), record.Compare(all[i].v, all[j].v)) < 0
	})
	if planted.On(planted.RarestFirst) {
		slices.Reverse(all)
	}
	dst := []byte{'['}
	for i, c := range all[:min(s.k, len(all))] {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, `{"value":`...)
		dst = record.AppendJSON(dst, c.v)
		dst = fmt.Appendf(dst, `,"count":%d,"error":%d}`, c.n, s.off)
	}
	return record.JSONOf(string(append(dst, ']'))), nil
}
