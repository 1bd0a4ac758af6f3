package reference

import (
	"errors"
	"fmt"
	"strings"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/ast"
	"github.com/millrace/millrace/libs/sql/parser"
)

// Query is one query over a bounded input. It is not safe for concurrent use.
type Query struct {
	// ID is written into the rows; New leaves it empty.
	ID string

	stmt       *ast.Statement
	windowSize int64    // nanoseconds; 0: no window
	windowTime *expr    // column
	grouped    bool     // aggregates, as opposed to returning rows
	with       *With    // queries that FROM may name
	names      []string // of the columns of what FROM names
	hidden     int      // how many of these, the last, are not in *
	branches   []*Query // whose rows are read in the place of the stream: several of a union
	lower      *Query   // whose groups are read in the place of rows
	united     []output // columns of the branches or of lower
	unnests    []unnest
	where      predicate
	drawn      func(*Document) bool // of TABLESAMPLE; nil: every one
	keys       []*expr              // GROUP BY without the window columns, or SELECT DISTINCT; row scope
	keyTexts   []string             // of keys, as [Query.canonical] writes them
	aggs       []aggregate
	having     predicate // group scope
	outputs    []output
	order      []sortKey
	limit      int // -1: none
	offset     int // rows that are left out before those

	groups map[groupKey]*group
	rows   []*result // of a row-returning query
	env    env

	bad     int // documents that could not be read
	matched int // documents that WHERE kept, those apart that are untimed
	errs    int // documents for which WHERE was ERROR
	arrays  int // of errs, those for which an array that is unnested was
	untimed int // documents without event time in a windowed query
}

type aggregate struct {
	name string
	star bool
	arg  *expr // row scope; nil for count(*)
	typ  record.Type

	filter predicate  // row scope; nil: all rows
	gather *gathering // computed from all rows; nil: it is not
}

type output struct {
	name string
	expr *expr
	text string // of expr, as [Query.canonical] writes it
}

type sortKey struct {
	expr       *expr
	desc       bool
	nullsFirst bool
}

type groupKey struct {
	start int64
	key   string
}

// group is what is known of one group in one window.
type group struct {
	key        []record.Value
	keyJSON    string
	start, end record.Value // TIMESTAMP, where there are windows
	accs       []accumulator
	results    []*record.Value // of accs, once the input has ended; nil: ERROR
}

// New compiles a query. Errors are the parser's, or say what the reference does
// not know.
func New(sql string) (*Query, error) {
	stmt, err := parser.Parse(sql)
	if err != nil {
		return nil, fmt.Errorf("parse: %w", err)
	}
	return NewStatement(stmt)
}

// NewStatement compiles a parsed query.
func NewStatement(stmt *ast.Statement) (*Query, error) { return newQuery(stmt, nil) }

// newQuery compiles a query that may name those of WITH around it.
func newQuery(stmt *ast.Statement, with *With) (*Query, error) {
	if what := unheeded(stmt); what != "" {
		return nil, fmt.Errorf("%s is not supported", what)
	}
	q := &Query{stmt: stmt, with: with.And(stmt.With), limit: -1, groups: map[groupKey]*group{}}
	for _, step := range []func() error{q.compileFrom, q.compileSample, q.compileWindow, q.compileUnnest, q.compileWhere, q.compileGroupBy, q.compileOutputs, q.compileHaving, q.compileOrder} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	if q.grouped && q.windowSize == 0 && len(q.keys) == 0 {
		q.group(0, nil) // a global aggregate has its row whatever comes
	}
	return q, nil
}

func (q *Query) compileWindow() error {
	w := q.stmt.From.Window
	if w == nil {
		return nil
	}
	if !strings.EqualFold(w.Func, "tumble") {
		return fmt.Errorf("window %s is not supported", w.Func)
	}
	col, ok := q.resolve(w.Time)
	if !ok || q.columnExpr(col).typ.Kind != record.Timestamp {
		return fmt.Errorf("%s is not a time column", joined(w.Time))
	}
	q.windowTime, q.windowSize = q.columnExpr(col), w.Size.Span.Nanoseconds()
	if q.windowSize <= 0 {
		return errors.New("window size is not positive")
	}
	return nil
}

func (q *Query) compileWhere() (err error) {
	if q.stmt.Where != nil {
		s := scope{q: q}
		q.where, err = s.predicate(q.stmt.Where)
	}
	return err
}

func (q *Query) compileHaving() (err error) {
	if q.stmt.Having != nil {
		s := scope{q: q, grouped: true, outputs: last}
		q.having, err = s.predicate(q.stmt.Having)
	}
	return err
}

func (q *Query) compileOrder() error {
	q.inheritOrder()
	for _, item := range q.stmt.OrderBy {
		s := scope{q: q, grouped: q.grouped}
		e := item.Expr
		switch x := ast.Unparen(e).(type) {
		case *ast.Name:
			s.outputs = first
		case *ast.NumberLit:
			var err error
			if e, err = q.ordinal(x); err != nil {
				return err
			}
		}
		x, err := s.value(e)
		if err != nil {
			return err
		}
		k := sortKey{expr: x, desc: item.Desc}
		switch item.Nulls {
		case ast.NullsFirst:
			k.nullsFirst = true
		case ast.NullsLast:
		case ast.NullsDefault:
			k.nullsFirst = item.Desc // NULLs are the greatest
		}
		q.order = append(q.order, k)
	}
	if q.stmt.Limit != nil {
		q.limit = int(q.stmt.Limit.N)
	}
	if q.stmt.Offset != nil {
		q.offset = int(q.stmt.Offset.N)
	}
	return nil
}
