package bind

import (
	"math"
	"strconv"
	"strings"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/ast"
	"github.com/millrace/millrace/libs/sql/plan"
)

// A number with a fraction becomes a DOUBLE, which may be a neighbour of what is written:
// beside a BIGINT that would be another number. So the integers that it bounds are taken
// from its digits.

// rounding says which integer stands for a number between two of them.
type rounding uint8

const (
	none rounding = iota // no integer equals it
	down                 // x <= 2.5 is x <= 2, x > 2.5 is x > 2
	up                   // x >= 2.5 is x >= 3, x < 2.5 is x < 3
)

// exact returns a literal that compares with every BIGINT as the number that is written
// for the literal x does; anything else stays.
func (b *binder) exact(x plan.Expr, r rounding) plan.Expr {
	lit, _ := literal(x)
	text, ok := b.whole.decimals[lit]
	if !ok {
		return x
	}
	floor, whole, beyond := floorOf(text)
	switch {
	case beyond > 0:
		return &plan.Literal{Value: record.Float(math.Inf(1))}
	case beyond < 0:
		return &plan.Literal{Value: record.Float(math.Inf(-1))}
	case whole || r == down:
		return &plan.Literal{Value: record.Int(floor)}
	case r == up:
		return &plan.Literal{Value: record.Int(floor + 1)}
	default:
		return &plan.Literal{Value: record.Float(0.5)}
	}
}

// rounded reports whether a DOUBLE bounds other integers than the number that it was read
// from.
func rounded(text string, f float64) bool {
	floor, whole, beyond := floorOf(text)
	switch below := math.Floor(f); {
	case below >= 1<<63:
		return beyond != 1
	case below < -1<<63:
		return beyond != -1
	default:
		return beyond != 0 || floor != int64(below) || whole != (below == f)
	}
}

// inexact reports whether a number is a DOUBLE that bounds other integers than itself.
func inexact(n *ast.NumberLit) bool {
	if _, err := strconv.ParseInt(n.Text, 10, 64); err == nil {
		return false
	}
	f, err := strconv.ParseFloat(n.Text, 64)
	return err == nil && rounded(n.Text, f)
}

// exactEqual is exact for what the first operand is tested to be equal to. A number that is
// itself the first is left alone where it is beside a DOUBLE, too.
func (b *binder) exactEqual(args []plan.Expr) {
	integers := true
	for i := 1; i < len(args); i++ {
		if args[0].Type().Kind == record.BigInt {
			args[i] = b.exact(args[i], none)
		}
		integers = integers && args[i].Type().Kind == record.BigInt
	}
	if integers {
		args[0] = b.exact(args[0], none)
	}
}

// floorOf returns the greatest integer that is not greater than a number in decimal digits,
// and whether it equals it. A number that is greater or less than every BIGINT is beyond:
// 1 or -1.
func floorOf(text string) (floor int64, whole bool, beyond int) {
	digits, exponent, _ := strings.Cut(strings.ToLower(text), "e")
	digits, negative := strings.CutPrefix(digits, "-")
	integer, fraction, _ := strings.Cut(strings.TrimPrefix(digits, "+"), ".")
	point := len(integer)
	digits = strings.TrimLeft(integer+fraction, "0")
	point -= len(integer+fraction) - len(digits)
	if digits = strings.TrimRight(digits, "0"); digits == "" {
		return 0, true, 0
	}
	if exponent != "" {
		const most = 1 << 20 // beyond it the exponent decides
		n, err := strconv.Atoi(exponent)
		if err != nil && exponent[0] == '-' {
			n = -most
		} else if err != nil {
			n = most
		}
		point += max(-most, min(n, most))
	}
	sign := 1
	if negative {
		sign = -1
	}
	switch {
	case point <= 0: // between -1 and 1
		if negative {
			return -1, false, 0
		}
		return 0, false, 0
	case point > len("9223372036854775808"):
		return 0, false, sign
	}
	whole = len(digits) <= point
	digits = (digits + strings.Repeat("0", max(0, point-len(digits))))[:point]
	n, err := strconv.ParseUint(digits, 10, 64)
	switch {
	case err != nil || n > 1<<63:
		return 0, false, sign
	case !negative && n == 1<<63 || !negative && n == math.MaxInt64 && !whole:
		return 0, false, 1
	case negative && n == 1<<63 && !whole:
		return 0, false, -1
	case !negative:
		return int64(n), whole, 0
	case whole:
		return -int64(n), true, 0 // also of the least, which is its own opposite
	default:
		return -int64(n) - 1, false, 0
	}
}
