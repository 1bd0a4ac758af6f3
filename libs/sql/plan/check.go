package plan

import (
	"errors"
	"fmt"
	"slices"

	"github.com/millrace/millrace/libs/record"
)

// Check reports what is wrong with the shape of a plan: the order of its nodes
//
//	Output → [TopK] → Project → [Filter → Aggregate] | [Aggregate] → [Window] → [Filter] → [Unnest …] → Scan
//
// or with a [Union] in the place of several that go on from the Aggregate, or the Output
// where there is none
// (a Window only below an Aggregate), sizes and limits out of range, predicates
// that are not BOOLEAN, arrays that are none, and [Ref]s and columns of an [Unnest] that
// name nothing or something of another type. It does not check canonical form, nor functions and their argument
// types. Operators rely on it, so that no plan that was read can make them
// index out of range.
func Check(out *Output) error {
	if out.Emit != EmitChanges && out.Emit != EmitFinal {
		return fmt.Errorf("unknown emission %d", out.Emit)
	}
	if u := unionOf(out); u != nil {
		return checkUnion(out, u)
	}
	c := checker{}
	n := out.In
	top, _ := n.(*TopK)
	if top != nil {
		n = top.In
	}
	project, ok := n.(*Project)
	if !ok {
		return fmt.Errorf("expected a Project, found %T", n)
	}
	n = project.In
	having, _ := n.(*Filter)
	if having != nil {
		n = having.In
	}
	c.agg, _ = n.(*Aggregate)
	if c.agg == nil {
		n = project.In // the filter, if any, is WHERE
		having = nil
	} else {
		n = c.agg.In
		c.window, _ = n.(*Window)
		if c.window != nil {
			n = c.window.In
		}
	}
	var err error
	if c.elements, err = unnested(n); err != nil {
		return err
	}
	if err := c.below(n); err != nil {
		return err
	}
	if err := c.above(having, project, top); err != nil {
		return err
	}
	return c.first(out, top)
}

// first checks the limit of an Output.
func (c *checker) first(out *Output, top *TopK) error {
	switch {
	case out.Limit < 0 || out.Skip < 0 || out.Limit+out.Skip < 0 || out.Limit == 0 && out.Skip > 0:
		return fmt.Errorf("the first %d rows after %d", out.Limit, out.Skip)
	case out.Limit > 0 && (c.agg != nil || top != nil):
		return errors.New("the first rows to come, of groups or of rows in an order")
	}
	return nil
}

type checker struct {
	agg      *Aggregate
	window   *Window
	elements []record.Type // that are unnested, by level
}

// unnested checks the Unnests, and returns the types of their elements, by level.
func unnested(n Node) ([]record.Type, error) {
	if where, ok := n.(*Filter); ok {
		n = where.In
	}
	var all []*Unnest
	for {
		u, ok := n.(*Unnest)
		if !ok {
			break
		}
		all, n = append(all, u), u.In
	}
	var below checker
	for _, u := range slices.Backward(all) {
		if err := below.expr(u.Array); err != nil {
			return nil, fmt.Errorf("UNNEST: %w", err)
		}
		t := u.Array.Type()
		if t.Kind != record.Array || !known(t) {
			return nil, fmt.Errorf("UNNEST of %s, which is no array of a known type", t)
		}
		below.elements = append(below.elements, *t.Elem)
	}
	return below.elements, nil
}

// known reports whether it is known what the elements of an array are.
func known(t record.Type) bool {
	for ; t.Kind == record.Array; t = *t.Elem {
		if t.Elem == nil {
			return false
		}
	}
	return t.Kind != record.Unknown
}

// below checks everything up to the Aggregate, where no Ref may stand.
func (c *checker) below(n Node) error {
	over := checker{elements: c.elements} // names nothing that is aggregated
	if where, ok := n.(*Filter); ok {
		if err := over.predicate("WHERE", where.Pred); err != nil {
			return err
		}
		n = where.In
	}
	for u, ok := n.(*Unnest); ok; u, ok = n.(*Unnest) {
		n = u.In
	}
	scan, ok := n.(*Scan)
	if !ok {
		return fmt.Errorf("expected a Scan, found %T", n)
	}
	if scan.Stream == "" {
		return errors.New("scan of a stream without a name")
	}
	if w := c.window; w != nil {
		if w.Kind != Tumble || w.Time == "" || w.Size <= 0 || w.Size%1000 != 0 {
			return fmt.Errorf("window of kind %d, size %d µs over column %q", w.Kind, w.Size, w.Time)
		}
	}
	if c.agg == nil {
		return nil
	}
	for _, k := range c.agg.Keys {
		if err := over.expr(k); err != nil {
			return err
		}
	}
	for _, a := range c.agg.Aggs {
		if a.Func == "" {
			return errors.New("aggregate without a name")
		}
		if err := over.aggregate(a); err != nil {
			return err
		}
		if a.Filter != nil {
			if err := over.predicate("FILTER", a.Filter); err != nil {
				return err
			}
		}
	}
	return nil
}

// aggregate checks what an aggregate is computed from.
func (c *checker) aggregate(a Agg) error {
	for _, e := range a.Args {
		if err := c.expr(e); err != nil {
			return err
		}
	}
	if a.Distinct && len(a.Args) == 0 {
		return fmt.Errorf("%s(DISTINCT) without an argument", a.Func)
	}
	for _, k := range a.Order {
		if err := c.expr(k.Expr); err != nil {
			return fmt.Errorf("%s: sort key: %w", a.Func, err)
		}
		is := func(e Expr) bool { return EqualExpr(e, k.Expr) }
		if a.Distinct && !slices.ContainsFunc(a.Args, is) {
			return fmt.Errorf("%s(DISTINCT) is ordered by what is no argument", a.Func)
		}
	}
	return nil
}

// above checks what stands above the Aggregate, or above WHERE without one.
func (c *checker) above(having *Filter, project *Project, top *TopK) error {
	if having != nil {
		if err := c.predicate("HAVING", having.Pred); err != nil {
			return err
		}
	}
	if len(project.Cols) == 0 {
		return errors.New("no output columns")
	}
	for _, col := range project.Cols {
		if err := c.expr(col.Expr); err != nil {
			return fmt.Errorf("output column %q: %w", col.Name, err)
		}
	}
	if top == nil {
		return nil
	}
	if top.K < 1 || len(top.Order) == 0 {
		return fmt.Errorf("the first %d rows by %d keys", top.K, len(top.Order))
	}
	if top.Skip < 0 || top.K+top.Skip < 0 {
		return fmt.Errorf("%d rows after %d", top.K, top.Skip)
	}
	for _, k := range top.Order {
		if err := c.expr(k.Expr); err != nil {
			return fmt.Errorf("sort key: %w", err)
		}
	}
	return nil
}

func (c *checker) predicate(clause string, e Expr) error {
	if err := c.expr(e); err != nil {
		return fmt.Errorf("%s: %w", clause, err)
	}
	if t := e.Type(); t.Kind != record.Boolean && t.Kind != record.Unknown {
		return fmt.Errorf("%s is %s, not BOOLEAN", clause, t)
	}
	return nil
}

func (c *checker) expr(e Expr) error {
	switch e := e.(type) {
	case *Column:
		if e.Name == "" {
			return errors.New("column without a name")
		}
		if c.agg != nil {
			return fmt.Errorf("column %s above an aggregate", e.Name)
		}
		return c.unnestColumn(e)
	case *Literal:
		return nil
	case *Call:
		if e.Func == "" {
			return errors.New("function without a name")
		}
		for _, a := range e.Args {
			if err := c.expr(a); err != nil {
				return err
			}
		}
		return nil
	case *Ref:
		return c.ref(e)
	default:
		return fmt.Errorf("expression of type %T", e)
	}
}

// unnestColumn checks a column that an Unnest adds.
func (c *checker) unnestColumn(e *Column) error {
	level, position, ok := UnnestColumn(e.Name)
	if !ok {
		return nil
	}
	if level > len(c.elements) {
		return fmt.Errorf("column %s, and %d arrays are unnested", e.Name, len(c.elements))
	}
	want := c.elements[level-1]
	if position {
		want = record.BigIntType
	}
	if !want.Equal(e.Typ) {
		return fmt.Errorf("column %s is %s, not %s", e.Name, want, e.Typ)
	}
	return nil
}

func (c *checker) ref(r *Ref) error {
	if c.agg == nil {
		return fmt.Errorf("%s without an aggregate below", FormatExpr(r))
	}
	var named record.Type
	switch r.Kind {
	case KeyRef:
		if r.Index < 0 || r.Index >= len(c.agg.Keys) {
			return fmt.Errorf("%s of %d keys", FormatExpr(r), len(c.agg.Keys))
		}
		named = c.agg.Keys[r.Index].Type()
	case AggRef:
		if r.Index < 0 || r.Index >= len(c.agg.Aggs) {
			return fmt.Errorf("%s of %d aggregates", FormatExpr(r), len(c.agg.Aggs))
		}
		named = c.agg.Aggs[r.Index].Type
	case WindowStartRef, WindowEndRef:
		if c.window == nil || r.Index != 0 {
			return fmt.Errorf("%s without a window", FormatExpr(r))
		}
		named = record.TimestampType
	default:
		return fmt.Errorf("reference of unknown kind %d", r.Kind)
	}
	if !named.Equal(r.Typ) {
		return fmt.Errorf("%s is %s, not %s", FormatExpr(r), named, r.Typ)
	}
	return nil
}
