package engine

import (
	"encoding/hex"
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/millrace/millrace/libs/exec/agg"
	"github.com/millrace/millrace/libs/record"
)

// Answer is what a query has come to, in a form that is the same for all engines:
// before HAVING, ORDER BY and LIMIT, which package merge applies, and with what
// only merge knows left out.
type Answer struct {
	// Groups are the groups of an aggregating query: window and key → rows and the
	// values of the aggregates.
	Groups map[string]string
	// Rows are how many rows a row-returning query has returned, and Hash the sum of
	// the hashes of all of them, which does not depend on their order.
	Rows, Hash uint64
}

// Equal reports whether two answers are the same.
func (a Answer) Equal(b Answer) bool {
	return a.Rows == b.Rows && a.Hash == b.Hash && maps.Equal(a.Groups, b.Groups)
}

// Diff says in a few lines how b differs from a.
func (a Answer) Diff(b Answer) string {
	var out []string
	if a.Rows != b.Rows || a.Hash != b.Hash {
		out = append(out, fmt.Sprintf("%d rows (%x), not %d (%x)", b.Rows, b.Hash, a.Rows, a.Hash))
	}
	keys := slices.Collect(maps.Keys(a.Groups))
	for k := range b.Groups {
		if _, ok := a.Groups[k]; !ok {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	for _, k := range keys {
		if x, y := a.Groups[k], b.Groups[k]; x != y && len(out) < 5 {
			out = append(out, fmt.Sprintf("group %s: %q, not %q", k, y, x))
		}
	}
	return strings.Join(out, "; ")
}

// addRow counts a row.
func (a *Answer) addRow(eventTime int64, data []byte) {
	h := fnv.New64a()
	_, _ = h.Write(strconv.AppendInt(nil, eventTime, 10))
	_, _ = h.Write(data)
	a.Rows++
	a.Hash += h.Sum64()
}

// groupName spells a window and a key, which is a run of encoded values.
func groupName(pane int64, key string) string {
	var b strings.Builder
	if pane != 0 {
		fmt.Fprintf(&b, "%d ", pane)
	}
	b.WriteByte('(')
	for rest := []byte(key); len(rest) > 0; {
		v, after, err := record.DecodeValue(rest)
		if err != nil {
			b.WriteString("?" + hex.EncodeToString(rest))
			break
		}
		if b.Len() > 1 {
			b.WriteByte(' ')
		}
		b.Write(record.AppendJSON(nil, v))
		rest = after
	}
	b.WriteByte(')')
	return b.String()
}

// stateText spells the result of an aggregate. Doubles are rounded: sums of them
// depend on the order of additions in their last digits.
func stateText(s agg.State) string {
	if top, ok := s.(*agg.Top); ok {
		var b strings.Builder
		for _, r := range top.Rows() {
			for _, v := range r.Cols {
				b.Write(record.AppendJSON(nil, v))
				b.WriteByte(' ')
			}
			b.WriteByte(';')
		}
		return b.String()
	}
	v, err := s.Result()
	switch {
	case err != nil:
		return err.Error()
	case !v.IsNull() && v.Type().Kind == record.Double:
		return strconv.FormatFloat(v.Float(), 'g', 12, 64)
	default:
		return string(record.AppendJSON(nil, v))
	}
}

// groupText spells a group's results.
func groupText(rows uint64, states []string) string {
	return strconv.FormatUint(rows, 10) + " rows: " + strings.Join(states, " ")
}
