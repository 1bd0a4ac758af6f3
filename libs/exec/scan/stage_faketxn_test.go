package scan_test

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/millrace/millrace/libs/exec/delta"
	"github.com/millrace/millrace/libs/exec/scan"
)

// appendTime is that of the record at an offset: not in the order of offsets, as
// several producers' are not.
func appendTime(offset int64) int64 { return 1_000_000 + offset ^ 1 }

// input is one partition of the topic; a nil entry is a hole, as aborted
// transactions leave.
type input struct {
	start int64
	recs  []*scan.Record
}

func (in *input) end() int64 { return int64(len(in.recs)) }

// documents counts those of the records from ≤ offset < to, and says when the
// newest of them was appended.
func (in *input) documents(from, to int64) (n, newest int64) {
	for o := from; o < to; o++ {
		r := in.recs[o]
		if r == nil || r.Control || r.End {
			continue
		}
		here := int64(1)
		if r.Lines {
			here = int64(bytes.Count(r.Value, []byte("\n")))
		}
		if here > 0 {
			n, newest = n+here, max(newest, appendTime(o))
		}
	}
	return n, newest
}

// transaction is what one transaction wrote.
type transaction struct {
	exchange [][]any // per partition *delta.Block and *delta.Seal, in order
	letters  []scan.DeadLetter
	offsets  map[int32]int64
}

func (x *transaction) seal() *delta.Seal {
	s, _ := x.exchange[0][len(x.exchange[0])-1].(*delta.Seal)
	return s
}

func (x *transaction) part(p int32) delta.SealPart {
	for _, sp := range x.seal().Parts {
		if sp.Partition == p {
			return sp
		}
	}
	return delta.SealPart{Partition: -1}
}

// rows returns the posts that the transaction counted, as partition/offset/index.
func (x *transaction) rows() []string {
	var out []string
	for _, written := range x.exchange {
		for _, w := range written {
			b, ok := w.(*delta.Block)
			if !ok {
				continue
			}
			for _, n := range b.Nodes {
				for _, r := range n.Rows {
					out = append(out, fmt.Sprintf("%d/%d/%d", r.Partition, r.Offset, r.Index))
				}
			}
		}
	}
	slices.Sort(out)
	return out
}
