package expr

import (
	"slices"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/function"
	"github.com/millrace/millrace/libs/sql/plan"
)

// shape returns the vectorised form of a predicate of operands that stand in columns
// and a literal, nil for others; see place.
func shape(e *plan.Call) func(a, b int) Predicate {
	if len(e.Args) == 0 || isLiteral(e.Args[0]) {
		return nil
	}
	if e.Func == plan.FuncIsNull {
		return func(a, _ int) Predicate { return isNull{a} }
	}
	if len(e.Args) != 2 {
		return nil
	}
	first := e.Args[0].Type()
	lit, ok := e.Args[1].(*plan.Literal)
	if !ok {
		if compileColumns(e.Func, 0, 0, first, e.Args[1].Type()) == nil {
			return nil
		}
		return func(a, b int) Predicate { return compileColumns(e.Func, a, b, first, e.Args[1].Type()) }
	}
	if lit.Value.IsNull() || first.Kind == record.Unknown {
		return nil
	}
	switch e.Func {
	case plan.FuncEq, plan.FuncLt, plan.FuncLe:
		if compileLiteral(opOf(e.Func), 0, first, lit.Value) == nil {
			return nil
		}
		return func(a, _ int) Predicate { return compileLiteral(opOf(e.Func), a, first, lit.Value) }
	case plan.FuncMember:
		if compileMember(0, first, lit.Value) == nil {
			return nil
		}
		return func(a, _ int) Predicate { return compileMember(a, first, lit.Value) }
	case plan.FuncLike, plan.FuncILike:
		if _, err := function.ParsePattern(lit.Value.Str(), '\\'); err != nil {
			return nil
		}
	}
	if !isText(e.Func) || first.Kind != record.Varchar {
		return nil
	}
	return func(a, _ int) Predicate {
		return text{col: a, folded: folds(e.Func), match: foldedMatcher(e.Func, lit.Value.Str())}
	}
}

func isLiteral(e plan.Expr) bool {
	_, ok := e.(*plan.Literal)
	return ok
}

// leaf compiles a call that is a predicate of its own: in its vectorised form, or as
// a computed BOOLEAN.
func (s *Scope) leaf(e *plan.Call) (Predicate, error) {
	place := shape(e)
	if place == nil {
		pos, err := s.Call(e)
		if err != nil {
			return nil, err
		}
		return over{leaf: truthColumn{pos}, cols: []int{pos}, total: s.total(e)}, nil
	}
	var at [2]int
	var cols []int
	for i, a := range e.Args {
		if isLiteral(a) {
			continue
		}
		pos, computed, err := s.position(a)
		if err != nil {
			return nil, err
		}
		if at[i] = pos; computed {
			cols = append(cols, pos)
		}
	}
	leaf := place(at[0], at[1])
	if cols == nil {
		return leaf, nil
	}
	return over{leaf: leaf, cols: cols, total: s.total(e)}, nil
}

// over is a leaf over computed values: ERROR where one of them is.
type over struct {
	leaf  Predicate
	cols  []int
	total bool
}

func (p over) Eval(in *Input, out *Truths) {
	for _, col := range p.cols {
		in.Need(col, nil)
	}
	if m, ok := p.leaf.(member); ok { // its arrays may lie in any order
		out.Fill(in.Len, record.False)
		for row := range in.Len {
			out.Set(row, m.At(in, row))
		}
	} else {
		p.leaf.Eval(in, out)
	}
	for _, col := range p.cols {
		for i, w := range in.Errors(col) {
			out.Hi[i] |= w
			out.Lo[i] &^= w
		}
	}
}

func (p over) At(in *Input, row int) record.Truth {
	for _, col := range p.cols {
		if !in.known(col, row) {
			return record.Error
		}
	}
	if t, ok := p.leaf.(text); ok && t.folded { // not all rows are there to be folded
		c := in.Columns[t.col]
		return at(c, row, func() bool { return t.match(Fold(c.Strs[row])) })
	}
	return p.leaf.At(in, row)
}

// Positions returns the positions of the computed values that a predicate is over,
// each as often as [Scope.Call] was called for it.
func Positions(p Predicate) []int {
	switch p := p.(type) {
	case over:
		return p.cols
	case connective:
		var all []int
		for _, op := range p.ops {
			all = append(all, Positions(op)...)
		}
		return all
	default:
		return nil
	}
}

// IsComputed reports whether a predicate is over computed values.
func IsComputed(p Predicate) bool { return len(Positions(p)) > 0 }

// Ready has the computed values that a predicate is over be known in the rows whose
// bits are set: where it is evaluated in many, one by one, that is faster.
func Ready(p Predicate, in *Input, rows []uint64) {
	switch p := p.(type) {
	case over:
		for _, col := range p.cols {
			in.Need(col, rows)
		}
	case connective: // what follows may be decided without it
		Ready(p.ops[0], in, rows)
	}
}

// IsTotal reports whether a compiled predicate is ERROR in no row.
func IsTotal(p Predicate) bool {
	switch p := p.(type) {
	case over:
		return p.total
	case connective:
		return !slices.ContainsFunc(p.ops, func(op Predicate) bool { return !IsTotal(op) })
	default:
		return true
	}
}
