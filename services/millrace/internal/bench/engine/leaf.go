package engine

import (
	"fmt"
	"strings"

	"github.com/millrace/millrace/libs/exec/expr"
	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/function"
	"github.com/millrace/millrace/libs/sql/plan"
)

// truthColumn compiles a BOOLEAN column.
func (c *compiler) truthColumn(e *plan.Column) (truthFunc, error) {
	at, err := c.at(e)
	if err != nil {
		return nil, err
	}
	ref := &c.cols[at]
	return func(row int) record.Truth {
		col := *ref
		if !col.Valid.At(row) {
			return record.Null
		}
		return record.TruthOf(col.Bools[row])
	}, nil
}

// leaf compiles an atomic predicate.
func (c *compiler) leaf(e *plan.Call) (truthFunc, error) {
	first, ok := e.Args[0].(*plan.Column)
	if !ok {
		return c.general(e)
	}
	at, err := c.at(first)
	if err != nil {
		return nil, err
	}
	ref := &c.cols[at]
	if e.Func == plan.FuncIsNull {
		return func(row int) record.Truth { return record.TruthOf(!(*ref).Valid.At(row)) }, nil
	}
	if len(e.Args) != 2 {
		return c.general(e)
	}
	lit, ok := e.Args[1].(*plan.Literal)
	if !ok || lit.Value.IsNull() {
		return c.general(e)
	}
	v := lit.Value
	switch e.Func {
	case plan.FuncContains:
		return onText(ref, v.Str(), strings.Contains), nil
	case plan.FuncIContains:
		return c.onFolded(ref, at, containing(expr.Fold(v.Str()))), nil
	case plan.FuncLike, plan.FuncILike:
		p, err := function.ParsePattern(v.Str(), '\\')
		if err != nil {
			return nil, err
		}
		return c.like(ref, at, p, e.Func == plan.FuncILike), nil
	case plan.FuncMember:
		return member(ref, v)
	case plan.FuncEq, plan.FuncLt, plan.FuncLe:
		if f := compare(ref, first.Typ.Kind, e.Func, v); f != nil {
			return f, nil
		}
	}
	return c.general(e)
}

// onText compiles a test of a text with a constant.
func onText(ref columnRef, with string, test func(s, with string) bool) truthFunc {
	return func(row int) record.Truth {
		col := *ref
		if !col.Valid.At(row) {
			return record.Null
		}
		return record.TruthOf(test(col.Strs[row], with))
	}
}

// onFolded compiles a test of a case-folded text.
func (c *compiler) onFolded(ref columnRef, at int, test func(string) bool) truthFunc {
	return func(row int) record.Truth {
		if !(*ref).Valid.At(row) {
			return record.Null
		}
		return record.TruthOf(test(c.in.Folded(at)[row]))
	}
}

func containing(needle string) func(string) bool {
	return func(s string) bool { return strings.Contains(s, needle) }
}

// like compiles a pattern; one of the form %text% is a search for the text.
func (c *compiler) like(ref columnRef, at int, p function.Pattern, folded bool) truthFunc {
	if folded {
		p = p.Fold()
	}
	test := p.Match
	if needle, ok := p.Needle(); ok {
		test = containing(needle)
	}
	if folded {
		return c.onFolded(ref, at, test)
	}
	return func(row int) record.Truth {
		col := *ref
		if !col.Valid.At(row) {
			return record.Null
		}
		return record.TruthOf(test(col.Strs[row]))
	}
}

// member compiles literal = ANY(column).
func member(ref columnRef, v record.Value) (truthFunc, error) {
	var equal func(elem *record.Column, i int) bool
	switch v.Type().Kind {
	case record.Varchar:
		s := v.Str()
		equal = func(elem *record.Column, i int) bool { return elem.Strs[i] == s }
	case record.BigInt, record.Timestamp, record.Date:
		n := v.Int()
		equal = func(elem *record.Column, i int) bool { return elem.Ints[i] == n }
	default:
		equal = func(elem *record.Column, i int) bool { return record.Compare(elem.Value(i), v) == 0 }
	}
	return func(row int) record.Truth {
		col := *ref
		if !col.Valid.At(row) {
			return record.Null
		}
		t := record.False
		from, to := col.Span(row)
		for i := from; i < to; i++ {
			switch {
			case !col.Elem.Valid.At(i):
				t = record.Null
			case equal(col.Elem, i):
				return record.True
			}
		}
		return t
	}, nil
}

// compare compiles the comparison of a column with a constant of its own type; nil
// where that takes more.
func compare(ref columnRef, kind record.Kind, fn string, v record.Value) truthFunc {
	if kind != v.Type().Kind {
		return nil
	}
	switch kind {
	case record.BigInt, record.Timestamp, record.Date:
		return compareInts(ref, fn, v.Int())
	case record.Varchar:
		switch fn {
		case plan.FuncEq:
			return onText(ref, v.Str(), func(a, b string) bool { return a == b })
		case plan.FuncLt:
			return onText(ref, v.Str(), func(a, b string) bool { return a < b })
		default:
			return onText(ref, v.Str(), func(a, b string) bool { return a <= b })
		}
	default:
		return nil
	}
}

func compareInts(ref columnRef, fn string, n int64) truthFunc {
	switch fn {
	case plan.FuncEq:
		return func(row int) record.Truth {
			if col := *ref; col.Valid.At(row) {
				return record.TruthOf(col.Ints[row] == n)
			}
			return record.Null
		}
	case plan.FuncLt:
		return func(row int) record.Truth {
			if col := *ref; col.Valid.At(row) {
				return record.TruthOf(col.Ints[row] < n)
			}
			return record.Null
		}
	default:
		return func(row int) record.Truth {
			if col := *ref; col.Valid.At(row) {
				return record.TruthOf(col.Ints[row] <= n)
			}
			return record.Null
		}
	}
}

// general compiles what has no faster form: comparisons of any two values.
func (c *compiler) general(e *plan.Call) (truthFunc, error) {
	var holds func(cmp int) bool
	switch e.Func {
	case plan.FuncEq:
		holds = func(cmp int) bool { return cmp == 0 }
	case plan.FuncLt:
		holds = func(cmp int) bool { return cmp < 0 }
	case plan.FuncLe:
		holds = func(cmp int) bool { return cmp <= 0 }
	default:
		if len(e.Args) == 2 && isNull(e.Args[1]) {
			return func(int) record.Truth { return record.Null }, nil
		}
		return nil, fmt.Errorf("closures do not know %s", plan.FormatExpr(e))
	}
	var sides [2]func(row int) record.Value
	for i, a := range e.Args {
		switch a := a.(type) {
		case *plan.Column:
			at, err := c.at(a)
			if err != nil {
				return nil, err
			}
			ref := &c.cols[at]
			sides[i] = func(row int) record.Value { return (*ref).Value(row) }
		case *plan.Literal:
			v := a.Value
			sides[i] = func(int) record.Value { return v }
		default:
			return nil, fmt.Errorf("closures do not know %s", plan.FormatExpr(e))
		}
	}
	return func(row int) record.Truth {
		a, b := sides[0](row), sides[1](row)
		if a.IsNull() || b.IsNull() {
			return record.Null
		}
		return record.TruthOf(holds(record.Compare(a, b)))
	}, nil
}

func isNull(e plan.Expr) bool {
	lit, ok := e.(*plan.Literal)
	return ok && lit.Value.IsNull()
}
