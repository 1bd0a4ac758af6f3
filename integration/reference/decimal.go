package reference

import (
	"math/big"
	"strings"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/ast"
)

// decimal returns the number that is written at e where it is no integer of 64 bits: its
// exact value, of which a DOUBLE may be a neighbour. Exponents of more than three digits are
// left to DOUBLE.
func decimal(e ast.Expr) (*big.Rat, bool) {
	n, ok := ast.Unparen(e).(*ast.NumberLit)
	if !ok || !strings.ContainsAny(n.Text, ".eE") {
		return nil, false
	}
	if at := strings.IndexAny(n.Text, "eE"); at >= 0 && len(n.Text)-at > len("e-999") {
		return nil, false
	}
	return new(big.Rat).SetString(n.Text)
}

// besideInteger compares a BIGINT with a number that is written beside it, exactly; nil:
// that is not what is compared.
func besideInteger(c *ast.Compare, l, r *expr) func(a, b *record.Value) int {
	if number, ok := decimal(c.R); ok && l.typ.Kind == record.BigInt {
		return func(a, _ *record.Value) int { return new(big.Rat).SetInt64(a.Int()).Cmp(number) }
	}
	if number, ok := decimal(c.L); ok && r.typ.Kind == record.BigInt {
		return func(_, b *record.Value) int { return number.Cmp(new(big.Rat).SetInt64(b.Int())) }
	}
	return nil
}

// besideNumbers reports whether a BIGINT is compared with the elements of a list of numbers
// that are written, some of them with a fraction.
func besideNumbers(a *ast.AnyCompare, l, elem *expr) bool {
	list, ok := ast.Unparen(a.Array).(*ast.ArrayLit)
	if !ok || l.typ.Kind != record.BigInt || elem.typ.Kind != record.Double {
		return false
	}
	for _, e := range list.Elems {
		switch ast.Unparen(e).(type) {
		case *ast.NumberLit, *ast.NullLit:
		default:
			return false
		}
	}
	return true
}

// eachNumber compares with each element of such a list by itself.
func (s *scope) eachNumber(a *ast.AnyCompare) (predicate, error) {
	var parts []predicate
	for _, e := range ast.Unparen(a.Array).(*ast.ArrayLit).Elems {
		p, err := s.compare(&ast.Compare{Op: a.Operator(), L: a.L, R: e})
		if err != nil {
			return nil, err
		}
		parts = append(parts, p)
	}
	start, join := no, &orTable
	if a.All {
		start, join = yes, &andTable
	}
	return func(e *env) truth {
		t := start
		for _, p := range parts {
			t = join[t][p(e)]
		}
		return t
	}, nil
}
