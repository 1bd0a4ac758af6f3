package plan

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"github.com/millrace/millrace/libs/planted"
)

// Union is the rows of several branches together, all of which have the same columns:
// where two have the same row, it is there twice. Above Aggregates, which have the same
// keys and aggregates, it is the groups together: what the branches have of one group is
// merged. Everything above it is common to the branches, and so each is a plan of its
// own with that: see [Branches].
type Union struct {
	Branches []Node // at least 2; in canonical form sorted by encoding
}

// MaxBranches bounds the branches of a plan that [Check] accepts.
const MaxBranches = 64

// Unite returns the plan of several that have the same above their Aggregates, or return
// rows with the same columns. The branches are sorted.
func Unite(branches []*Output) *Output {
	if len(branches) == 1 {
		return branches[0]
	}
	u := &Union{}
	for _, b := range branches {
		if planted.On(planted.UnionOnce) && slices.ContainsFunc(u.Branches, func(n Node) bool { return bytes.Equal(Encode(n), Encode(branchOf(b))) }) {
			continue
		}
		u.Branches = append(u.Branches, branchOf(b))
	}
	u.sort()
	return replaceBranch(branches[0], u).(*Output)
}

// Sorted returns the union with its branches sorted.
func (n *Union) Sorted() *Union {
	out := &Union{Branches: slices.Clone(n.Branches)}
	out.sort()
	return out
}

func (n *Union) sort() {
	slices.SortStableFunc(n.Branches, func(a, b Node) int { return bytes.Compare(Encode(a), Encode(b)) })
}

// Branches returns the plans whose rows, or groups, together are those of out: out itself
// where there is no Union.
func Branches(out *Output) []*Output {
	u := unionOf(out)
	if u == nil {
		return []*Output{out}
	}
	all := make([]*Output, len(u.Branches))
	for i, b := range u.Branches {
		all[i] = replaceBranch(out, b).(*Output)
	}
	return all
}

// unionOf returns the Union of a plan; nil: it has none.
func unionOf(n Node) *Union {
	for ; n != nil; n = n.Input() {
		if u, ok := n.(*Union); ok {
			return u
		}
	}
	return nil
}

// branchOf returns what of a plan is a branch: from the Aggregate on, or all below the
// Output.
func branchOf(out *Output) Node {
	for n := out.In; n != nil; n = n.Input() {
		if a, ok := n.(*Aggregate); ok {
			return a
		}
	}
	return out.In
}

// replaceBranch returns a plan with another branch.
func replaceBranch(n, branch Node) Node {
	switch n := n.(type) {
	case *Output:
		if top, project := rowsOf(n.In); project && !grouped(top) {
			return n.Over(branch)
		}
		return n.Over(replaceBranch(n.In, branch))
	case *TopK:
		t := *n
		t.In = replaceBranch(n.In, branch)
		return &t
	case *Project:
		return &Project{In: replaceBranch(n.In, branch), Cols: n.Cols}
	case *Filter:
		return &Filter{In: replaceBranch(n.In, branch), Pred: n.Pred}
	default:
		return branch
	}
}

// rowsOf returns what a Project, alone or below a TopK, is over; ok is false for what
// stands elsewhere.
func rowsOf(n Node) (in Node, ok bool) {
	if t, isTop := n.(*TopK); isTop {
		n = t.In
	}
	p, ok := n.(*Project)
	if !ok {
		return nil, false
	}
	return p.In, true
}

// grouped reports whether what a Project is over are groups.
func grouped(n Node) bool {
	if f, ok := n.(*Filter); ok {
		n = f.In
	}
	switch n.(type) {
	case *Aggregate, *Union:
		return true
	default:
		return false
	}
}

// checkUnion checks the branches of a plan, each as a plan of its own, and that what is
// above them has the same to do with all.
func checkUnion(out *Output, u *Union) error {
	if len(u.Branches) < 2 || len(u.Branches) > MaxBranches {
		return fmt.Errorf("a union of %d branches", len(u.Branches))
	}
	all := Branches(out)
	for i, b := range all {
		if unionOf(b) != nil {
			return errors.New("a union within another")
		}
		if err := Check(b); err != nil {
			return fmt.Errorf("branch %d: %w", i+1, err)
		}
		if err := alike(branchOf(all[0]), branchOf(b)); err != nil {
			return fmt.Errorf("branch %d: %w", i+1, err)
		}
	}
	return nil
}

// alike reports how two branches, each of which is a plan with the same above it, differ
// in what that sees of them.
func alike(a, b Node) error {
	x, ok := a.(*Aggregate)
	if y, both := b.(*Aggregate); ok && both {
		return alikeGroups(x, y)
	} else if ok != both {
		return errors.New("groups and rows")
	}
	top, rank := a.(*TopK)
	if other, both := b.(*TopK); rank != both {
		return errors.New("only one has an order")
	} else if rank {
		if top.K != other.K || top.Skip != other.Skip || !slices.EqualFunc(top.Order, other.Order, alikeKeys) {
			return errors.New("another order")
		}
		a, b = top.In, other.In
	}
	p, q := a.(*Project), b.(*Project)
	if !slices.EqualFunc(p.Cols, q.Cols, func(a, b NamedExpr) bool { return a.Name == b.Name && alikeExprs(a.Expr, b.Expr) }) {
		return errors.New("other columns")
	}
	return nil
}

func alikeGroups(a, b *Aggregate) error {
	if !slices.EqualFunc(a.Keys, b.Keys, alikeExprs) {
		return errors.New("other keys")
	}
	for i := range a.Aggs {
		if i >= len(b.Aggs) {
			return errors.New("other aggregates")
		}
		x, y := &a.Aggs[i], &b.Aggs[i]
		if x.Func != y.Func || x.Distinct != y.Distinct || !equalTypes(x.Type, y.Type) ||
			!slices.EqualFunc(x.Args, y.Args, alikeExprs) || !slices.EqualFunc(x.Order, y.Order, alikeKeys) {
			return errors.New("other aggregates")
		}
	}
	v, windowed := a.In.(*Window)
	w, both := b.In.(*Window)
	if len(a.Aggs) != len(b.Aggs) || windowed != both || windowed && (v.Kind != w.Kind || v.Size != w.Size) {
		return errors.New("other aggregates or windows")
	}
	return nil
}

func alikeExprs(a, b Expr) bool { return equalTypes(a.Type(), b.Type()) }

func alikeKeys(a, b SortKey) bool {
	return alikeExprs(a.Expr, b.Expr) && a.Desc == b.Desc && a.NullsFirst == b.NullsFirst
}
