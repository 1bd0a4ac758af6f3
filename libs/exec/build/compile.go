package build

import (
	"fmt"

	"github.com/millrace/millrace/libs/exec/agg"
	"github.com/millrace/millrace/libs/exec/expr"
	"github.com/millrace/millrace/libs/share"
	"github.com/millrace/millrace/libs/sql/plan"
)

// compiled is what a node needs to become part of the program.
type compiled struct {
	fn      agg.Function
	values  []compiledValue
	columns []int // positions that the node itself reads
}

// compile compiles one node of the shared plan and changes nothing. It is the
// exhaustive switch from nodes to operators.
func (b *Builder) compile(n *share.Node) (*compiled, error) {
	if n.Kind == share.UnnestNode {
		return b.compileUnnest(n)
	}
	s := b.source(n)
	if s == nil {
		return nil, fmt.Errorf("stream %s is not in the catalog", n.Stream())
	}
	c := &compiled{columns: s.columnsOfNode(n)}
	var err error
	switch n.Kind {
	case share.ScanNode, share.CombinationNode, share.SelectionNode, share.TableNode:
	case share.AtomNode:
		_, err = expr.CompilePredicate(n.Expr(), b.trial(s)) // only to know: what evaluates it depends on the selection
	case share.GroupingNode:
		if w := n.Spec().Window; w != nil && (w.Kind != plan.Tumble || w.Time != s.def.EventTime) {
			return nil, fmt.Errorf("windows over %s of stream %s are not supported", w.Time, n.Stream())
		}
		err = c.compileValues(b.trial(s), n.Spec().Keys)
	case share.AggregateNode:
		err = c.compileAggregate(b.trial(s), n.Agg())
	case share.RowsNode:
		for _, col := range n.Rows().Cols {
			if err = c.compileValues(b.trial(s), []plan.Expr{col.Expr}); err != nil {
				break
			}
		}
	case share.OutputNode:
		err = b.checkOutput(n.Shape())
	default:
		err = fmt.Errorf("unsupported node %s", n.Kind)
	}
	return c, err
}

func (c *compiled) compileValues(scope expr.Scope, es []plan.Expr) error {
	for _, e := range es {
		if _, err := expr.CompileValue(e, scope); err != nil {
			return err
		}
		c.values = append(c.values, compiledValue{id: plan.FingerprintExpr(e), expr: e})
	}
	return nil
}

func (c *compiled) compileAggregate(scope expr.Scope, spec *share.AggSpec) error {
	var err error
	if c.fn, err = aggregateFunc(spec); err != nil {
		return err
	}
	switch {
	case spec.Top != nil:
		return c.compileValues(scope, agg.TopSpec(*spec.Top).Args())
	default:
		return c.compileValues(scope, agg.Inputs(spec.Agg))
	}
}

// checkOutput reports what merge could not evaluate.
func (b *Builder) checkOutput(s *share.Shape) error {
	scope := expr.Scope{Function: b.functions}
	if s.Rows != nil {
		return nil
	}
	t := s.Table
	if t.Having != nil {
		if err := scope.Check(t.Having); err != nil {
			return fmt.Errorf("HAVING: %w", err)
		}
	}
	for _, c := range t.Cols {
		if err := scope.Check(c.Expr); err != nil {
			return fmt.Errorf("column %s: %w", c.Name, err)
		}
	}
	for _, k := range t.Order {
		if err := scope.Check(k.Expr); err != nil {
			return fmt.Errorf("ORDER BY: %w", err)
		}
	}
	return nil
}
