package parser

import (
	"math/big"
	"strings"
	"time"

	"github.com/millrace/millrace/libs/sql/ast"
)

// unit is a unit of intervals: so many months, or so much time.
type unit struct {
	name   string // as it stands after the quotes, singular
	months int64
	span   time.Duration
}

// units are those that may follow the text of an interval.
var units = [...]unit{
	{"MILLISECOND", 0, time.Millisecond},
	{"SECOND", 0, time.Second},
	{"MINUTE", 0, time.Minute},
	{"HOUR", 0, time.Hour},
	{"DAY", 0, 24 * time.Hour},
	{"WEEK", 0, 7 * 24 * time.Hour},
	{"MONTH", 1, 0},
	{"YEAR", 12, 0},
}

// longestWindow is the greatest size of a window.
const longestWindow = 366 * 24 * time.Hour

// windowSize = interval, of at least a millisecond.
func (p *parser) windowSize() (*ast.IntervalLit, *ast.Error) {
	if !p.tok.is("interval") {
		err := p.expected("INTERVAL '1' MINUTE")
		if err.Hint == "" {
			err.Hint = "the size of a window is written INTERVAL '1' MINUTE"
		}
		return nil, err
	}
	amount := p.peek
	lit, err := p.interval()
	if err != nil {
		return nil, err
	}
	if lit.Months != 0 || lit.Span < time.Millisecond || lit.Span > longestWindow || lit.Span%time.Millisecond != 0 {
		return nil, p.fail(amount.at, "the size of a window is a whole number of milliseconds, at least 1, at most 366 days, found %s", amount).
			WithHint("for example INTERVAL '90' SECOND")
	}
	return lit, nil
}

// interval = INTERVAL 'n' unit | INTERVAL 'n unit …'.
func (p *parser) interval() (*ast.IntervalLit, *ast.Error) {
	lit := &ast.IntervalLit{At: p.tok.at}
	p.advance()
	if p.tok.kind != str {
		return nil, p.unquotedInterval()
	}
	amount := p.tok
	p.advance()
	lit.Text = amount.value
	if u, ok := unitOf(p.tok); ok {
		lit.Unit = u.name
		p.advance()
		if p.tok.is("to") || p.tok.is("(") {
			return nil, p.fail(p.tok.at, "an interval has one unit after its quotes").WithHint("write INTERVAL '1 day 2 hours'")
		}
		var ok bool
		if lit.Months, lit.Span, ok = u.times(amount.value); !ok {
			return nil, p.wrongInterval(amount, u)
		}
		return lit, nil
	}
	if plainNumber(amount.value) {
		var names []string
		for _, u := range units {
			names = append(names, u.name)
		}
		err := p.expected(names...)
		return nil, hinted(err, "write INTERVAL %s MINUTE", amount)
	}
	var problem string
	if lit.Months, lit.Span, problem = intervalOf(amount.value); problem != "" {
		return nil, p.fail(amount.at, "%s is no interval: %s", amount, problem).
			WithHint("for example INTERVAL '90' SECOND, INTERVAL '1 day 2 hours' or INTERVAL 'P1DT2H'")
	}
	return lit, nil
}

// unquotedInterval refuses INTERVAL 5 MINUTE.
func (p *parser) unquotedInterval() *ast.Error {
	err := p.expected("a number between single quotes")
	if p.tok.kind != number {
		return err
	}
	if u, ok := unitOf(p.peek); ok {
		return hinted(err, "write INTERVAL '%s' %s", p.tok.text, u.name)
	}
	return hinted(err, "write INTERVAL '%s' and the unit", p.tok.text)
}

func (p *parser) wrongInterval(amount token, u unit) *ast.Error {
	if u.months > 0 {
		return p.fail(amount.at, "expected a whole number of %ss, found %s", u.name, amount).
			WithHint("for example INTERVAL '1' %s", u.name)
	}
	err := p.fail(amount.at, "expected a number of %ss, found %s", u.name, amount)
	if _, _, problem := intervalOf(amount.value); problem == "" {
		return err.WithHint("the unit stands once: INTERVAL %s", amount)
	}
	return err.WithHint("for example INTERVAL '1.5' %s; an interval reaches up to 292 years", u.name)
}

// unitOf returns the unit that t names, in the singular or the plural.
func unitOf(t token) (unit, bool) {
	if t.kind != word {
		return unit{}, false
	}
	name := strings.TrimSuffix(strings.ToUpper(t.value), "S")
	for _, u := range units {
		if u.name == name {
			return u, true
		}
	}
	return unit{}, false
}

// plainNumber reports whether text is a number without a unit.
func plainNumber(text string) bool {
	return text != "" && strings.Trim(text, "0123456789.+- ") == "" && !strings.Contains(strings.TrimLeft(text, "+- "), "-")
}

// times multiplies a decimal number by the unit, exactly.
func (u unit) times(text string) (months int64, span time.Duration, ok bool) {
	n, ok := decimal(text)
	if !ok {
		return 0, 0, false
	}
	scale := int64(u.span)
	if u.months > 0 {
		scale = u.months
	}
	n.Mul(n, big.NewRat(scale, 1))
	if !n.IsInt() || !n.Num().IsInt64() {
		return 0, 0, false
	}
	if u.months > 0 {
		return n.Num().Int64(), 0, true
	}
	return 0, time.Duration(n.Num().Int64()), true
}

// decimal reads digits with an optional sign and fraction.
func decimal(text string) (*big.Rat, bool) {
	digits := strings.TrimPrefix(strings.TrimPrefix(text, "-"), "+")
	if digits == "" || len(text) > 30 || strings.Trim(digits, "0123456789.") != "" || len(text)-len(digits) > 1 {
		return nil, false
	}
	return new(big.Rat).SetString(text)
}
