package reference

import (
	"fmt"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/ast"
)

type predicate func(*env) truth

// predicate compiles an expression for its truth.
func (s *scope) predicate(e ast.Expr) (predicate, error) {
	if x := s.groupKey(e); x != nil {
		return condition(x)
	}
	switch e := e.(type) {
	case *ast.Paren:
		return s.predicate(e.X)
	case *ast.And:
		return s.connective(e.L, e.R, no, &andTable)
	case *ast.Or:
		return s.connective(e.L, e.R, yes, &orTable)
	case *ast.Not:
		return negated(true)(s.predicate(e.X))
	case *ast.Compare:
		return s.compare(e)
	case *ast.IsNull:
		return s.isNull(e)
	case *ast.Between:
		return negated(e.Not)(s.between(e))
	case *ast.In:
		return negated(e.Not)(s.in(e))
	case *ast.InQuery:
		return negated(e.Not)(s.inQuery(e))
	case *ast.AnyCompare:
		return s.quantified(e)
	case *ast.Like:
		return negated(e.Not)(s.like(e))
	case *ast.Contains:
		return negated(e.Not)(s.contains(e))
	case *ast.IsTruth:
		return negated(e.Not)(s.isTruth(e))
	case *ast.IsDistinct:
		return negated(e.Not)(s.isDistinct(e))
	case *ast.Match:
		return negated(e.Not)(s.match(e))
	default:
		return s.boolean(e)
	}
}

// connective joins two predicates; where the left one is decisive, the right one
// need not be looked at, because the table says the same whatever it is.
func (s *scope) connective(l, r ast.Expr, decisive truth, table *[4][4]truth) (predicate, error) {
	left, err := s.predicate(l)
	if err != nil {
		return nil, err
	}
	right, err := s.predicate(r)
	if err != nil {
		return nil, err
	}
	return func(e *env) truth {
		t := left(e)
		if t == decisive {
			return t
		}
		return table[t][right(e)]
	}, nil
}

func negated(not bool) func(predicate, error) (predicate, error) {
	return func(p predicate, err error) (predicate, error) {
		if err != nil || !not {
			return p, err
		}
		return func(e *env) truth { return notTable[p(e)] }, nil
	}
}

// boolean takes a BOOLEAN value for its truth.
func (s *scope) boolean(e ast.Expr) (predicate, error) {
	x, err := s.value(e)
	if err != nil {
		return nil, err
	}
	return condition(x)
}

func condition(x *expr) (predicate, error) {
	if x.typ.Kind != record.Boolean && x.typ.Kind != record.Unknown {
		return nil, fmt.Errorf("%s is not a condition", x.typ)
	}
	return func(e *env) truth {
		switch v := x.eval(e); {
		case v == nil:
			return failed
		case v.IsNull():
			return unknown
		default:
			return truthOf(v.Bool())
		}
	}, nil
}

// operand evaluates to a value that is there, or to the truth of a predicate
// that cannot look at one.
func operand(x *expr, e *env) (*record.Value, truth) {
	v := x.eval(e)
	switch {
	case v == nil:
		return nil, failed
	case v.IsNull():
		return nil, unknown
	}
	return v, yes
}

// operands evaluates both operands; ERROR in either goes before NULL in the other.
func operands(a, b *expr, e *env) (*record.Value, *record.Value, truth) {
	x, tx := operand(a, e)
	y, ty := operand(b, e)
	switch {
	case tx == failed || ty == failed:
		return nil, nil, failed
	case tx == unknown || ty == unknown:
		return nil, nil, unknown
	}
	return x, y, yes
}

func (s *scope) compare(c *ast.Compare) (predicate, error) {
	l, err := s.value(c.L)
	if err != nil {
		return nil, err
	}
	r, err := s.value(c.R)
	if err != nil {
		return nil, err
	}
	if order := besideInteger(c, l, r); order != nil {
		return ordered(l, r, c.Op, order)
	}
	return comparison(l, r, c.Op)
}

func comparison(l, r *expr, op ast.CompareOp) (predicate, error) {
	l, r, err := coerce(l, r)
	if err != nil {
		return nil, err
	}
	return ordered(l, r, op, compareValues)
}

// ordered compares by an order of values that are not NULL.
func ordered(l, r *expr, op ast.CompareOp, order func(a, b *record.Value) int) (predicate, error) {
	var holds func(int) bool
	switch op {
	case ast.Eq:
		holds = func(c int) bool { return c == 0 }
	case ast.Ne:
		holds = func(c int) bool { return c != 0 }
	case ast.Lt:
		holds = func(c int) bool { return c < 0 }
	case ast.Le:
		holds = func(c int) bool { return c <= 0 }
	case ast.Gt:
		holds = func(c int) bool { return c > 0 }
	case ast.Ge:
		holds = func(c int) bool { return c >= 0 }
	default:
		return nil, fmt.Errorf("operator %s is not supported", op)
	}
	return func(e *env) truth {
		a, b, t := operands(l, r, e)
		if t != yes {
			return t
		}
		return truthOf(holds(order(a, b)))
	}, nil
}

func (s *scope) isNull(n *ast.IsNull) (predicate, error) {
	x, err := s.value(n.X)
	if err != nil {
		return nil, err
	}
	return func(e *env) truth {
		v := x.eval(e)
		if v == nil {
			return failed
		}
		return truthOf(v.IsNull() != n.Not)
	}, nil
}

// between is X >= Low AND X <= High.
func (s *scope) between(b *ast.Between) (predicate, error) {
	low, err := s.compare(&ast.Compare{Op: ast.Ge, L: b.X, R: b.Low})
	if err != nil {
		return nil, err
	}
	high, err := s.compare(&ast.Compare{Op: ast.Le, L: b.X, R: b.High})
	if err != nil {
		return nil, err
	}
	return func(e *env) truth { return andTable[low(e)][high(e)] }, nil
}

// in is X = a OR X = b OR …
func (s *scope) in(in *ast.In) (predicate, error) {
	var parts []predicate
	for _, item := range in.List {
		p, err := s.compare(&ast.Compare{Op: ast.Eq, L: in.X, R: item})
		if err != nil {
			return nil, err
		}
		parts = append(parts, p)
	}
	return func(e *env) truth {
		t := no
		for _, p := range parts {
			t = orTable[t][p(e)]
		}
		return t
	}, nil
}

// quantified is L op e1 OR L op e2 OR … over the array's elements, for ALL with AND;
// NULL where the array is.
func (s *scope) quantified(a *ast.AnyCompare) (predicate, error) {
	l, err := s.value(a.L)
	if err != nil {
		return nil, err
	}
	arr, err := s.value(a.Array)
	if err != nil {
		return nil, err
	}
	if arr.typ.Kind != record.Array {
		return nil, fmt.Errorf("%s wants an array, found %s", a.Quantifier(), arr.typ)
	}
	// The element in turn stands where one is wanted.
	at := 0
	elem := &expr{typ: elemOf(arr.typ), col: -1, eval: func(e *env) *record.Value { return &arr.eval(e).Elems()[at] }}
	if besideNumbers(a, l, elem) {
		return s.eachNumber(a)
	}
	holds, err := comparison(l, elem, a.Operator())
	if order := besideInteger(&ast.Compare{L: a.L, R: a.Array}, l, elem); order != nil {
		holds, err = ordered(l, elem, a.Operator(), order)
	}
	if err != nil {
		return nil, fmt.Errorf("%s cannot be in %s: %w", l.typ, arr.typ, err)
	}
	start, join := no, &orTable
	if a.All {
		start, join = yes, &andTable
	}
	return func(e *env) truth {
		_, t := operand(arr, e)
		if l.eval(e) == nil {
			return failed
		}
		if t != yes {
			return t
		}
		t = start
		for at = range arr.eval(e).Elems() {
			t = join[t][holds(e)]
		}
		return t
	}, nil
}
