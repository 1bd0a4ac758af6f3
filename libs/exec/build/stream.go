package build

import (
	"fmt"
	"slices"

	"github.com/millrace/millrace/libs/exec/expr"
	"github.com/millrace/millrace/libs/exec/scan"
	"github.com/millrace/millrace/libs/jsonscan"
	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/share"
	"github.com/millrace/millrace/libs/share/byid"
	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/libs/sql/plan"
)

// stream is one stream's part of the program, as it changes.
type stream struct {
	def    *catalog.Stream
	since  int64            // see [scan.Stream.Since]
	key    string           // what tells it from others: its name, or the id of what is unnested
	fields []catalog.Column // those of def, the document, and what is unnested
	refs   []int            // by column: nodes that read it

	*unnested // nil: it is one of the catalog
	parts     map[partKey]*part

	selections []*selection
	current    *scan.Book[*scan.Selection] // by selection.at
	targets    map[targetKey]*target
	values     map[plan.ID]*value
	keys       map[plan.ID]*keys
	aggs       byid.Set[*aggregate]
	tuples     map[string]*tuple
	layouts    map[layoutKey]*layout
	dense      bag[*selection, *scan.Selection]
	candidates slots

	positions     map[plan.ID]*position
	positionsAt   []*position // by slot
	positionSlots slots

	// What changed since the last snapshot, and the parts of it.
	changedSelections []*selection
	changedGroupings  []*grouping
	changedTargets    []*target
	changedReaches    []*predicate
	indexes           []scan.Index
	reached           *scan.Book[scan.Reach]
	candidate         *scan.Book[*scan.Selection]

	last            *scan.Stream // the last snapshot
	dirty           bool         // it is out of date
	columnsChanged  bool         // and so are its columns
	computedChanged bool         // and so are its computed values
}

// value is an expression with the number of nodes that use it.
type value struct {
	id   plan.ID
	scan *scan.Value
	refs int
}

// fieldsOf returns the columns of a stream of the catalog, and the document.
func fieldsOf(def *catalog.Stream) []catalog.Column {
	fields := slices.Clone(def.Columns)
	if _, taken := def.Column(catalog.Document); !taken {
		fields = append(fields, catalog.Column{Name: catalog.Document, Type: record.JSONType, Paths: []catalog.Path{{}}})
	}
	return fields
}

func newStream(def *catalog.Stream, fields []catalog.Column) *stream {
	return &stream{
		def: def, key: def.Name, fields: fields,
		refs:    make([]int, len(fields)),
		targets: map[targetKey]*target{},
		current: scan.NewBook[*scan.Selection](nil), candidate: scan.NewBook[*scan.Selection](nil),
		reached: scan.NewBook(scan.Reach{Count: scan.NoSlot}),
		values:  map[plan.ID]*value{}, positions: map[plan.ID]*position{},
		keys:    map[plan.ID]*keys{},
		tuples:  map[string]*tuple{},
		layouts: map[layoutKey]*layout{},
		dirty:   true, columnsChanged: true,
	}
}

// resolve implements [expr.Scope.Column]: a column's position is the one that it has in
// the catalog, whatever else is decoded.
func (s *stream) resolve(c *plan.Column) (int, error) {
	for i := range s.fields {
		if s.fields[i].Name != c.Name {
			continue
		}
		if t := s.fields[i].Type; !t.Equal(c.Typ) {
			return 0, fmt.Errorf("column %s of stream %s is %s, not %s", c.Name, s.def.Name, t, c.Typ)
		}
		return i, nil
	}
	return 0, fmt.Errorf("stream %s has no column %s", s.def.Name, c.Name)
}

// position returns the position of a column that there is.
func (s *stream) position(column string) int {
	return slices.IndexFunc(s.fields, func(c catalog.Column) bool { return c.Name == column })
}

// hold counts that a node reads the columns, n = 1, or that it is gone, n = -1.
func (s *stream) hold(columns []int, n int) {
	for _, c := range columns {
		was := s.refs[c] > 0
		s.refs[c] += n
		if was != (s.refs[c] > 0) {
			s.columnsChanged = true
			if s.unnested != nil && c < len(s.below.fields) {
				s.below.hold([]int{c}, n)
			}
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

// columnsBelow adds the positions of the columns that the predicate of a selection, or
// a predicate, reads.
func (s *stream) columnsBelow(columns []int, n *share.Node) []int {
	if n.Kind == share.AtomNode {
		return s.columnsOf(columns, n.Expr())
	}
	for _, in := range n.Inputs() {
		columns = s.columnsBelow(columns, in)
	}
	return columns
}

// decoded returns the columns that some node reads, how they are decoded, and
// their positions. What is unnested is not decoded.
func (s *stream) decoded() (*record.Schema, jsonscan.Spec, []int) {
	schema := new(record.Schema)
	var spec jsonscan.Spec
	var positions []int
	if s.unnested != nil {
		for i, refs := range s.refs {
			if refs > 0 {
				positions = append(positions, i)
			}
		}
		return nil, spec, positions
	}
	for i := range s.fields {
		def := &s.fields[i]
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
func (b *Builder) acquireValue(s *stream, c compiledValue) *value {
	v := s.values[c.id]
	if v == nil {
		// It was compiled without an error when the query was added.
		compiled, _ := expr.CompileValue(c.expr, b.scope(s, c.id))
		v = &value{id: c.id, scan: &scan.Value{Slot: b.valueSlots.take(), Expr: compiled}}
		s.values[c.id] = v
	}
	v.refs++
	return v
}

func (b *Builder) releaseValue(s *stream, v *value) {
	if v.refs--; v.refs > 0 {
		return
	}
	delete(s.values, v.id)
	b.valueSlots.give(v.scan.Slot)
	if pos, computed := expr.Position(v.scan.Expr); computed {
		s.releasePositions([]int{pos})
	}
}

// computedAny reports whether one of the values is computed.
func computedAny(vs []*value) bool {
	return slices.ContainsFunc(vs, func(v *value) bool {
		_, computed := expr.Position(v.scan.Expr)
		return computed
	})
}

// compiledValue is an expression that can be compiled and that no node uses yet.
type compiledValue struct {
	id   plan.ID
	expr plan.Expr
}
