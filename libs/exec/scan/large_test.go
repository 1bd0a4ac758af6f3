package scan_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/millrace/millrace/libs/exec/delta"
	"github.com/millrace/millrace/libs/exec/scan"
)

// TestWhatIsTooLargeIsCounted: a group whose key could never be sent is left out,
// and each of its posts is an error of the node, told once, to the partition that
// owns the node.
func TestWhatIsTooLargeIsCounted(t *testing.T) {
	const partitions, limit = 3, 500
	b := newBench(t, 1, partitions, func(c *scan.Config) { c.MaxBlock = limit })
	b.next()
	b.registerCounts()
	b.programs.at = 2
	b.next() // tells of the new plan
	posts := 0
	for i, size := range []int{10, 5 * limit, 10, 5 * limit, 20 * limit, 3 * limit} {
		lang := strings.Repeat(string(rune('a'+i%2)), size)
		for range 1 + i {
			posts++
			b.add(0, &scan.Record{Value: fmt.Appendf(nil, `{"id":%d,"lang":%q,"created_at":1000}`, posts, lang)})
		}
	}
	var rows, lost uint64
	for to := int64(0); to < int64(posts); {
		x := b.next()
		to = x.part(0).To
		for p, written := range x.exchange {
			for _, w := range written {
				block, ok := w.(*delta.Block)
				if !ok {
					continue
				}
				for _, d := range block.Nodes {
					for _, g := range d.Groups {
						rows += g.Rows
					}
					lost += d.Errors
					if home := delta.Route(d.Node, delta.ByTable, nil, partitions); d.Errors > 0 && int(home) != p {
						t.Errorf("%d errors are told to partition %d, the node's is %d", d.Errors, p, home)
					}
				}
			}
		}
	}
	// The posts of the 1st, 3rd and 6th size are counted, 1, 3 and 6 of them.
	if want := uint64(2 + 4 + 5); rows != uint64(posts)-want || lost != want {
		t.Errorf("%d posts are in groups and %d are errors, of %d; want %d errors", rows, lost, posts, want)
	}
}
