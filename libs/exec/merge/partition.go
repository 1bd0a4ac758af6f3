package merge

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/cespare/xxhash/v2"

	"github.com/millrace/millrace/libs/sql/plan"
)

// Topology is what a partition must know of the topics around it.
type Topology struct {
	Partitions int32             // of the exchange
	Streams    map[string]Stream // by the stream's name
	Topics     map[string]string // topic name → its UUID, of every topic spoken about

	// Bounded says that the inputs end: nothing is late, the watermark stays
	// before everything until every scan partition has ended, and then goes to
	// the end of time.
	Bounded bool
}

// Stream describes one stream's topic.
type Stream struct {
	Topic      string
	Partitions int32
	Lateness   time.Duration // how far the watermark stays behind the newest event time
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
	id   int32
	topo *Topology

	pos      int64 // the next exchange offset to fold
	registry int64 // the definitions' position as applied
	defs     *Definitions

	vector     map[source]*progress
	carried    int64            // milliseconds since 1970: greatest wall time of the seals
	watermarks map[string]int64 // by stream, microseconds
	minPlan    int64            // least plan position over all scan partitions' seals

	nodes   map[plan.ID]*node
	queries map[string]*query
	owing   map[*query]struct{} // those of which something is still to be written
	drops   map[string]int64    // owed to the store: query id → epoch
	news    map[*query]news     // owed to the Notifier

	dirty      map[stateKey]struct{} // state changed since the last checkpoint
	dirtyBytes int64
	tombs      map[stateKey]int // gone groups that were written in more than one chunk
	logBytes   int64            // of row logs not yet written
}

// source is one scan partition.
type source struct {
	topic     string
	partition int32
}

func (s source) String() string { return fmt.Sprintf("%s/%d", s.topic, s.partition) }

// progress is what the seals have said of one scan partition.
type progress struct {
	to     int64
	newest int64 // microseconds; record.NoEventTime where none
	plan   int64
	idle   bool
	end    bool
}

// query is a registered query at work in this partition.
type query struct {
	*Query
	node *node // nil for a failed query

	rows  map[rowRef]struct{} // rows to write
	tops  map[int64]struct{}  // panes whose ordered list is to be written
	gone  map[int64]struct{}  // panes that are to be deleted
	log   []LogEntry
	gap   bool
	touch bool // the facts are to be written
	count bool // the counters are to be written
	sweep bool // rows in the store that are not in the state are to be deleted

	live     bool
	failing  bool  // its failure was reported
	known    bool  // the store has acknowledged the epoch
	second   int64 // carried second of inSecond
	inSecond int64
	errors   map[rowRef]int // rows with an error in their output
	rowBytes float64        // running mean of a row's size
}

// news is what the Notifier is still to be told about a query.
type news struct {
	live bool
	fail string // why the query is to be registered as failed
}

// rowRef names a row: its window's start, 0 without windows, and group key.
type rowRef struct {
	pane int64
	key  string
}

// newPartition returns an empty partition whose next record is at pos.
func newPartition(id int32, topo *Topology, pos int64) *Partition {
	return &Partition{
		id:         id,
		topo:       topo,
		pos:        pos,
		defs:       &Definitions{},
		vector:     map[source]*progress{},
		watermarks: map[string]int64{},
		minPlan:    -1,
		nodes:      map[plan.ID]*node{},
		queries:    map[string]*query{},
		owing:      map[*query]struct{}{},
		drops:      map[string]int64{},
		news:       map[*query]news{},
		dirty:      map[stateKey]struct{}{},
		tombs:      map[stateKey]int{},
	}
}

// Position returns the next exchange offset to fold.
func (s *Partition) Position() int64 { return s.pos }

// owns reports whether this partition writes the single-valued facts that
// belong to the hash of b.
func (s *Partition) owns(b []byte) bool {
	return int32(xxhash.Sum64(b)%uint64(s.topo.Partitions)) == s.id
}

// ownsFacts reports whether this partition writes the query's meta.
func (s *Partition) ownsFacts(q *Query) bool { return s.owns(q.Selection[:]) }

// ownsDrop reports whether this partition writes the drop of the query id.
func (s *Partition) ownsDrop(id string) bool { return s.owns([]byte(id)) }

// sortedOwing returns the queries that owe something, by id, so that nothing
// depends on map order.
func (s *Partition) sortedOwing() []*query {
	qs := slices.Collect(maps.Keys(s.owing))
	slices.SortFunc(qs, func(a, b *query) int { return strings.Compare(a.ID, b.ID) })
	return qs
}

func (s *Partition) markRow(q *query, r rowRef) {
	s.owing[q] = struct{}{}
	if q.ranked() {
		if q.tops == nil {
			q.tops = map[int64]struct{}{}
		}
		q.tops[r.pane] = struct{}{}
		return
	}
	if q.rows == nil {
		q.rows = map[rowRef]struct{}{}
	}
	q.rows[r] = struct{}{}
}

func (s *Partition) markMeta(q *query) {
	s.owing[q] = struct{}{}
	q.touch = true
}

func (s *Partition) markCount(q *query) {
	s.owing[q] = struct{}{}
	q.count = true
}

func (s *Partition) markGap(q *query) {
	s.owing[q] = struct{}{}
	q.gap = true
}

func (s *Partition) markSweep(q *query) {
	s.owing[q] = struct{}{}
	q.sweep = true
}

func (s *Partition) markWindowGone(q *query, pane int64) {
	s.owing[q] = struct{}{}
	if q.gone == nil {
		q.gone = map[int64]struct{}{}
	}
	q.gone[pane] = struct{}{}
	delete(q.tops, pane)
}

func (s *Partition) appendLog(q *query, e LogEntry) {
	s.owing[q] = struct{}{}
	q.log = append(q.log, e)
	s.logBytes += int64(len(e.JSON))
}

// announce notes that the query is live.
func (s *Partition) announce(q *query) {
	n := s.news[q]
	n.live = true
	s.news[q] = n
}

// fail notes, once, that the query has crossed a limit.
func (s *Partition) fail(q *query, reason string) {
	if q.failing {
		return
	}
	q.failing = true
	n := s.news[q]
	n.fail = reason
	s.news[q] = n
}

// settle notes that nothing of the query is owed any more: it was written, or
// the store knows a later epoch.
func (s *Partition) settle(q *query) {
	for _, e := range q.log {
		s.logBytes -= int64(len(e.JSON))
	}
	q.rows, q.tops, q.gone, q.log = nil, nil, nil, nil
	q.gap, q.touch, q.count, q.sweep = false, false, false, false
	delete(s.owing, q)
}

// endOfTime is the watermark after the last input has ended.
const endOfTime = math.MaxInt64

// startOfTime is the watermark before anything is known.
const startOfTime = math.MinInt64
