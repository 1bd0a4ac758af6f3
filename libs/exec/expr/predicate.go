package expr

import (
	"fmt"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/plan"
)

// Predicate is a compiled predicate. It is immutable.
type Predicate interface {
	// Eval sets out to the predicate's value in every row of in.
	Eval(in *Input, out *Truths)
	// At returns its value in one row.
	At(in *Input, row int) record.Truth
}

// IsConstant reports whether a compiled predicate has the same value in every
// row and reads none.
func IsConstant(p Predicate) bool {
	_, ok := p.(constant)
	return ok
}

// CompilePredicate compiles a predicate over the values of a stream.
func CompilePredicate(e plan.Expr, scope Scope) (Predicate, error) {
	if err := scope.Check(e); err != nil {
		return nil, err
	}
	if t := e.Type(); !is(t, record.Boolean) {
		return nil, fmt.Errorf("%w: %s is %s, not BOOLEAN", ErrEvaluation, plan.FormatExpr(e), t)
	}
	return scope.predicate(e)
}

func (s *Scope) predicate(e plan.Expr) (Predicate, error) {
	switch e := e.(type) {
	case *plan.Literal:
		t := record.Null
		if !e.Value.IsNull() {
			t = record.TruthOf(e.Value.Bool())
		}
		return constant{t}, nil
	case *plan.Column:
		col, err := s.Column(e)
		if err != nil {
			return nil, err
		}
		return truthColumn{col}, nil
	case *plan.Call:
		if isConnective(e.Func) {
			return s.connective(e)
		}
		return s.leaf(e)
	default:
		return nil, fmt.Errorf("%w: %T over a stream", ErrEvaluation, e)
	}
}

func isConnective(fn string) bool {
	return fn == plan.FuncAnd || fn == plan.FuncOr || fn == plan.FuncNot
}

func isText(fn string) bool {
	switch fn {
	case plan.FuncLike, plan.FuncILike, plan.FuncContains, plan.FuncIContains:
		return true
	default:
		return false
	}
}

// constant is the same in every row.
type constant struct{ t record.Truth }

func (p constant) Eval(in *Input, out *Truths) { out.Fill(in.Len, p.t) }

// truthColumn is a BOOLEAN column.
type truthColumn struct{ col int }

func (p truthColumn) Eval(in *Input, out *Truths) {
	out.Reset(in.Len)
	fill(out.Hi, in.Columns[p.col].Bools[:in.Len], func(v bool) bool { return v })
	out.knownBut(in, p.col)
}

// isNull is IS NULL of a column.
type isNull struct{ col int }

func (p isNull) Eval(in *Input, out *Truths) {
	out.Reset(in.Len)
	nulls, _ := in.Nulls(p.col)
	copy(out.Hi, nulls)
	copy(out.Lo, nulls)
}

// text is a text operator with a constant right side.
type text struct {
	col    int
	folded bool
	match  func(string) bool
}

func (p text) Eval(in *Input, out *Truths) {
	out.Reset(in.Len)
	strs := in.Columns[p.col].Strs
	if p.folded {
		strs = in.Folded(p.col)
	}
	fill(out.Hi, strs[:in.Len], p.match)
	out.knownBut(in, p.col)
}

// fill sets the bits of the values for which f holds and clears the others.
func fill[T any](bits []uint64, vals []T, f func(T) bool) {
	for w := range bits {
		var word uint64
		for b, v := range vals[w<<6 : min(w<<6+64, len(vals))] {
			var bit uint64
			if f(v) {
				bit = 1
			}
			word |= bit << (uint(b) & 63)
		}
		bits[w] = word
	}
}

// knownBut completes t, whose Hi says where a predicate holds: it is True there,
// Null where the column is NULL, else False.
func (t *Truths) knownBut(in *Input, col int) {
	nulls, some := in.Nulls(col)
	if !some {
		copy(t.Lo, t.Hi)
		return
	}
	for i, null := range nulls {
		t.Hi[i] &^= null
		t.Lo[i] = t.Hi[i] | null
	}
}
