package sql

import (
	"errors"
	"fmt"

	"github.com/millrace/millrace/libs/sql/ast"
	"github.com/millrace/millrace/libs/sql/function"
	"github.com/millrace/millrace/libs/sql/plan"
)

// patterns holds that those of a plan do not take everybody's time. Package bind refuses
// them where they are written; a few are known only here, when what the branches of a union
// select stands in the place of a name, or parts of a text are joined.
type patterns struct {
	walked map[*plan.Call]bool
	ids    plan.IDs
	seen   map[plan.ID]bool // calls with a pattern
	states int
	err    error
}

// checkPatterns returns an [*ast.Error] at a place where a plan has patterns that are too large.
func checkPatterns(out *plan.Output, src string, at ast.Pos) error {
	var p patterns
	plan.Walk(out, func(n plan.Node, _ int) { p.node(n) })
	var wrong *function.ConstantError
	switch {
	case errors.As(p.err, &wrong):
		return ast.NewError(src, at, "a pattern of the query cannot be taken: "+wrong.Error()).WithCode(ast.CodeRegular).WithHint("%s", wrong.Hint())
	case p.states > function.MostStatesOfQuery:
		return ast.NewError(src, at, fmt.Sprintf("the patterns of the query have %d states together, and %d are the most", p.states, function.MostStatesOfQuery)).
			WithCode(ast.CodeLimit).WithHint("split it into several queries, or look for words with CONTAINS")
	default:
		return nil
	}
}

func (p *patterns) node(n plan.Node) {
	switch n := n.(type) {
	case *plan.Unnest:
		p.expr(n.Array)
	case *plan.Filter:
		p.expr(n.Pred)
	case *plan.Aggregate:
		for _, k := range n.Keys {
			p.expr(k)
		}
		for i := range n.Aggs {
			n.Aggs[i].Read(p.expr)
			if f := n.Aggs[i].Filter; f != nil {
				p.expr(f)
			}
		}
	case *plan.Project:
		for _, c := range n.Cols {
			p.expr(c.Expr)
		}
	case *plan.TopK:
		for _, k := range n.Order {
			p.expr(k.Expr)
		}
	}
}

// expr counts the patterns of an expression, each call once.
func (p *patterns) expr(e plan.Expr) {
	c, ok := e.(*plan.Call)
	if !ok || p.walked[c] {
		return
	}
	if p.walked == nil {
		p.walked = make(map[*plan.Call]bool)
	}
	p.walked[c] = true
	for _, a := range c.Args {
		p.expr(a)
	}
	f, ok := function.LookupScalar(c.Func)
	if !ok || f.Section != function.Regular || p.seen[p.ids.Of(c)] {
		return
	}
	pattern, ok := c.Args[function.PatternArgument].(*plan.Literal)
	if !ok || pattern.Value.IsNull() {
		return
	}
	if p.seen == nil {
		p.seen = make(map[plan.ID]bool)
	}
	p.seen[p.ids.Of(c)] = true
	n, err := function.States(pattern.Value.Str())
	p.states, p.err = p.states+n, errors.Join(p.err, err)
}
