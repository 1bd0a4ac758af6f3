package build

import (
	"fmt"
	"slices"

	"github.com/millrace/millrace/libs/exec/scan"
	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/share"
	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/libs/sql/plan"
)

// unnested is what a stream is, that is made of the elements of arrays of another.
type unnested struct {
	id      plan.ID // of its node
	below   *stream
	array   *value // of the stream below; nil of one that is only compiled for
	columns []int  // of the catalog's stream, that the arrays up to this one read

	slot int // where it is said of which documents elements are wanted
	all  int // selections that want those of all documents
}

// source returns the stream of the rows that a node is made of; nil: it is not in the
// catalog.
func (b *Builder) source(n *share.Node) *stream {
	n = n.Source()
	if n.Kind == share.ScanNode {
		return b.stream(n.Stream())
	}
	for _, s := range b.derived {
		if s.id == n.ID {
			return s
		}
	}
	return b.trials[n.ID]
}

// compileUnnest compiles an array that is unnested, and makes a stream that what is above
// it can be compiled for.
func (b *Builder) compileUnnest(n *share.Node) (*compiled, error) {
	below := b.source(n.Inputs()[0])
	if below == nil {
		return nil, fmt.Errorf("stream %s is not in the catalog", n.Stream())
	}
	c := &compiled{columns: below.columnsOf(nil, n.Expr())}
	if t := n.Expr().Type(); t.Kind != record.Array || t.Elem == nil {
		return nil, fmt.Errorf("UNNEST of %s, which is no array", plan.FormatExpr(n.Expr()))
	}
	if err := c.compileValues(b.trial(below), []plan.Expr{n.Expr()}); err != nil {
		return nil, err
	}
	b.trials[n.ID] = newUnnested(n, below)
	return c, nil
}

// unnestTrial compiles the arrays that are unnested up to a source.
func (b *Builder) unnestTrial(n *share.Node) error {
	if n.Kind != share.UnnestNode {
		return nil
	}
	if err := b.unnestTrial(n.Inputs()[0]); err != nil {
		return err
	}
	_, err := b.compileUnnest(n)
	return err
}

func newUnnested(n *share.Node, below *stream) *stream {
	level := 1 + (len(below.fields)-below.width())/2
	s := newStream(below.def, append(slices.Clone(below.fields),
		catalog.Column{Name: plan.ElementColumn(level), Type: *n.Expr().Type().Elem},
		catalog.Column{Name: plan.PositionColumn(level), Type: record.BigIntType}))
	s.since, s.key, s.unnested = below.since, string(n.ID[:]), &unnested{id: n.ID, below: below}
	s.columns = below.columnsOf(below.arrayColumns(), n.Expr())
	s.columns = slices.DeleteFunc(s.columns, func(c int) bool { return c >= below.width() })
	return s
}

// addUnnest makes a stream that has been compiled part of the program.
func (b *Builder) addUnnest(n *share.Node, c *compiled) {
	below := b.source(n.Inputs()[0])
	below.hold(c.columns, 1)
	s := newUnnested(n, below) // the one of the trial may be made of one of another trial
	s.array, s.slot = b.acquireValue(below, c.values[0]), b.unnestSlots.take()
	b.derived = append(b.derived, s)
}

func (b *Builder) removeUnnest(n *share.Node) {
	s := b.source(n)
	b.derived = without(b.derived, s)
	b.unnestSlots.give(s.slot)
	s.below.hold(s.below.columnsOf(nil, n.Expr()), -1)
	b.releaseValue(s.below, s.array)
}

// width returns how many columns the stream of the catalog has: they come first.
func (s *stream) width() int {
	for s.unnested != nil {
		s = s.below
	}
	return len(s.fields)
}

// arrayColumns returns the columns that the arrays read of which it is made.
func (s *stream) arrayColumns() []int {
	if s.unnested == nil {
		return nil
	}
	return slices.Clone(s.columns)
}

// read returns which columns of the catalog's stream are read where those columns are,
// and all that it is made of.
func (s *stream) read(columns []int) []int {
	if s.unnested == nil {
		return columns
	}
	columns = union(columns, s.columns)
	width := s.width()
	return slices.DeleteFunc(columns, func(c int) bool { return c >= width })
}

// unnests returns what is made of the rows of a stream.
func (b *Builder) unnests(s *stream) []*scan.Unnest {
	var all []*scan.Unnest
	for _, d := range b.derived {
		if d.below == s {
			element := len(s.fields)
			all = append(all, &scan.Unnest{
				Array: d.array.scan, Rows: d.last, Element: element, Position: element + 1,
				All: b.everything(d), Slot: d.slot,
			})
		}
	}
	return all
}
