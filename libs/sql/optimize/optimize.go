package optimize

import (
	"slices"

	"github.com/millrace/millrace/libs/sql/plan"
)

// Optimize returns the canonical form of root, a bound plan, and the names of
// the rules that fired, each once, in the order of their first firing. It is
// idempotent: of a canonical plan it returns an equal one, and no names.
func Optimize(root *plan.Output) (*plan.Output, []string) {
	r := newRewriter()
	out := *root
	out.In = r.node(root.In)
	return &out, r.fired
}

// rewriter applies the rules and remembers which fired.
type rewriter struct {
	rules []Rule
	nodes []NodeRule
	fired []string
	final map[*plan.Call]plan.Expr // of calls, those that are final among them: what becomes of them
	level map[*plan.Call]bool      // connectives that hold none of their kind
}

func newRewriter() *rewriter {
	return &rewriter{
		rules: rulesWith(newFacts()), nodes: NodeRules(),
		final: make(map[*plan.Call]plan.Expr), level: make(map[*plan.Call]bool),
	}
}

func (r *rewriter) fire(name string) {
	if !slices.Contains(r.fired, name) {
		r.fired = append(r.fired, name)
	}
}

// node rewrites n and all below it.
func (r *rewriter) node(n plan.Node) plan.Node {
	switch x := n.(type) {
	case *plan.Union:
		u := &plan.Union{}
		branches := rewriter{rules: r.rules, final: r.final, level: r.level}
		for _, rule := range r.nodes { // what is above sees as many sort keys in each branch
			if _, keys := rule.(repeatedSortKey); !keys {
				branches.nodes = append(branches.nodes, rule)
			}
		}
		for _, b := range x.Branches {
			u.Branches = append(u.Branches, branches.node(b))
		}
		for _, name := range branches.fired {
			r.fire(name)
		}
		return u.Sorted()
	case *plan.Unnest:
		n = &plan.Unnest{In: r.node(x.In), Array: r.expr(x.Array)}
	case *plan.Filter:
		n = &plan.Filter{In: r.node(x.In), Pred: r.expr(x.Pred)}
	case *plan.Window:
		w := *x
		w.In = r.node(x.In)
		n = &w
	case *plan.Aggregate:
		a := *x
		a.In = r.node(x.In)
		a.Keys = slices.Clone(x.Keys)
		for i, k := range a.Keys {
			a.Keys[i] = r.expr(k)
		}
		a.Aggs = slices.Clone(x.Aggs)
		for i := range a.Aggs {
			a.Aggs[i] = r.agg(a.Aggs[i])
		}
		n = &a
	case *plan.Project:
		p := &plan.Project{In: r.node(x.In), Cols: slices.Clone(x.Cols)}
		for i := range p.Cols {
			p.Cols[i].Expr = r.expr(p.Cols[i].Expr)
		}
		n = p
	case *plan.TopK:
		t := &plan.TopK{In: r.node(x.In), Order: slices.Clone(x.Order), K: x.K, Skip: x.Skip}
		for i := range t.Order {
			t.Order[i].Expr = r.expr(t.Order[i].Expr)
		}
		n = t
	default: // a Scan; an Output stands only at the root
		return n
	}
	for again := true; again; {
		again = false
		for _, rule := range r.nodes {
			next, ok := rule.Rewrite(n)
			if !ok {
				continue
			}
			r.fire(rule.Name())
			n, again = next, true
			if f, isFilter := n.(*plan.Filter); isFilter {
				n = &plan.Filter{In: f.In, Pred: r.expr(f.Pred)}
			}
		}
	}
	return n
}

// agg rewrites what an aggregate is computed from.
func (r *rewriter) agg(a plan.Agg) plan.Agg {
	a.Args, a.Order = slices.Clone(a.Args), slices.Clone(a.Order)
	for i, e := range a.Args {
		a.Args[i] = r.expr(e)
	}
	for i := range a.Order {
		a.Order[i].Expr = r.expr(a.Order[i].Expr)
	}
	if a.Filter != nil {
		a.Filter = r.expr(a.Filter)
	}
	return a
}

// expr applies the rules, from the operands up, until none fires. NOT alone goes
// down first, so that what it stands above is rewritten once, and connectives are
// flat before, so that it does not matter how operands were grouped. Rules are about
// calls: anything else is final.
func (r *rewriter) expr(e plan.Expr) plan.Expr {
	first, ok := e.(*plan.Call)
	for c := first; ok; c, ok = e.(*plan.Call) {
		if final, known := r.final[c]; known {
			e = final
			break
		}
		if next, ok := (pushNot{}).Rewrite(c); ok {
			r.fire(pushNot{}.Name())
			e = next
			continue
		}
		e = r.operands(r.flat(c))
		next, ok := r.once(e)
		if !ok {
			break
		}
		e = next
	}
	if c, ok := e.(*plan.Call); ok {
		r.final[c] = c
	}
	if first != nil {
		r.final[first] = e
	}
	return e
}

// flat joins connectives of one kind that are nested, or are so below NOT.
func (r *rewriter) flat(e plan.Expr) plan.Expr {
	c, ok := isCall(e, plan.FuncAnd, plan.FuncOr)
	if !ok || r.level[c] {
		return e
	}
	c = withOperands(c, func(a plan.Expr) plan.Expr {
		for {
			next, ok := (pushNot{}).Rewrite(a)
			if !ok {
				return r.flat(a)
			}
			r.fire(pushNot{}.Name())
			a = next
		}
	})
	if next, ok := (flatten{}).Rewrite(c); ok {
		r.fire(flatten{}.Name())
		c = next.(*plan.Call)
	}
	r.level[c] = true
	return c
}

// operands rewrites the operands of a call.
func (r *rewriter) operands(e plan.Expr) plan.Expr {
	c, ok := e.(*plan.Call)
	if !ok {
		return e
	}
	return withOperands(c, r.expr)
}

// once applies the first rule that fires at e.
func (r *rewriter) once(e plan.Expr) (plan.Expr, bool) {
	for _, rule := range r.rules {
		if next, ok := rule.Rewrite(e); ok {
			r.fire(rule.Name())
			return next, true
		}
	}
	return e, false
}
