package agg

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"
	"slices"

	"github.com/cespare/xxhash/v2"

	"github.com/millrace/millrace/libs/record"
)

// hyperLogLog is approx_count_distinct: HyperLogLog (Flajolet, Fusy, Gandouet, Meunier,
// 2007) over 2^14 registers and a 64-bit hash of the encoded value, with the estimator of
// Ertl (New cardinality estimation algorithms for HyperLogLog sketches, 2017), which needs
// no tables and no other formula for few values. What the registers are depends on the
// set of values alone; how they are kept, on how many of them are not 0.
//
// A state is encoded as the number of those (uvarint), then, if it is at most
// hllSparse, in order of each how many are 0 before it (uvarint) and the register (a
// byte); else all registers, a byte each.
type hyperLogLog struct{}

const (
	hllBits      = 14
	hllRegisters = 1 << hllBits
	hllMost      = 64 - hllBits + 1 // what a register is at most
	hllSparse    = 4096
)

type hyperLogLogState struct {
	sparse []uint32 // index << 8 | register of those that are not 0, sorted
	dense  []byte   // all registers; nil: sparse has them
	filled int      // registers that are not 0
	last   *int64   // the result, until a register changes
}

func (f hyperLogLog) New() State { return &hyperLogLogState{} }

func (f hyperLogLog) Decode(b []byte) (State, error) {
	n, b, err := decodeUvarint(b)
	if err != nil {
		return nil, err
	}
	s := &hyperLogLogState{}
	if n > hllSparse {
		if len(b) != hllRegisters {
			return nil, fmt.Errorf("%w: registers of %d bytes", ErrMalformed, len(b))
		}
		s.dense = slices.Clone(b)
		for _, r := range b {
			if r > hllMost {
				return nil, fmt.Errorf("%w: a register is %d", ErrMalformed, r)
			}
			if r > 0 {
				s.filled++
			}
		}
		if uint64(s.filled) != n {
			return nil, fmt.Errorf("%w: %d registers instead of %d", ErrMalformed, s.filled, n)
		}
		return s, nil
	}
	at := -1
	for range n {
		var gap uint64
		if gap, b, err = decodeUvarint(b); err != nil {
			return nil, err
		}
		if gap >= uint64(hllRegisters-at-1) || len(b) == 0 || b[0] == 0 || b[0] > hllMost {
			return nil, fmt.Errorf("%w: register", ErrMalformed)
		}
		at += 1 + int(gap)
		s.sparse = append(s.sparse, uint32(at)<<8|uint32(b[0]))
		b = b[1:]
	}
	s.filled = len(s.sparse)
	return ended(s, b)
}

func (s *hyperLogLogState) Update(args []*record.Column, rows []int32) (grown int) {
	c := args[0]
	var room [128]byte
	for _, row := range rows {
		if c.Valid.At(int(row)) {
			grown += s.add(xxhash.Sum64(record.AppendValue(room[:0], c.Value(int(row)))))
		}
	}
	return grown
}

func (s *hyperLogLogState) add(hash uint64) int {
	return s.raise(uint32(hash>>(64-hllBits)), byte(bits.LeadingZeros64(hash<<hllBits|1<<(hllBits-1))+1))
}

// raise makes a register at least r.
func (s *hyperLogLogState) raise(index uint32, r byte) (grown int) {
	if s.dense != nil {
		if have := s.dense[index]; r > have {
			if have == 0 {
				s.filled++
			}
			s.dense[index], s.last = r, nil
		}
		return 0
	}
	at, _ := slices.BinarySearch(s.sparse, index<<8)
	if at < len(s.sparse) && s.sparse[at]>>8 == index {
		if r > byte(s.sparse[at]) {
			s.sparse[at], s.last = index<<8|uint32(r), nil
		}
		return 0
	}
	s.last = nil
	s.filled++
	const inPlace = 1024 // more are not moved about
	if len(s.sparse) < inPlace {
		s.sparse = slices.Insert(s.sparse, at, index<<8|uint32(r))
		return 4
	}
	s.dense = make([]byte, hllRegisters)
	for _, e := range s.sparse {
		s.dense[e>>8] = byte(e)
	}
	s.dense[index] = r
	s.sparse = nil
	return hllRegisters - 4*inPlace
}

func (s *hyperLogLogState) Reset() {
	*s = hyperLogLogState{sparse: s.sparse[:0]}
}

func (s *hyperLogLogState) Merge(other State) (grown int) {
	for index, r := range other.(*hyperLogLogState).registers {
		grown += s.raise(index, r)
	}
	return grown
}

// registers yields those that are not 0, in order.
func (s *hyperLogLogState) registers(yield func(uint32, byte) bool) {
	for _, e := range s.sparse {
		if !yield(e>>8, byte(e)) {
			return
		}
	}
	for i, r := range s.dense {
		if r > 0 && !yield(uint32(i), r) {
			return
		}
	}
}

func (s *hyperLogLogState) Append(dst []byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(s.filled))
	if s.filled > hllSparse {
		return append(dst, s.dense...)
	}
	next := uint32(0)
	for index, r := range s.registers {
		dst = append(binary.AppendUvarint(dst, uint64(index-next)), r)
		next = index + 1
	}
	return dst
}

func (s *hyperLogLogState) Result() (record.Value, error) {
	if s.last == nil {
		n := s.estimate()
		s.last = &n
	}
	return record.Int(*s.last), nil
}

// estimate is algorithm 6 of Ertl's paper.
func (s *hyperLogLogState) estimate() int64 {
	if s.filled == 0 {
		return 0
	}
	var counts [hllMost + 1]float64
	counts[0] = float64(hllRegisters - s.filled)
	for _, r := range s.registers {
		counts[r]++
	}
	const m = float64(hllRegisters)
	z := m * hllTau(1-counts[hllMost]/m)
	for k := hllMost - 1; k >= 1; k-- {
		z = 0.5 * (z + counts[k])
	}
	z += m * hllSigma(counts[0]/m)
	e := math.Round(m / (2 * math.Ln2) * m / z)
	if !(e < 1<<63) {
		return math.MaxInt64
	}
	return int64(e)
}

func hllSigma(x float64) float64 {
	if x == 1 {
		return math.Inf(1)
	}
	y, z := 1.0, x
	for {
		x *= x
		before := z
		z += x * y
		y += y
		if z == before {
			return z
		}
	}
}

func hllTau(x float64) float64 {
	if x == 0 || x == 1 {
		return 0
	}
	y, z := 1.0, 1-x
	for {
		x = math.Sqrt(x)
		before := z
		y *= 0.5
		z -= (1 - x) * (1 - x) * y
		if z == before {
			return z / 3
		}
	}
}
