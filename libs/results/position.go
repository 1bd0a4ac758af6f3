package results

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Position is a place in a query's feed at which a reader has a whole state.
type Position struct {
	Epoch   int64
	Changed map[int32]Mark // last change per merge partition
	LogID   string         // last log entry, "" for none
}

// String writes the position as an event id: EPOCH~LOGID~P=OFFSET/N,…
func (p Position) String() string {
	var b strings.Builder
	b.WriteString(strconv.FormatInt(p.Epoch, 10) + "~" + p.LogID + "~")
	for i, part := range slices.Sorted(maps.Keys(p.Changed)) {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strconv.Itoa(int(part)) + "=" + p.Changed[part].String())
	}
	return b.String()
}

// ParsePosition reads what String wrote.
func ParsePosition(s string) (Position, error) {
	bad := fmt.Errorf("position %q: expected what an earlier event had as its id", s)
	parts := strings.Split(s, "~")
	if len(parts) != 3 {
		return Position{}, bad
	}
	epoch, err := strconv.ParseInt(parts[0], 10, 64)
	if err != nil {
		return Position{}, bad
	}
	if parts[1] != "" {
		if _, _, err := logID(parts[1]); err != nil {
			return Position{}, bad
		}
	}
	p := Position{Epoch: epoch, Changed: map[int32]Mark{}, LogID: parts[1]}
	if parts[2] == "" {
		return p, nil
	}
	for one := range strings.SplitSeq(parts[2], ",") {
		part, mark, _ := strings.Cut(one, "=")
		n, err1 := strconv.ParseInt(part, 10, 32)
		m, err2 := ParseMark(mark)
		if err1 != nil || err2 != nil {
			return Position{}, bad
		}
		p.Changed[int32(n)] = m
	}
	return p, nil
}

// logID reads a stream id.
func logID(id string) (ms, seq uint64, err error) {
	a, b, ok := strings.Cut(id, "-")
	ms, err1 := strconv.ParseUint(a, 10, 64)
	seq, err2 := strconv.ParseUint(b, 10, 64)
	if !ok || err1 != nil || err2 != nil {
		return 0, 0, fmt.Errorf("log id %q: expected OFFSET-INDEX", id)
	}
	return ms, seq, nil
}

// logAfter reports whether the log entry a comes after b; "" is before all.
func logAfter(a, b string) bool {
	if b == "" {
		return true
	}
	ams, aseq, err1 := logID(a)
	bms, bseq, err2 := logID(b)
	if err1 != nil || err2 != nil {
		return true
	}
	return ams > bms || ams == bms && aseq > bseq
}
