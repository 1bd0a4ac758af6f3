package merge

import (
	"slices"
	"time"

	"github.com/millrace/millrace/libs/exec/agg"
	"github.com/millrace/millrace/libs/exec/delta"
	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/plan"
)

// Query is what merge needs to know of one registered query. It is immutable.
type Query struct {
	ID       string
	Epoch    int64    // offset of its submission in the queries topic
	Position int64    // offset of its record in the registry: its plan position
	Failed   string   // why the registry holds it as ended, by a failure if it is not Completed; "" while it runs
	Failing  int64    // with Failed, the epoch that ended, whose rows stay; -1 for none
	Complete bool     // with Failed: it has all the rows that it wants
	Stream   string   // the topic's stream, as the catalog names it
	Others   []string // of a union: the further streams that its rows come from

	// Selection names the WHERE; it decides who owns the query's single-valued
	// facts.
	Selection plan.ID

	// Exactly one of Table and Rows is set, neither for a failed query.
	Table *Table
	Rows  *Rows

	Info    Info
	Limits  Limits
	History bool // samples of its result are wanted, watched or not
}

// streams returns the streams that the query's rows come from.
func (q *Query) streams() []string { return append([]string{q.Stream}, q.Others...) }

// reads reports whether the query's rows come from the stream.
func (q *Query) reads(stream string) bool {
	return q.Stream == stream || slices.Contains(q.Others, stream)
}

// Info is what the store's meta and listing say about a query.
type Info struct {
	SQL       string
	Owner     string
	Labels    map[string]string
	Columns   []OutputColumn
	Submitted time.Time
}

// OutputColumn is one column of a query's result.
type OutputColumn struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

// Limits bound what one query may cost its neighbours; 0 is unlimited.
type Limits struct {
	MaxGroups        int64
	MaxRowsPerSecond int64 // of a row-returning query, over a minute of event time
	MaxResultBytes   int64
	MaxStateBytes    int64         // of the states of its aggregates in a partition, with their keys
	LogRows          int64         // rows kept in a row log
	Retention        time.Duration // how long closed windows are kept; 0: for ever
}

// Table is the aggregating part of a query.
type Table struct {
	Node    plan.ID
	Routing delta.Routing
	Keys    []record.Type // of the group key, in GROUP BY order
	Window  int64         // size of its tumbling windows in microseconds, 0: none
	Aggs    []Aggregate   // in the order that plan.Refs count
	Having  plan.Expr     // nil: none
	Cols    []plan.NamedExpr
	Order   []plan.SortKey // with K: over the groups
	K       int64          // 0: every group is a row of its own
	Skip    int64          // OFFSET: rows before those K, which are left out
	Final   bool           // EMIT FINAL

	// TopRows says that the one aggregate holds the K least rows of a
	// row-returning query, which are its result.
	TopRows bool
}

// Aggregate is one aggregate of a table.
type Aggregate struct {
	ID   plan.ID
	Func agg.Function
}

// Rows is the row-returning part of a query.
type Rows struct {
	Node  plan.ID
	Cols  []plan.NamedExpr
	Limit int64 // how many rows the query wants, the first to come; 0: all that come
	Skip  int64 // with Limit: rows before those
}

// node returns the id of the merge node that feeds the query.
func (q *Query) node() plan.ID {
	switch {
	case q.Table != nil:
		return q.Table.Node
	case q.Rows != nil:
		return q.Rows.Node
	default:
		return plan.ID{}
	}
}

// global reports whether the query has exactly one row, present even before any
// post matched.
func (q *Query) global() bool {
	t := q.Table
	return t != nil && len(t.Keys) == 0 && t.Window == 0 && !t.TopRows
}

// ranked reports whether the query's result is an ordered list.
func (q *Query) ranked() bool { return q.Table != nil && q.Table.K > 0 }
