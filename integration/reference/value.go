package reference

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/ast"
)

// value compiles an expression for its value.
func (s *scope) value(e ast.Expr) (*expr, error) {
	if x := s.groupKey(e); x != nil {
		return x, nil
	}
	switch e := e.(type) {
	case *ast.Paren:
		return s.value(e.X)
	case *ast.Name:
		return s.name(e)
	case *ast.NullLit:
		return literal(record.Value{}), nil
	case *ast.BoolLit:
		return literal(record.Bool(e.Value)), nil
	case *ast.StringLit:
		return literal(record.Text(e.Value)), nil
	case *ast.NumberLit:
		v, err := number(e.Text)
		if err != nil {
			return nil, err
		}
		return literal(v), nil
	case *ast.TimeLit:
		nanos, ok := parseTimeLiteral(e.Text)
		if !ok {
			return nil, fmt.Errorf("unreadable time %q", e.Text)
		}
		if e.Date {
			return literal(record.DateOf(floorDiv(nanos, nanosPerDay))), nil
		}
		return literal(record.TimestampOf(nanos)), nil
	case *ast.Call:
		return s.call(e)
	case *ast.Compare, *ast.AnyCompare, *ast.And, *ast.Or, *ast.Not, *ast.IsNull, *ast.IsTruth, *ast.IsDistinct, *ast.Between, *ast.In, *ast.InQuery,
		*ast.Like, *ast.Contains, *ast.Match:
		return s.truthValue(e)
	default:
		return s.operator(e)
	}
}

// number reads a number as written: BIGINT where it is an integer that fits,
// else DOUBLE.
func number(text string) (record.Value, error) {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return record.Int(n), nil
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsInf(f, 0) {
		return record.Value{}, fmt.Errorf("unreadable number %q", text)
	}
	return record.Float(f), nil
}

// call compiles a call of a function, or of an aggregate in the group scope.
func (s *scope) call(c *ast.Call) (*expr, error) {
	if t, ok := presents[c.Func]; ok && len(c.Args) == 0 {
		return s.present(t)
	}
	if !isAggregate(c) {
		if _, ok := functions()[c.Func]; !ok || !isWord(c.Func) || c.Filter != nil || c.Distinct || len(c.OrderBy) > 0 {
			return nil, fmt.Errorf("%s is not supported", c)
		}
		return s.apply(c.Func, c.Args...)
	}
	if !s.grouped || s.within {
		return nil, fmt.Errorf("%s is not allowed here", c.Func)
	}
	return s.aggregateCall(c)
}

// truthValue makes a BOOLEAN of a predicate.
func (s *scope) truthValue(e ast.Expr) (*expr, error) {
	p, err := s.predicate(e)
	if err != nil {
		return nil, err
	}
	var (
		isTrue  = constant(record.Bool(true))
		isFalse = constant(record.Bool(false))
		isNull  = constant(record.NullOf(record.BooleanType))
	)
	return &expr{typ: record.BooleanType, col: -1, eval: func(e *env) *record.Value {
		switch p(e) {
		case yes:
			return isTrue
		case no:
			return isFalse
		case unknown:
			return isNull
		default:
			return nil
		}
	}}, nil
}

// coerce makes two operands comparable: a literal text is read as what it is compared
// with, a DATE beside a TIMESTAMP is its midnight. BIGINT and DOUBLE compare as they are.
func coerce(a, b *expr) (*expr, *expr, error) {
	a, b, err := coerceLeft(a, b)
	if err != nil {
		return nil, nil, err
	}
	if b, a, err = coerceLeft(b, a); err != nil {
		return nil, nil, err
	}
	if !orderable(a.typ) || !orderable(b.typ) || !compare2(a.typ, b.typ) {
		return nil, nil, fmt.Errorf("%s does not compare with %s", a.typ, b.typ)
	}
	return a, b, nil
}

func coerceLeft(a, b *expr) (*expr, *expr, error) {
	switch ak, bk := a.typ.Kind, b.typ.Kind; {
	case a.isText() && bk == record.Date:
		text := a.eval(nil).Str()
		nanos, ok := parseTimeLiteral(text)
		if !ok {
			return nil, nil, fmt.Errorf("unreadable time %q", text)
		}
		if nanos%nanosPerDay == 0 {
			return literal(record.DateOf(nanos / nanosPerDay)), b, nil
		}
		return coerceLeft(literal(record.TimestampOf(nanos)), b)
	case a.isText() && bk == record.Timestamp, ak == record.Date && bk == record.Timestamp:
		x, err := implicitly(a, b.typ)
		return x, b, err
	}
	return a, b, nil
}

func isWord(name string) bool {
	return 'a' <= name[0] && name[0] <= 'z' && !slices.Contains([]string{"negative", "subscript", "array"}, name)
}
