package merge

import (
	"bytes"
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/millrace/millrace/libs/exec/expr"
	"github.com/millrace/millrace/libs/sql/plan"
)

// query is a registered query at work in this partition, with what of it is
// still owed to the store.
type query struct {
	*Query
	node *node // nil for a failed query, and where only its facts are written

	rows  map[rowRef]struct{} // rows to write
	tops  map[int64]struct{}  // panes whose ordered list is to be written
	gone  map[int64]struct{}  // panes that are to be deleted
	log   []LogEntry
	gap   bool // entries before those of log may be missing in the store
	touch bool // the facts are to be written
	count bool // the counters are to be written
	sweep bool // rows in the store that are not in the state are to be deleted

	facts    bool // they are written here
	detached bool // it goes: its node is to lose it
	live     bool
	forgot   int64          // carried time: windows closed until then were forgotten
	passed   int64          // documents read before it began, -1: not known
	noted    bool           // the checkpoint has passed, or will
	failing  bool           // its failure, or that it is complete, was reported
	known    bool           // the store has acknowledged the epoch
	errors   map[rowRef]int // rows with an error in their output
	listed   map[int64]int  // rows in the ordered list, by pane
	rowBytes float64        // running mean of a row's size
	weighed  weighed
	compiled map[*plan.Call]expr.RowExpr // of the table, once they were computed
}

// rowRef names a row: its window's start, 0 without windows, and group key.
type rowRef struct {
	pane int64
	key  string
}

func compareRefs(a, b rowRef) int {
	if a.pane != b.pane {
		if a.pane < b.pane {
			return -1
		}
		return 1
	}
	return strings.Compare(a.key, b.key)
}

// news is what the Notifier is still to be told about a query.
type news struct {
	live bool
	fail string // why the query is to be registered as failed
	done bool   // the query is to be registered as completed
}

// sortedOwing returns the queries that owe something by node and, within one, from the
// youngest to the oldest, which is how [sums] adds up; then by id, so that nothing
// depends on map order.
func (s *Partition) sortedOwing() []*query {
	return slices.SortedFunc(maps.Keys(s.owing), func(a, b *query) int {
		x, y := a.Query.node(), b.Query.node()
		return cmp.Or(bytes.Compare(x[:], y[:]), cmp.Compare(b.Position, a.Position), strings.Compare(a.ID, b.ID))
	})
}

// shown reports whether the store is to hold the query's rows of the window:
// under EMIT FINAL not before it is closed, and never after the query's own
// retention.
func (s *Partition) shown(q *query, pane int64) bool {
	if q.Table.Window == 0 {
		return true
	}
	p := q.node.panes[pane]
	switch {
	case p == nil:
		return false
	case !p.closed:
		return !q.Table.Final
	default:
		keep := q.Limits.Retention.Milliseconds()
		return keep == 0 || s.carried-p.closedAt < keep
	}
}

// expires returns how long the store is to keep the window's rows, counted from
// now: 0, for ever, while it is open.
func (s *Partition) expires(q *query, pane int64) time.Duration {
	if q.Table.Window == 0 || q.Limits.Retention == 0 {
		return 0
	}
	p := q.node.panes[pane]
	if p == nil || !p.closed {
		return 0
	}
	return max(q.Limits.Retention-time.Duration(s.carried-p.closedAt)*time.Millisecond, time.Second)
}

// owes is how many rows, ordered lists and log entries are still to be written.
func (q *query) owes() int64 { return int64(len(q.rows) + len(q.tops) + len(q.log)) }

// changed notes that a query owes more than before, or less.
func (s *Partition) changed(q *query, before int64) { s.owed += q.owes() - before }

func (s *Partition) markRow(q *query, r rowRef) {
	s.owing[q] = struct{}{}
	defer s.changed(q, q.owes())
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
	defer s.changed(q, q.owes())
	if q.gone == nil {
		q.gone = map[int64]struct{}{}
	}
	q.gone[pane] = struct{}{}
	delete(q.tops, pane)
	delete(q.listed, pane)
	maps.DeleteFunc(q.rows, func(r rowRef, _ struct{}) bool { return r.pane == pane })
	before := len(q.errors)
	maps.DeleteFunc(q.errors, func(r rowRef, _ int) bool { return r.pane == pane })
	q.count = q.count || len(q.errors) < before
}

func (s *Partition) appendLog(q *query, e LogEntry) {
	s.owing[q] = struct{}{}
	q.log = append(q.log, e)
	s.owed++
	s.logBytes += int64(len(e.JSON))
}

// announce notes that the query is live.
func (s *Partition) announce(q *query) {
	n := s.news[q]
	n.live = true
	s.setNews(q, n)
}

// fail notes, once, that the query has crossed a limit.
func (s *Partition) fail(q *query, reason string) { s.end(q, news{fail: reason}) }

// complete notes, once, that the query has all the rows that it wants.
func (s *Partition) complete(q *query) { s.end(q, news{done: true}) }

// end notes, once, how the query has ended.
func (s *Partition) end(q *query, n news) {
	if q.failing {
		return
	}
	q.failing = true
	n.live = s.news[q].live
	s.setNews(q, n)
}

// setNews notes what the Notifier is still to be told about the query.
func (s *Partition) setNews(q *query, n news) {
	if n == (news{}) {
		delete(s.news, q)
	} else {
		s.news[q] = n
	}
}

// settle notes that nothing of the query is owed any more: it was written, or
// the store knows a later epoch.
func (s *Partition) settle(q *query) {
	for _, e := range q.log {
		s.logBytes -= int64(len(e.JSON))
	}
	s.owed -= q.owes()
	q.rows, q.tops, q.gone, q.log = nil, nil, nil, nil
	q.gap, q.touch, q.count, q.sweep = false, false, false, false
	delete(s.owing, q)
}

// noteErrors remembers how many errors the output of a row, or of a pane's
// ordered list, has.
func (q *query) noteErrors(r rowRef, n int) {
	if n == q.errors[r] {
		return
	}
	q.count = true
	if n == 0 {
		delete(q.errors, r)
		return
	}
	if q.errors == nil {
		q.errors = map[rowRef]int{}
	}
	q.errors[r] = n
}

// outputErrors returns how many rows have an error in their output.
func (q *query) outputErrors() int64 {
	n := 0
	for _, e := range q.errors {
		n += e
	}
	return int64(n)
}

func sortedQueries(seq func(yield func(*query) bool)) []*query {
	return slices.SortedFunc(seq, func(a, b *query) int { return strings.Compare(a.ID, b.ID) })
}
