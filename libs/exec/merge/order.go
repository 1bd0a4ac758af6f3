package merge

import (
	"bytes"
	"cmp"
	"strings"
)

// compareKeys orders state keys, so that a checkpoint's records do not depend
// on map order.
func compareKeys(a, b stateKey) int {
	return cmp.Or(
		cmp.Compare(a.kind, b.kind),
		bytes.Compare(a.node[:], b.node[:]),
		cmp.Compare(a.segment, b.segment),
		cmp.Compare(a.pane, b.pane),
		strings.Compare(a.key, b.key),
	)
}
