package scan

import (
	"fmt"
	"iter"
	"slices"
	"sync/atomic"

	"github.com/millrace/millrace/libs/exec/agg"
	"github.com/millrace/millrace/libs/exec/delta"
	"github.com/millrace/millrace/libs/exec/expr"
	"github.com/millrace/millrace/libs/exec/index"
	"github.com/millrace/millrace/libs/jsonscan"
	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/plan"
)

// Program is what scan does with every document: a snapshot of the shared plan.
// It and everything in it is immutable; successive programs share what did not
// change. Package build makes them.
type Program struct {
	Streams []*Stream      // those of the catalog first, then what is unnested of them
	Counts  Pages[Counted] // by Selection.Count; without a Table there is none of that number
	Size    Size
	Tally   *Tally // counts over all programs of one builder
}

// Size bounds the slots that nodes of a program have: each kind is numbered from
// 0, and numbers of dropped nodes are given again.
type Size struct {
	Predicates int
	Indexes    int
	Values     int
	Outputs    int // tables and rows
	Counts     int
	Candidates int
	Keys       int
	Unnests    int
	Parts      int
}

// Stream is one stream's part of a program. A stream that no query reads has
// one too: its documents still have event times. What is unnested of a stream is one of
// the same name: it has predicates, indexes and selections of its own.
type Stream struct {
	ID   plan.ID // of its node in the shared plan
	Name string

	// Since tells streams apart that were declared under one name: it is the position
	// of the first definitions that have it, 0 of those that there always are.
	Since int64

	Schema *record.Schema // the columns that some query needs; nil: it is unnested
	Spec   jsonscan.Spec  // how they are decoded

	// Positions are where expressions find the columns of Schema, all below
	// Width. Of what is unnested: the columns that some query needs, as they stand in
	// what it is made of, and behind those what [Unnest] adds.
	Positions []int
	Width     int

	Unnest []*Unnest // what is made of its rows

	// Computed are the values that expressions find at the positions from Width on;
	// some are nil.
	Computed []*expr.Computed

	All Pages[*Selection] // some are nil; see Selections

	// Indexes find the predicates that are TRUE in a batch, by Predicate.Index, and
	// Reach says, by Predicate.Slot, what that decides. What no index can decide
	// is in Dense, and evaluated for every batch.
	Indexes    []Index
	Reach      Pages[Reach]
	Candidates Pages[*Selection] // by the slots that Reached.Candidates has
	Dense      List[*Selection]
}

// Index is an index of a stream; without Index there is none of that number.
type Index struct {
	ID    plan.ID
	Index index.Index
	Range *index.Range // Index, where it is one

	// Nested indexes are evaluated only in rows in which the predicate that they
	// are nested under is TRUE. See [Reach].
	Nested bool

	// Unknown are slots of candidates that may be ERROR where a predicate of the index
	// is NULL, or ERROR itself.
	Unknown List[int32]
}

// Reach is what is decided by a predicate that an index finds TRUE.
type Reach struct {
	// Count, unless it is [NoSlot], is the slot where its rows are counted: that is
	// all.
	Count int32
	More  *Reached // nil: nothing else
}

// Reached is what is decided by a predicate, beyond a number of rows.
type Reached struct {
	Direct     List[*Selection] // whose predicate it is
	Refined    List[*Selection] // which are TRUE in its rows where Selection.Pred is, too
	Candidates List[int32]      // slots of those that are TRUE in no other rows than those of it and such others
	Nested     []int32          // indexes to be evaluated in its rows
}

// NoSlot is no slot.
const NoSlot = -1

// Counted is a selection of which only the number of rows is wanted.
type Counted struct {
	Table *Table
	Tally *SelectionTally

	// Unless Agg is nil, Node is the only node of Table, routed by key, and Agg its
	// only aggregate: what is needed for each transaction lies together.
	Node plan.ID
	Agg  *plan.ID
}

// Predicate is an atomic predicate or a combination of others.
type Predicate struct {
	ID   plan.ID // with Atom
	Slot int
	Op   Op

	Fallible bool // it may be ERROR; then it is Computed, too
	Computed bool // it is over computed values: it is evaluated in no more rows than need be

	Index  int            // with OpAtom: which of Stream.Indexes finds its rows, NoSlot: none
	Atom   expr.Predicate // with OpAtom, where there is no index
	Inputs []*Predicate   // with the others: at least one, cheap ones first
	Shared atomic.Bool    // several use it: it is evaluated once per batch
}

// Op is how a Predicate is made of its inputs.
type Op uint8

// The kinds of predicates.
const (
	OpAtom Op = iota
	OpAnd
	OpOr
	OpNot
)

// Selection is a WHERE and what is made of the rows that it keeps.
type Selection struct {
	ID     plan.ID
	Pred   *Predicate // what is left to be evaluated; nil: nothing
	Count  int32      // its slot in Program.Counts, NoSlot: it is not only counted
	Tables List[*Table]
	Rows   List[*Rows]
	Tally  *SelectionTally

	Keeps *Part // it is this, of the documents, and nothing else is made of its rows
	Part  int   // of elements: the slot of the part of it; NoSlot: elements of all documents are its
}

// open reports whether rows are kept in which the selection is not FALSE.
func (s *Selection) open() bool { return s.Keeps != nil && s.Keeps.Open }

// Value is an expression, evaluated once per batch.
type Value struct {
	Slot int
	Expr expr.Value
}

// Table is a grouping of a selection and the aggregates that anybody wants of
// its groups: accumulated once, shipped to each of its nodes.
type Table struct {
	ID   plan.ID
	Slot int // among outputs
	*Layout
	Nodes []TableNode
}

// Layout is what tables have in common that make the same of the rows of different
// selections.
type Layout struct {
	Keys    *Keys // nil: all rows are one group
	Aggs    []*Aggregate
	Columns []int // positions that selection, keys and aggregates read

	// Computed says that a key, argument or filter is computed.
	Computed bool
}

// Keys are what rows are grouped by: values, and windows. Tables that group alike
// have the same, whatever their selections: a row's key is made once for all.
type Keys struct {
	Slot   int
	Values []*Value
	Window int64 // size of tumbling windows in microseconds; 0: none
}

// TableNode is a merge node fed by a Table.
type TableNode struct {
	ID plan.ID
	*NodeLayout
}

// NodeLayout is what is sent of a Table to one of its nodes.
type NodeLayout struct {
	Routing delta.Routing
	Aggs    []int     // indexes into Table.Aggs
	IDs     []plan.ID // their ids
}

// Aggregate is one aggregate of a Table.
type Aggregate struct {
	ID     plan.ID
	Func   agg.Function
	Args   []*Value
	Filter *Predicate // of a FILTER; nil: none

	// CountsRows says that it is a count(*) without FILTER: no state is kept.
	CountsRows bool

	// NullErrors says that a row in which an argument is ERROR is taken, with NULL.
	NullErrors bool
}

// Rows is a merge node fed with the rows of row-returning queries.
type Rows struct {
	ID      plan.ID
	Slot    int // among outputs
	Cols    []*Value
	Columns []int // positions that selection and columns read

	// Computed says that one of Cols is computed.
	Computed bool
}

// Stream returns the stream's part of the program.
func (p *Program) Stream(name string) (*Stream, bool) {
	i := slices.IndexFunc(p.Streams, func(s *Stream) bool { return s.Name == name })
	if i < 0 {
		return nil, false
	}
	return p.Streams[i], true
}

// has reports whether the program has the stream of that name that there is since the
// position.
func (p *Program) has(name string, since int64) bool {
	s, ok := p.Stream(name)
	return ok && s.Since == since
}

// Selections returns the selections of the stream, in no order, without those that are
// parts of others.
func (s *Stream) Selections() iter.Seq[*Selection] {
	return func(yield func(*Selection) bool) {
		for _, sel := range s.All.All {
			if *sel != nil && (*sel).Keeps == nil && !yield(*sel) {
				return
			}
		}
	}
}

// Decoder returns a decoder of the stream's documents into batches that
// [Partial.Add] takes. Programs with equal Schema have equal decoders.
func (p *Program) Decoder(stream string) (jsonscan.Decoder, error) {
	s, ok := p.Stream(stream)
	if !ok {
		return nil, fmt.Errorf("stream %s is not in the catalog", stream)
	}
	return jsonscan.New(s.Spec)
}

// Schema returns the columns of the stream that some query needs, or nil if
// there is no such stream. It is the same pointer in successive programs as long
// as they are the same columns.
func (p *Program) Schema(stream string) *record.Schema {
	if s, ok := p.Stream(stream); ok {
		return s.Schema
	}
	return nil
}

// streamOf returns the stream whose batches have the schema.
func (p *Program) streamOf(schema *record.Schema) *Stream {
	for _, s := range p.Streams {
		if s.Schema == schema {
			return s
		}
	}
	var found *Stream
	for _, s := range p.Streams {
		if s.Schema == nil {
			continue
		}
		if slices.EqualFunc(s.Schema.Fields, schema.Fields, func(a, b record.Field) bool {
			return a.Name == b.Name && a.Type.Equal(b.Type)
		}) {
			if found != nil {
				panic(fmt.Sprintf("scan: a batch is of stream %s or %s", found.Name, s.Name))
			}
			found = s
		}
	}
	if found == nil {
		panic("scan: a batch was decoded under another program")
	}
	return found
}
