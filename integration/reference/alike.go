package reference

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"
	"strings"
)

// spelledAlike reports whether two multisets of rows are the same byte by byte,
// which is what most are and quickly found out. Ranked rows are left to [Diff].
func spelledAlike(got, want []Row) bool {
	if len(got) != len(want) {
		return false
	}
	for i := range want {
		r := &want[i]
		if r.Rank > 0 || !bytes.HasPrefix(r.Row, []byte("{")) || !json.Valid(r.Row) || !json.Valid(r.Key) {
			return false
		}
	}
	return slices.EqualFunc(bySpelling(got), bySpelling(want), func(a, b *Row) bool { return compareSpelling(a, b) == 0 })
}

func bySpelling(rows []Row) []*Row {
	out := make([]*Row, len(rows))
	for i := range rows {
		out[i] = &rows[i]
	}
	slices.SortFunc(out, compareSpelling)
	return out
}

func compareSpelling(a, b *Row) int {
	return cmp.Or(
		strings.Compare(a.Query, b.Query),
		compareWindows(a.Window, b.Window),
		bytes.Compare(a.Key, b.Key),
		bytes.Compare(a.Row, b.Row),
	)
}

func compareWindows(a, b *Window) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return -1
	case b == nil:
		return 1
	default:
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.End, b.End))
	}
}
