package expr

import (
	"fmt"
	"slices"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/function"
	"github.com/millrace/millrace/libs/sql/plan"
)

// Predicate is a compiled predicate. It is immutable.
type Predicate interface {
	// Eval sets out to the predicate's value in every row of in.
	Eval(in *Input, out *Truths)
	// At returns its value in one row.
	At(in *Input, row int) record.Truth
}

// IsTotal reports whether a compiled predicate is ERROR in no row.
func IsTotal(p Predicate) bool {
	switch p := p.(type) {
	case rowwise:
		return false
	case connective:
		return !slices.ContainsFunc(p.ops, func(op Predicate) bool { return !IsTotal(op) })
	default:
		return true
	}
}

// IsConstant reports whether a compiled predicate has the same value in every
// row and reads none.
func IsConstant(p Predicate) bool {
	_, ok := p.(constant)
	return ok
}

// Resolve returns the position in Input.Columns of a column, or an error where
// there is no such column of that type.
type Resolve func(c *plan.Column) (int, error)

// CompilePredicate compiles a predicate over the columns of a stream.
func CompilePredicate(e plan.Expr, resolve Resolve) (Predicate, error) {
	if err := Check(e); err != nil {
		return nil, err
	}
	if t := e.Type(); !is(t, record.Boolean) {
		return nil, fmt.Errorf("%w: %s is %s, not BOOLEAN", ErrEvaluation, plan.FormatExpr(e), t)
	}
	return compilePredicate(e, resolve)
}

func compilePredicate(e plan.Expr, resolve Resolve) (Predicate, error) {
	switch e := e.(type) {
	case *plan.Literal:
		t := record.Null
		if !e.Value.IsNull() {
			t = record.TruthOf(e.Value.Bool())
		}
		return constant{t}, nil
	case *plan.Column:
		col, err := resolve(e)
		if err != nil {
			return nil, err
		}
		return truthColumn{col}, nil
	case *plan.Call:
		if isConnective(e.Func) {
			return compileConnective(e, resolve)
		}
		if p, err := compileLeaf(e, resolve); p != nil || err != nil {
			return p, err
		}
		return compileRowwise(e, resolve)
	default:
		return nil, fmt.Errorf("%w: %T over a stream", ErrEvaluation, e)
	}
}

func isConnective(fn string) bool {
	return fn == plan.FuncAnd || fn == plan.FuncOr || fn == plan.FuncNot
}

// compileLeaf compiles the shapes that canonical form has; nil for others.
func compileLeaf(e *plan.Call, resolve Resolve) (Predicate, error) {
	first, ok := e.Args[0].(*plan.Column)
	if !ok {
		return nil, nil
	}
	a, err := resolve(first)
	if err != nil {
		return nil, err
	}
	if e.Func == plan.FuncIsNull {
		return isNull{a}, nil
	}
	if len(e.Args) != 2 {
		return nil, nil
	}
	switch second := e.Args[1].(type) {
	case *plan.Column:
		b, err := resolve(second)
		if err != nil {
			return nil, err
		}
		return compileColumns(e.Func, a, b, first.Typ, second.Typ), nil
	case *plan.Literal:
		if second.Value.IsNull() {
			return nil, nil
		}
		switch e.Func {
		case plan.FuncEq, plan.FuncLt, plan.FuncLe:
			return compileLiteral(opOf(e.Func), a, first.Typ, second.Value), nil
		case plan.FuncMember:
			return compileMember(a, first.Typ, second.Value), nil
		case plan.FuncLike, plan.FuncILike:
			if _, err := function.ParsePattern(second.Value.Str(), '\\'); err != nil {
				return nil, nil
			}
		}
		if isText(e.Func) {
			return text{col: a, folded: folds(e.Func), match: foldedMatcher(e.Func, second.Value.Str())}, nil
		}
	}
	return nil, nil
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

// rowwise evaluates a row at a time, whatever the shape of the expression.
type rowwise struct {
	e       plan.Expr
	columns map[string]int
}

func compileRowwise(e plan.Expr, resolve Resolve) (Predicate, error) {
	p := rowwise{e: e, columns: map[string]int{}}
	var walk func(plan.Expr) error
	walk = func(e plan.Expr) error {
		switch e := e.(type) {
		case *plan.Column:
			col, err := resolve(e)
			p.columns[e.Name] = col
			return err
		case *plan.Call:
			for _, a := range e.Args {
				if err := walk(a); err != nil {
					return err
				}
			}
		case *plan.Ref:
			return fmt.Errorf("%w: %s over a stream", ErrEvaluation, plan.FormatExpr(e))
		}
		return nil
	}
	if err := walk(e); err != nil {
		return nil, err
	}
	return p, nil
}

func (p rowwise) Eval(in *Input, out *Truths) {
	out.Fill(in.Len, record.False)
	for i := range in.Len {
		out.Set(i, p.At(in, i))
	}
}

func (p rowwise) At(in *Input, row int) record.Truth {
	return evalTruth(p.e, func(e plan.Expr) (record.Value, error) {
		c, ok := e.(*plan.Column)
		if !ok {
			return record.Value{}, ErrEvaluation
		}
		return in.Columns[p.columns[c.Name]].Value(row), nil
	})
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
