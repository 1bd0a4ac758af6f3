package engine

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/millrace/millrace/libs/exec/agg"
	"github.com/millrace/millrace/libs/exec/expr"
	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/share"
	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/libs/sql/plan"
)

// compiler compiles queries into closures over columns that it points to, so that
// they stay when the columns that are decoded change.
type compiler struct {
	stream *catalog.Stream
	cols   []*record.Column // by position in the catalog; nil where not decoded
	in     expr.Input       // folds text, once for all closures
}

func newCompiler(s *catalog.Stream) *compiler {
	return &compiler{stream: s, cols: make([]*record.Column, len(s.Columns))}
}

// point makes the columns of b those that closures read.
func (c *compiler) point(b *record.Batch, positions []int) {
	clear(c.cols)
	for i, at := range positions {
		c.cols[at] = &b.Columns[i]
	}
}

// begin says that the columns hold a new batch.
func (c *compiler) begin(rows int) { c.in.Reset(c.cols, rows) }

// query compiles one query.
func (c *compiler) query(q Query) (*closure, error) {
	if len(q.Shape.Branches)+len(q.Shape.Unnest) > 0 {
		return nil, fmt.Errorf("query %s: a closure for each query knows no UNION and no UNNEST", q.ID)
	}
	out := &closure{id: q.ID}
	var err error
	if q.Shape.Selection.Pred != nil {
		if out.where, err = c.predicate(q.Shape.Selection.Pred); err != nil {
			return nil, fmt.Errorf("query %s: %w", q.ID, err)
		}
	}
	if q.Shape.Rows == nil {
		out.table, err = c.compileTable(q.Shape.Table)
	} else {
		var cols []plan.Expr
		for _, col := range q.Shape.Rows.Cols {
			cols = append(cols, col.Expr)
		}
		out.cols, err = c.columns(cols)
	}
	if err != nil {
		return nil, fmt.Errorf("query %s: %w", q.ID, err)
	}
	return out, nil
}

// columns returns where the values of expressions are found: they are columns.
func (c *compiler) columns(es []plan.Expr) ([]columnRef, error) {
	var out []columnRef
	for _, e := range es {
		col, ok := e.(*plan.Column)
		if !ok {
			return nil, fmt.Errorf("closures take columns only, not %s", plan.FormatExpr(e))
		}
		at, err := c.at(col)
		if err != nil {
			return nil, err
		}
		out = append(out, &c.cols[at])
	}
	return out, nil
}

func (c *compiler) at(col *plan.Column) (int, error) {
	i := slices.IndexFunc(c.stream.Columns, func(d catalog.Column) bool { return d.Name == col.Name })
	if i < 0 {
		return 0, fmt.Errorf("stream %s has no column %s", c.stream.Name, col.Name)
	}
	return i, nil
}

// predicate compiles a predicate.
func (c *compiler) predicate(e plan.Expr) (truthFunc, error) {
	switch e := e.(type) {
	case *plan.Literal:
		t := record.Null
		if !e.Value.IsNull() {
			t = record.TruthOf(e.Value.Bool())
		}
		return func(int) record.Truth { return t }, nil
	case *plan.Column:
		return c.truthColumn(e)
	case *plan.Call:
		switch e.Func {
		case plan.FuncAnd, plan.FuncOr, plan.FuncNot:
			return c.connective(e)
		default:
			return c.leaf(e)
		}
	default:
		return nil, fmt.Errorf("%s is no predicate", plan.FormatExpr(e))
	}
}

// connective compiles AND, OR and NOT; cheap operands come first, and the rest is
// evaluated only where they leave it open.
func (c *compiler) connective(e *plan.Call) (truthFunc, error) {
	args := slices.Clone(e.Args)
	slices.SortStableFunc(args, func(a, b plan.Expr) int { return cmp.Compare(expr.Cost(a), expr.Cost(b)) })
	ops := make([]truthFunc, len(args))
	for i, a := range args {
		var err error
		if ops[i], err = c.predicate(a); err != nil {
			return nil, err
		}
	}
	switch {
	case e.Func == plan.FuncNot:
		op := ops[0]
		return func(row int) record.Truth { return op(row).Not() }, nil
	case e.Func == plan.FuncAnd && len(ops) == 2:
		a, b := ops[0], ops[1]
		return func(row int) record.Truth {
			t := a(row)
			if t == record.False {
				return t
			}
			return t.And(b(row))
		}, nil
	case e.Func == plan.FuncAnd:
		return func(row int) record.Truth {
			t := record.True
			for _, op := range ops {
				if t = t.And(op(row)); t == record.False {
					break
				}
			}
			return t
		}, nil
	default:
		return func(row int) record.Truth {
			t := record.False
			for _, op := range ops {
				if t = t.Or(op(row)); t == record.True {
					break
				}
			}
			return t
		}, nil
	}
}

// argsOf returns the arguments of an aggregate.
func argsOf(spec *share.AggSpec) []plan.Expr {
	if spec.Top != nil {
		return agg.TopSpec(*spec.Top).Args()
	}
	return agg.Inputs(spec.Agg)
}

// columnsOf returns the positions of the columns that a query reads, each once.
func columnsOf(s *share.Shape, stream *catalog.Stream) []int {
	var out []int
	for _, name := range s.Columns() {
		if i := slices.IndexFunc(stream.Columns, func(c catalog.Column) bool { return c.Name == name }); i >= 0 {
			out = append(out, i)
		}
	}
	return out
}
