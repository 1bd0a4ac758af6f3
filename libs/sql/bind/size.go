package bind

import (
	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/ast"
	"github.com/millrace/millrace/libs/sql/function"
	"github.com/millrace/millrace/libs/sql/plan"
)

// mostNodes bounds the operators and operands of a query written out. The names of a query
// over queries stand for expressions, which are shared in memory: a few levels of x + x
// are small there, and without end for all that walks them.
const mostNodes = 1 << 16

// sizes is how large expressions are as trees. Each call is looked at once, when it
// is made of others whose size is known, and never by walking the tree.
type sizes struct {
	most    int // greater numbers are not told apart
	calls   map[*plan.Call]extent
	columns map[*plan.Column]extent // of unions: what all branches have in the place of the column
}

// extent is how large an expression is: its nodes, and how many calls of its canonical
// form stand within each other, at most.
type extent struct{ nodes, depth int }

// newSizes returns the sizes of a query of so many bytes. What is written out already is not
// refused: the older form, which has no names for expressions, may be longer than any SQL.
func newSizes(bytes int) sizes {
	return sizes{most: max(mostNodes, bytes), calls: make(map[*plan.Call]extent), columns: make(map[*plan.Column]extent)}
}

// sum adds sizes; what is too large stays so.
func (s *sizes) sum(a, b int) int { return min(a+b, s.most+1) }

// expr returns the nodes of an expression over a relation of so many branches, each of
// which gets a copy. What is more than the most is any number above.
func (s *sizes) expr(e plan.Expr, branches int) int { return s.extent(e, branches).nodes }

func (s *sizes) extent(e plan.Expr, branches int) extent {
	switch e := e.(type) {
	case *plan.Column:
		if n, ok := s.columns[e]; ok {
			return n
		}
		return extent{nodes: branches}
	case *plan.Call:
		n, ok := s.calls[e]
		if !ok {
			n = s.call(e, branches)
			s.calls[e] = n
		}
		return n
	default:
		return extent{nodes: branches}
	}
}

func (s *sizes) call(c *plan.Call, branches int) extent {
	repeated, times := copied(c)
	n := extent{nodes: branches * times}
	for i, a := range c.Args {
		size := s.extent(a, branches)
		if i == repeated {
			size.nodes *= times
		}
		n.nodes, n.depth = s.sum(n.nodes, size.nodes), max(n.depth, size.depth)
	}
	n.depth += nesting(c)
	return n
}

// nesting returns as how many calls within each other canonical form has a call, at most: a
// comparison may become NOT of another, or a test for NULL with what follows from it, and
// BETWEEN and IN are AND and OR of these.
func nesting(c *plan.Call) int {
	if c.Typ.Kind == record.Boolean {
		return 4
	}
	return 1
}

// copied returns which operand of a call canonical form has several times, and how often:
// BETWEEN, IN and = ANY (ARRAY[…]) become comparisons of the same with each of the others.
func copied(c *plan.Call) (operand, times int) {
	switch c.Func {
	case function.Between:
		return 0, 2
	case function.In:
		return 0, len(c.Args) - 1
	case plan.FuncMember, function.AnyNe, function.AnyLt, function.AnyLe, function.AnyGt, function.AnyGe:
		if array, ok := c.Args[0].(*plan.Call); ok && array.Func == function.Array {
			return 1, max(1, len(array.Args))
		}
	}
	return -1, 1
}

// node returns the nodes of all expressions from n down, and how many branches there are.
// What the branches of a union select counts where it is used.
func (s *sizes) node(n plan.Node) (nodes, branches int) {
	switch n := n.(type) {
	case nil:
		return 0, 1
	case *plan.Scan:
		return 1, 1
	case *plan.Union:
		for _, b := range n.Branches {
			size, leaves := s.node(b.Input())
			nodes, branches = s.sum(nodes, size), branches+leaves
		}
		return nodes, branches
	}
	nodes, branches = s.node(n.Input())
	add := func(e plan.Expr) { nodes = s.sum(nodes, s.expr(e, branches)) }
	switch n := n.(type) {
	case *plan.Unnest:
		add(n.Array)
	case *plan.Filter:
		add(n.Pred)
	case *plan.Aggregate:
		for _, k := range n.Keys {
			add(k)
		}
		for i := range n.Aggs {
			n.Aggs[i].Read(add)
			if f := n.Aggs[i].Filter; f != nil {
				add(f)
			}
		}
	}
	return nodes, branches
}

// measured returns x, which is bound of e, unless it is too large by itself.
func (b *binder) measured(e ast.Expr, x plan.Expr) (plan.Expr, *ast.Error) {
	var err *ast.Error
	switch size := b.whole.extent(x, b.branches); {
	case size.nodes > b.whole.most:
		err = b.fail(e.Pos(), "%s is too large: written out, with what the names in it stand for, it has more than %d operators and operands", short(e), b.whole.most).
			WithHint("a name stands for its whole expression wherever it is used: use it less often, or put fewer queries over each other")
	case size.depth > plan.MaxDepth:
		err = b.fail(e.Pos(), "%s is too deep: written out, with what the names in it stand for, more than %d operators stand within each other", short(e), plan.MaxDepth).
			WithHint("each + of a + b + c is within the next: parentheses make it two of half the depth, as in (a + b) + (c + d)")
	default:
		return x, nil
	}
	err = err.WithCode(ast.CodeLimit)
	return nil, err
}

// count begins to count what the SELECT has as a tree: with all that its relation reads.
func (b *binder) count() {
	b.nodes, b.branches = b.whole.node(b.rel.in)
	for _, k := range b.rel.order {
		b.nodes = b.whole.sum(b.nodes, b.whole.expr(k.Expr, b.branches))
	}
}

// take counts an expression of the SELECT, and refuses the one that makes it too large
// together with those before and all that is read through.
func (b *binder) take(at ast.Pos, x plan.Expr) *ast.Error {
	return b.add(at, b.whole.expr(x, b.branches))
}

// add counts nodes of the SELECT.
func (b *binder) add(at ast.Pos, nodes int) *ast.Error {
	b.nodes = b.whole.sum(b.nodes, nodes)
	if b.nodes > b.whole.most {
		return b.fail(at, "the query is too large: written out up to here, with what the names in it stand for, it has more than %d operators and operands", b.whole.most).
			WithCode(ast.CodeLimit).WithHint("select fewer columns, choose by fewer conditions, or put fewer queries over each other")
	}
	return nil
}
