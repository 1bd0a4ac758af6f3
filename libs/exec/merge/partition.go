package merge

import (
	"errors"
	"fmt"
	"math"

	"github.com/cespare/xxhash/v2"

	"github.com/millrace/millrace/libs/exec/delta"
	"github.com/millrace/millrace/libs/planted"
	"github.com/millrace/millrace/libs/sql/plan"
)

// Topology is what a partition must know of the topics around it.
type Topology struct {
	Partitions int32             // of the exchange
	Streams    map[string]Stream // by name, those that there always are; the others are defined
	Topics     map[string]string // topic name → its UUID, of every topic spoken about but those of defined streams

	// Bounded says that the inputs end: nothing is late, the watermark stays
	// before everything until every scan partition has ended, and then goes to
	// the end of time.
	Bounded bool
}

// ErrContinuity is wrapped where a seal does not continue the vector: posts
// would be lost or counted twice, so the stage stops.
var ErrContinuity = errors.New("the exchange does not continue")

// ErrIncarnation is wrapped where a record speaks about topics of the same name
// that are others than today's.
var ErrIncarnation = errors.New("topics were deleted and made anew")

// Partition is the state of one exchange partition. It is used by one goroutine
// at a time.
type Partition struct {
	id      int32
	topo    *Topology
	program string // Config.Program

	pos      int64 // the next exchange offset to fold
	registry int64 // the definitions' position as applied
	defs     *Definitions

	vector     map[source]*progress
	carried    int64              // milliseconds since 1970: greatest wall time of the seals
	watermarks map[string]int64   // microseconds, by stream.key
	streams    map[string]*stream // by name, those that there always are and those defined
	topics     map[string]*stream // by topic
	covered    int64              // position of the definitions that the checkpoint was made with
	late       uint64             // rows found late, for the metrics

	nodes   map[plan.ID]*node
	windows map[plan.ID]*node   // those of nodes that have windows
	queries map[string]*query   // of those registered, those that concern this partition
	owing   map[*query]struct{} // those of which something is still to be written
	waiting map[*query]struct{} // not live yet
	awaited map[*query]struct{} // not live yet, whose facts are written here
	drops   map[string]int64    // owed to the store: query id → epoch
	news    map[*query]news     // owed to the Notifier

	dirty      map[stateKey]struct{} // state changed since the last checkpoint
	dirtyBytes int64                 // about
	tombs      map[stateKey]int      // gone groups that were written in more than one chunk
	logBytes   int64                 // of row logs not yet written
	held       holding               // by all nodes
	owed       int64                 // rows, ordered lists and log entries, of all that owe
	rooms      rooms
}

// source is one scan partition.
type source struct {
	topic     string
	partition int32
}

func (s source) String() string { return fmt.Sprintf("%s/%d", s.topic, s.partition) }

// progress is what the seals have said of one scan partition.
type progress struct {
	to        int64
	newest    int64 // microseconds; record.NoEventTime where none
	plan      int64
	documents int64 // of all its seals
	idle      bool
	end       bool
}

// endOfTime is the watermark after the last input has ended.
const endOfTime = math.MaxInt64

// startOfTime is the watermark before anything is known.
const startOfTime = math.MinInt64

// newPartition returns an empty partition whose next record is at pos.
func newPartition(id int32, topo *Topology, pos int64) *Partition {
	s := &Partition{
		id:         id,
		topo:       topo,
		pos:        pos,
		defs:       &Definitions{},
		vector:     map[source]*progress{},
		watermarks: map[string]int64{},
		streams:    map[string]*stream{},
		topics:     map[string]*stream{},
		nodes:      map[plan.ID]*node{},
		windows:    map[plan.ID]*node{},
		queries:    map[string]*query{},
		owing:      map[*query]struct{}{},
		waiting:    map[*query]struct{}{},
		awaited:    map[*query]struct{}{},
		drops:      map[string]int64{},
		news:       map[*query]news{},
		dirty:      map[stateKey]struct{}{},
		tombs:      map[stateKey]int{},
	}
	for name, st := range topo.Streams {
		s.addStream(&stream{Stream: st, name: name, key: name, position: always})
	}
	return s
}

// Position returns the next exchange offset to fold.
func (s *Partition) Position() int64 { return s.pos }

// factsAt returns the partition that writes the single-valued facts that belong to the
// hash of b.
func (t *Topology) factsAt(b []byte) int32 { return int32(xxhash.Sum64(b) % uint64(t.Partitions)) }

// factsOf returns the partition that writes the query's meta.
func (t *Topology) factsOf(q *Query) int32 { return t.factsAt(q.Selection[:]) }

// anywhere is the home of a node whose groups may come to any partition.
const anywhere = -1

// homeOf returns the partition to which what comes of the query's node comes. Groups with
// a key may come to any; any other node is at home in one partition, and so is what is
// counted of a node.
func (t *Topology) homeOf(q *Query) int32 {
	if q.Table != nil && q.Table.Routing == delta.ByKey && len(q.Table.Keys) > 0 {
		return anywhere
	}
	return delta.Route(q.node(), delta.ByTable, nil, int(t.Partitions))
}

// ownsFacts reports whether this partition writes the query's meta.
func (s *Partition) ownsFacts(q *Query) bool { return s.topo.factsOf(q) == s.id }

// holds reports whether something of the query's node may come to this partition.
func (s *Partition) holds(q *Query) bool {
	if q.node() == (plan.ID{}) {
		return false
	}
	home := s.topo.homeOf(q)
	return home == anywhere || home == s.id
}

// ownsDrop reports whether this partition writes the drop of the query id.
func (s *Partition) ownsDrop(id string) bool {
	return s.topo.factsAt([]byte(id)) == s.id && !planted.On(planted.DropByNobody)
}

// ownsRow reports whether this partition writes the query's row of the group key.
func (s *Partition) ownsRow(q *query, key string) bool {
	return delta.Route(q.Table.Node, q.Table.Routing, []byte(key), int(s.topo.Partitions)) == s.id
}

// ownsLog reports whether this partition receives the rows of a row-returning
// query.
func (s *Partition) ownsLog(q *query) bool {
	return delta.Route(q.Rows.Node, delta.ByTable, nil, int(s.topo.Partitions)) == s.id
}
