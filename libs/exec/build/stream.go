package build

import (
	"fmt"
	"slices"

	"github.com/millrace/millrace/libs/exec/expr"
	"github.com/millrace/millrace/libs/exec/index"
	"github.com/millrace/millrace/libs/exec/scan"
	"github.com/millrace/millrace/libs/jsonscan"
	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/libs/sql/plan"
)

// stream is one stream's part of the program, as it changes.
type stream struct {
	def  *catalog.Stream
	refs []int // by column: nodes that read it

	selections []*selection
	targets    map[index.Target]*target
	values     map[plan.ID]*value

	current        *scan.Stream // the last snapshot
	dirty          bool         // it is out of date
	columnsChanged bool         // and so are its columns
}

// target is an index as it changes.
type target struct {
	slot     int
	col      int
	literals index.Literals
	built    index.Index
	dirty    bool
}

// indexFrom is how many predicates of one target it takes for an index to be
// faster than testing each.
const indexFrom = 3

// value is an expression with the number of nodes that use it.
type value struct {
	id   plan.ID
	scan *scan.Value
	refs int
}

func newStream(def *catalog.Stream) *stream {
	return &stream{
		def:     def,
		refs:    make([]int, len(def.Columns)),
		targets: map[index.Target]*target{},
		values:  map[plan.ID]*value{},
		dirty:   true, columnsChanged: true,
	}
}

// resolve implements expr.Resolve: a column's position is the one that it has in
// the catalog, whatever else is decoded.
func (s *stream) resolve(c *plan.Column) (int, error) {
	for i := range s.def.Columns {
		if s.def.Columns[i].Name != c.Name {
			continue
		}
		if t := s.def.Columns[i].Type; !t.Equal(c.Typ) {
			return 0, fmt.Errorf("column %s of stream %s is %s, not %s", c.Name, s.def.Name, t, c.Typ)
		}
		return i, nil
	}
	return 0, fmt.Errorf("stream %s has no column %s", s.def.Name, c.Name)
}

// hold counts that a node reads the columns, n = 1, or that it is gone, n = -1.
func (s *stream) hold(columns []int, n int) {
	for _, c := range columns {
		was := s.refs[c] > 0
		s.refs[c] += n
		if was != (s.refs[c] > 0) {
			s.columnsChanged = true
		}
	}
	s.dirty = true
}

// columnsOf adds the positions of the columns that e reads to those given.
func (s *stream) columnsOf(columns []int, e plan.Expr) []int {
	switch e := e.(type) {
	case *plan.Column:
		if i, err := s.resolve(e); err == nil && !slices.Contains(columns, i) {
			columns = append(columns, i)
		}
	case *plan.Call:
		for _, a := range e.Args {
			columns = s.columnsOf(columns, a)
		}
	}
	return columns
}

// snapshot returns the stream as it is now.
func (s *stream) snapshot() *scan.Stream {
	if !s.dirty {
		return s.current
	}
	next := &scan.Stream{Name: s.def.Name, Width: len(s.def.Columns)}
	if s.columnsChanged {
		next.Schema, next.Spec, next.Positions = s.columns()
	} else {
		next.Schema, next.Spec, next.Positions = s.current.Schema, s.current.Spec, s.current.Positions
	}
	next.Selections = make([]*scan.Selection, len(s.selections))
	for i, sel := range s.selections {
		next.Selections[i] = sel.snapshot()
	}
	for at, t := range s.targets {
		if t.dirty {
			t.dirty, t.built = false, nil
			if t.literals.Len() >= indexFrom {
				t.built = index.New(at, t.col, &t.literals)
			}
		}
		for len(next.Indexes) <= t.slot {
			next.Indexes = append(next.Indexes, nil)
		}
		next.Indexes[t.slot] = t.built
	}
	s.current, s.dirty, s.columnsChanged = next, false, false
	return next
}

// columns returns the columns that some node reads, how they are decoded, and
// their positions.
func (s *stream) columns() (*record.Schema, jsonscan.Spec, []int) {
	schema := new(record.Schema)
	var spec jsonscan.Spec
	var positions []int
	for i := range s.def.Columns {
		def := &s.def.Columns[i]
		if def.Name == s.def.EventTime {
			c := decodedColumn(def)
			spec.EventTime = &c
		}
		if s.refs[i] > 0 {
			schema.Fields = append(schema.Fields, record.Field{Name: def.Name, Type: def.Type})
			spec.Columns = append(spec.Columns, decodedColumn(def))
			positions = append(positions, i)
		}
	}
	return schema, spec, positions
}

// decodedColumn says how a column of the catalog is read from documents.
func decodedColumn(c *catalog.Column) jsonscan.Column {
	out := jsonscan.Column{
		Name: c.Name, Type: c.Type, Formats: c.Formats,
		NumericStrings: c.NumericStrings, AbsentIsFalse: c.AbsentIsFalse,
	}
	for _, p := range c.Paths {
		out.Paths = append(out.Paths, jsonscan.Path(p))
	}
	return out
}

// acquire returns the one value of an expression.
func (s *stream) acquire(c compiledValue, slots *slots) *value {
	v := s.values[c.id]
	if v == nil {
		v = &value{id: c.id, scan: &scan.Value{Slot: slots.take(), Expr: c.expr}}
		s.values[c.id] = v
	}
	v.refs++
	return v
}

func (s *stream) release(v *value, slots *slots) {
	if v.refs--; v.refs == 0 {
		delete(s.values, v.id)
		slots.give(v.scan.Slot)
	}
}

// compiledValue is an expression that no node uses yet.
type compiledValue struct {
	id   plan.ID
	expr expr.Value
}
