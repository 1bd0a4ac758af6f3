package agg

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"github.com/millrace/millrace/libs/record"
)

// decodeTyped reads a value of the type, which [record.AppendValue] wrote, and returns
// the rest.
func decodeTyped(b []byte, t record.Type) (record.Value, []byte, error) {
	v, rest, err := record.DecodeValue(b)
	if err != nil {
		return v, nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if v.Type().Kind != t.Kind || !v.IsNull() && !v.Type().Equal(t) {
		return v, nil, fmt.Errorf("%w: %s instead of %s", ErrMalformed, v.Type(), t)
	}
	if v.IsNull() {
		v = record.NullOf(t)
	}
	return v, rest, nil
}

// decodeUvarint reads a number, and returns the rest.
func decodeUvarint(b []byte) (n uint64, rest []byte, err error) {
	n, w := binary.Uvarint(b)
	if w <= 0 {
		return 0, nil, fmt.Errorf("%w: a number is cut off", ErrMalformed)
	}
	return n, b[w:], nil
}

// decodeCount reads the number of the items that follow, each of at least a byte.
func decodeCount(b []byte, most int) (n int, rest []byte, err error) {
	v, rest, err := decodeUvarint(b)
	if err == nil && (v > uint64(most) || v > uint64(len(rest))) {
		err = fmt.Errorf("%w: %d items in %d bytes", ErrMalformed, v, len(rest))
	}
	return int(v), rest, err
}

func decodeFloat(b []byte) float64 { return math.Float64frombits(binary.BigEndian.Uint64(b)) }

func appendFloat(dst []byte, f float64) []byte {
	return binary.BigEndian.AppendUint64(dst, math.Float64bits(f))
}

// ended returns state, if nothing is left of its encoding.
func ended(state State, rest []byte) (State, error) {
	if len(rest) > 0 {
		return nil, fmt.Errorf("%w: %d bytes left", ErrMalformed, len(rest))
	}
	return state, nil
}

// splitItems writes n items in pieces, each their number and the items, of at most
// maxBytes bytes unless one item alone is larger; at least one piece.
func splitItems(n, maxBytes int, appendItem func(dst []byte, i int) []byte) [][]byte {
	var parts [][]byte
	var part []byte
	items := 0
	flush := func() {
		if items > 0 || len(parts) == 0 {
			parts = append(parts, append(binary.AppendUvarint(nil, uint64(items)), part...))
		}
		part, items = part[:0], 0
	}
	for i := range n {
		from := len(part)
		part = appendItem(part, i)
		if items > 0 && len(part)+binary.MaxVarintLen32 > maxBytes {
			item := slices.Clone(part[from:])
			part = part[:from]
			flush()
			part = append(part, item...)
		}
		items++
	}
	flush()
	return parts
}
