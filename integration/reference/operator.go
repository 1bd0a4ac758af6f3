package reference

import (
	"errors"
	"fmt"
	"slices"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/ast"
)

// binaries are the functions of operators.
var binaries = map[ast.BinaryOp]string{
	ast.Add: "+", ast.Sub: "-", ast.Mul: "*", ast.Div: "/", ast.Mod: "mod", ast.Concat: "concat", ast.JSONField: "->", ast.JSONText: "->>",
}

// operator compiles what is written with operators and keywords and is no condition.
func (s *scope) operator(e ast.Expr) (*expr, error) {
	switch e := e.(type) {
	case *ast.Binary:
		return s.apply(binaries[e.Op], e.L, e.R)
	case *ast.Neg:
		return s.apply("negative", e.X)
	case *ast.Subscript:
		return s.apply("subscript", e.X, e.Index)
	case *ast.ArrayLit:
		return s.apply("array", e.Elems...)
	case *ast.Case:
		return s.caseOf(e)
	case *ast.Cast:
		return s.cast(e)
	case *ast.IntervalLit:
		if e.Months != 0 && e.Span != 0 {
			return nil, errors.New("an interval of months and days")
		}
		read := record.ParseInterval
		if e.Unit != "" {
			read = func(text string) (record.Value, error) { return record.ParseIntervalIn(text, e.Unit) }
		}
		v, err := read(e.Text)
		return literal(v), err
	default:
		return nil, fmt.Errorf("expression %T is not supported", e)
	}
}

// caseOf compiles CASE: conditions are looked at one after the other, and nothing is
// evaluated that is not needed.
func (s *scope) caseOf(c *ast.Case) (*expr, error) {
	var conditions []predicate
	var values []*expr
	typ := record.Type{}
	branch := func(e ast.Expr) error {
		x, err := s.value(e)
		if err != nil {
			return err
		}
		var ok bool
		if typ, ok = common(typ, x.typ); !ok {
			return fmt.Errorf("CASE of %s and %s", typ, x.typ)
		}
		values = append(values, x)
		return nil
	}
	for _, w := range c.Whens {
		var p predicate
		var err error
		if c.Operand == nil {
			p, err = s.predicate(w.Cond)
		} else {
			p, err = s.compare(&ast.Compare{Op: ast.Eq, L: c.Operand, R: w.Cond})
		}
		if err == nil {
			err = branch(w.Then)
		}
		if err != nil {
			return nil, err
		}
		conditions = append(conditions, p)
	}
	if c.Else != nil {
		if err := branch(c.Else); err != nil {
			return nil, err
		}
	}
	typ = orText(typ)
	for i, v := range values {
		x, err := implicitly(v, typ)
		if err != nil {
			return nil, err
		}
		values[i] = x
	}
	return &expr{typ: typ, col: -1, eval: func(e *env) *record.Value {
		for i, holds := range conditions {
			switch holds(e) {
			case yes:
				return values[i].eval(e)
			case failed:
				return nil
			default:
			}
		}
		if len(values) > len(conditions) {
			return values[len(conditions)].eval(e)
		}
		return constant(record.NullOf(typ))
	}}, nil
}

// isTruth is X IS [NOT] TRUE, FALSE or UNKNOWN.
func (s *scope) isTruth(t *ast.IsTruth) (predicate, error) {
	want, ok := map[ast.Truth]truth{ast.True: yes, ast.False: no, ast.Unknown: unknown}[t.Value]
	if !ok {
		return nil, errors.New("IS of an unknown truth value")
	}
	p, err := s.predicate(t.X)
	return func(e *env) truth {
		got := p(e)
		if got == failed {
			return failed
		}
		return truthOf(got == want)
	}, err
}

// isDistinct is L IS DISTINCT FROM R.
func (s *scope) isDistinct(d *ast.IsDistinct) (predicate, error) {
	l, err := s.value(d.L)
	if err != nil {
		return nil, err
	}
	r, err := s.value(d.R)
	if err != nil {
		return nil, err
	}
	order := besideInteger(&ast.Compare{L: d.L, R: d.R}, l, r)
	if order == nil {
		order = compareValues
		if l, r, err = coerce(l, r); err != nil {
			return nil, err
		}
	}
	return func(e *env) truth {
		a, b := l.eval(e), r.eval(e)
		switch {
		case a == nil || b == nil:
			return failed
		case a.IsNull() || b.IsNull():
			return truthOf(a.IsNull() != b.IsNull())
		default:
			return truthOf(order(a, b) != 0)
		}
	}, nil
}

// match is X ~ pattern.
func (s *scope) match(m *ast.Match) (predicate, error) {
	operands := []ast.Expr{m.X, m.Pattern}
	if m.Fold {
		operands = append(operands, &ast.StringLit{Value: "i"})
	}
	x, err := s.apply("regexp_like", operands...)
	if err != nil {
		return nil, err
	}
	return condition(x)
}

// isAggregate tells functions of groups from those of single values.
func isAggregate(c *ast.Call) bool {
	_, gathers := gatherings[c.Func]
	return c.Star || gathers || aggregateNames[c.Func] != "" || slices.Contains([]string{"count", "sum", "avg", "min", "max"}, c.Func)
}
