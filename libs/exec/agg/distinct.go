package agg

import (
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/millrace/millrace/libs/planted"
	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/function"
	"github.com/millrace/millrace/libs/sql/plan"
)

// ErrTooManyDistinct says that an aggregate with DISTINCT has more different arguments
// than it may keep.
var ErrTooManyDistinct = fmt.Errorf("more than %d different values, or more than %d bytes of them",
	function.MaxDistinct, function.MaxDistinctBytes)

// distinct is an aggregate of the different arguments of rows: it keeps them all, up to
// limits beyond which it is an error, whatever order they came in. A state is encoded as
// the number of arguments (uvarint), then their values in the order of their bytes; one
// beyond the limits as a number that is.
type distinct struct {
	of    Function
	types []record.Type // of the arguments
	order []int         // the arguments that are its sort keys
	nulls bool          // NULLs count
}

const tooMany = function.MaxDistinct + 1

func newDistinct(of Function, s *site) (Function, error) {
	f := &distinct{of: of, types: s.types, nulls: s.spec.Func == "array_agg"}
	for _, k := range s.order {
		i := slices.IndexFunc(s.spec.Args, func(e plan.Expr) bool { return plan.EqualExpr(e, k.Expr) })
		if i < 0 || i >= len(s.types) {
			return nil, errors.New("an aggregate with DISTINCT is ordered by what is no argument")
		}
		f.order = append(f.order, i)
	}
	return f, nil
}

type distinctState struct {
	*distinct
	set   map[string]struct{} // encoded arguments
	bytes int                 // of them
	over  bool                // there were too many: nothing is kept
	last  *distinctResult     // until the set changes
}

type distinctResult struct {
	v   record.Value
	err error
}

func (f *distinct) New() State { return &distinctState{distinct: f} }

func (f *distinct) Decode(b []byte) (State, error) {
	s := &distinctState{distinct: f}
	n, b, err := decodeUvarint(b)
	switch {
	case err != nil:
		return nil, err
	case n == tooMany:
		s.over = true
		return ended(s, b)
	case n > tooMany || n > uint64(len(b)):
		return nil, fmt.Errorf("%w: %d different values in %d bytes", ErrMalformed, n, len(b))
	}
	var room [128]byte
	for range n {
		whole, again := b, room[:0]
		for _, t := range f.types {
			var v record.Value
			if v, b, err = decodeTyped(b, t); err != nil {
				return nil, err
			}
			if v.IsNull() && !f.nulls {
				return nil, fmt.Errorf("%w: NULL among different values", ErrMalformed)
			}
			again = record.AppendValue(again, v)
		}
		if key := whole[:len(whole)-len(b)]; string(key) != string(again) {
			return nil, fmt.Errorf("%w: a value is not spelt as it should be", ErrMalformed)
		}
		s.add(again)
	}
	return ended(s, b)
}

// distinctBytes is about what an entry of the set takes besides its bytes.
const distinctBytes = 32

// add adds encoded arguments, and returns by how much the set has grown.
func (s *distinctState) add(key []byte) int {
	if s.over {
		return 0
	}
	if _, ok := s.set[string(key)]; ok {
		return 0
	}
	return s.put(string(key))
}

func (s *distinctState) put(key string) int {
	s.last = nil
	if len(s.set) == function.MaxDistinct || s.bytes+len(key) > function.MaxDistinctBytes {
		grown := -s.bytes - distinctBytes*len(s.set)
		s.set, s.bytes, s.over = nil, 0, true
		return grown
	}
	if s.set == nil {
		s.set = map[string]struct{}{}
	}
	s.set[key] = struct{}{}
	s.bytes += len(key)
	return len(key) + distinctBytes
}

func (s *distinctState) Update(args []*record.Column, rows []int32) (grown int) {
	args = args[:len(s.types)]
	var room [128]byte
	key := room[:0]
rows:
	for _, row := range rows {
		key = key[:0]
		for _, c := range args {
			if !s.nulls && !c.Valid.At(int(row)) {
				continue rows
			}
			key = record.AppendValue(key, c.Value(int(row)))
		}
		grown += s.add(key)
	}
	return grown
}

func (s *distinctState) Reset() { *s = distinctState{distinct: s.distinct} }

func (s *distinctState) Merge(other State) (grown int) {
	o := other.(*distinctState)
	if planted.On(planted.DistinctForgotten) {
		return 0
	}
	if o.over && !s.over {
		grown = -s.bytes - distinctBytes*len(s.set)
		*s = distinctState{distinct: s.distinct, over: true}
		return grown
	}
	for key := range o.set {
		if s.over {
			break
		}
		if _, ok := s.set[key]; !ok {
			grown += s.put(key)
		}
	}
	return grown
}

func (s *distinctState) Append(dst []byte) []byte {
	if s.over {
		return binary.AppendUvarint(dst, tooMany)
	}
	dst = binary.AppendUvarint(dst, uint64(len(s.set)))
	for _, key := range slices.Sorted(maps.Keys(s.set)) {
		dst = append(dst, key...)
	}
	return dst
}

// Split implements [Splitter].
func (s *distinctState) Split(maxBytes int) [][]byte {
	if s.over {
		return [][]byte{s.Append(nil)}
	}
	keys := slices.Sorted(maps.Keys(s.set))
	return splitItems(len(keys), maxBytes, func(dst []byte, i int) []byte { return append(dst, keys[i]...) })
}

// Kept implements [Keeper].
func (s *distinctState) Kept(args []*record.Column) []*record.Column { return args[:len(s.types)] }

func (s *distinctState) Result() (record.Value, error) {
	if s.over {
		return record.Value{}, ErrTooManyDistinct
	}
	if _, ok := s.of.(count); ok {
		return record.Int(int64(len(s.set))), nil
	}
	if s.last == nil {
		s.last = &distinctResult{}
		s.last.v, s.last.err = s.compute()
	}
	return s.last.v, s.last.err
}

// compute applies the aggregate to the arguments, in an order that depends on nothing but
// them: sums of DOUBLE do.
func (s *distinctState) compute() (record.Value, error) {
	fields := make([]record.Field, len(s.types))
	for i, t := range s.types {
		fields[i].Type = t
	}
	batch := record.NewBatch(&record.Schema{Fields: fields})
	rows := make([]int32, 0, len(s.set))
	for _, key := range slices.Sorted(maps.Keys(s.set)) {
		b := []byte(key)
		for i, t := range s.types {
			v, rest, err := decodeTyped(b, t)
			if err != nil {
				return record.Value{}, err // never: they were encoded here, or checked
			}
			batch.Columns[i].Append(v)
			b = rest
		}
		rows = append(rows, int32(len(rows)))
	}
	args := make([]*record.Column, 0, len(s.types)+len(s.order))
	for i := range s.types {
		args = append(args, &batch.Columns[i])
	}
	for _, i := range s.order {
		args = append(args, args[i])
	}
	inner := s.of.New()
	inner.Update(args, rows)
	return inner.Result()
}
