package wire

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Cost is what a scheduler has measured of a node of the shared plan, or of what
// stands for many of them: the value of the record of millrace.costs whose key is
// [CostKey] of its slot and node. A null value means that it is no node any more, or
// none of those that are told of. Costs follow the input: what was measured long ago
// counts for little.
type Cost struct {
	Version int       `json:"version"`
	Slot    int32     `json:"slot"` // of the scheduler
	Node    string    `json:"node"` // 32 hexadecimal digits
	Kind    CostKind  `json:"kind"`
	Sum     bool      `json:"sum,omitempty"` // of all nodes of the kind, Nodes of them
	Stream  string    `json:"stream"`
	Time    time.Time `json:"time"` // when it was told

	// Nanos is processor time per row that was looked at, found in so many rows
	// (Samples, 0: it was not timed), and Rows how many rows there are to be looked at
	// for a document of the stream: their product is its cost per document.
	Nanos   float64 `json:"ns_per_row"`
	Rows    float64 `json:"rows_per_document"`
	Samples int64   `json:"samples"`

	// Kept is how many rows there are for a document that a selection keeps, or nodes
	// that are written.
	Kept float64 `json:"kept_per_document,omitempty"`

	// Nodes is how many a cost is for: columns, predicates of an index, aggregates
	// with a state, nodes in a transaction, or nodes of a sum.
	Nodes int64 `json:"nodes,omitempty"`
}

// CostKind says what was measured.
type CostKind string

// The kinds of costs. A count and a flush are of all nodes of a stream.
const (
	CostScan      CostKind = "scan"      // documents decoded
	CostIndex     CostKind = "index"     // rows that an index looked at
	CostPredicate CostKind = "predicate" // rows in which it was evaluated
	CostSelection CostKind = "selection" // rows that were found for it, evaluated and listed
	CostGrouping  CostKind = "grouping"  // rows folded into groups
	CostRows      CostKind = "rows"      // rows returned
	CostCount     CostKind = "count"     // rows of selections of which only the number is wanted
	CostFlush     CostKind = "flush"     // nodes written to the exchange
	CostTotal     CostKind = "total"     // documents evaluated, all in all
)

// CostKinds returns all kinds.
func CostKinds() []CostKind {
	return []CostKind{CostScan, CostIndex, CostPredicate, CostSelection, CostGrouping, CostRows, CostCount, CostFlush, CostTotal}
}

// Marshal returns the message as JSON, with the present version.
func (c *Cost) Marshal() ([]byte, error) {
	v := *c
	v.Version = Version
	if err := v.check(); err != nil {
		return nil, err
	}
	return marshal(&v)
}

// Unmarshal reads what Marshal writes. Times are in UTC.
func (c *Cost) Unmarshal(b []byte) error {
	var v Cost
	if err := unmarshal(b, &v); err != nil {
		return err
	}
	if err := v.check(); err != nil {
		return err
	}
	v.Time = v.Time.UTC()
	*c = v
	return nil
}

var nodeID = regexp.MustCompile(`^[0-9a-f]{32}$`)

func (c *Cost) check() error {
	if err := checkVersion("cost", c.Version); err != nil {
		return err
	}
	switch {
	case c.Slot < 0:
		return invalidf("cost of slot %d", c.Slot)
	case !nodeID.MatchString(c.Node):
		return invalidf("cost of node %.40q: expected 32 hexadecimal digits", c.Node)
	case !slices.Contains(CostKinds(), c.Kind):
		return invalidf("cost of node %s of unknown kind %.40q", c.Node, c.Kind)
	case c.Stream == "":
		return invalidf("cost of node %s without a stream", c.Node)
	case c.Samples < 0 || c.Nodes < 0:
		return invalidf("cost of node %s with %d samples, of %d nodes", c.Node, c.Samples, c.Nodes)
	}
	for _, v := range []float64{c.Nanos, c.Rows, c.Kept} {
		if !(v >= 0) || math.IsInf(v, 1) {
			return invalidf("cost of node %s with %v", c.Node, v)
		}
	}
	return checkTime("time", c.Time)
}

// CostKey returns the key of the records of millrace.costs that say what a
// scheduler has measured of a node.
func CostKey(slot int32, node string) []byte {
	return []byte(strconv.Itoa(int(slot)) + "/" + node)
}

// ParseCostKey reads what [CostKey] returns; ok is false for anything else.
func ParseCostKey(key []byte) (slot int32, node string, ok bool) {
	number, node, ok := strings.Cut(string(key), "/")
	n, err := strconv.ParseInt(number, 10, 32)
	if !ok || err != nil || n < 0 || !nodeID.MatchString(node) || string(CostKey(int32(n), node)) != string(key) {
		return 0, "", false
	}
	return int32(n), node, true
}
