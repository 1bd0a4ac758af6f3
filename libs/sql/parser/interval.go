package parser

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/ast"
)

// units are those that may follow the text of an interval.
var units = [...]string{"MILLISECOND", "SECOND", "MINUTE", "HOUR", "DAY", "WEEK", "MONTH", "YEAR"}

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
	if lit.Months != 0 {
		return nil, p.fail(amount.at, "windows are of one length, and months and years are not").
			WithHint("write INTERVAL '30' DAY; months are groups of their own without a window: GROUP BY date_trunc('month', created_at)")
	}
	if lit.Span < time.Millisecond || lit.Span > longestWindow || lit.Span%time.Millisecond != 0 {
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
		lit.Unit = u
		p.advance()
		if p.tok.is("to") || p.tok.is("(") {
			return lit, p.intervalOf(lit, amount)
		}
		span, err := record.ParseSpanIn(amount.value, u)
		if err != nil {
			return nil, p.wrongInterval(amount, u)
		}
		lit.Months, lit.Span, lit.Calendar = span.Months, span.Time, span.Calendar
		return lit, nil
	}
	if plainNumber(amount.value) {
		err := p.expected(units[:]...)
		return nil, hinted(err, "write INTERVAL %s MINUTE", amount)
	}
	span, err := record.ParseSpan(amount.value)
	if err != nil {
		problem := err.Error()
		var wrong *record.IntervalError
		if errors.As(err, &wrong) {
			problem = wrong.Problem
		}
		return nil, p.fail(amount.at, "%s is no interval: %s", amount, problem).WithCode(ast.CodeTime).
			WithHint("for example INTERVAL '90' SECOND, INTERVAL '1 day 2 hours' or INTERVAL 'P1DT2H'")
	}
	lit.Months, lit.Span, lit.Calendar = span.Months, span.Time, span.Calendar
	return lit, nil
}

// unquotedInterval refuses INTERVAL 5 MINUTE.
func (p *parser) unquotedInterval() *ast.Error {
	err := p.expected("a number between single quotes")
	if p.tok.kind != number {
		return err
	}
	if u, ok := unitOf(p.peek); ok {
		return hinted(err, "write INTERVAL '%s' %s", p.tok.text, u)
	}
	return hinted(err, "write INTERVAL '%s' and the unit", p.tok.text)
}

func (p *parser) wrongInterval(amount token, unit string) *ast.Error {
	if unit == "MONTH" || unit == "YEAR" {
		return p.fail(amount.at, "expected a whole number of MONTHs, found %s %s", amount, unit).WithCode(ast.CodeTime).
			WithHint("for example INTERVAL '1' %s", unit)
	}
	err := p.fail(amount.at, "expected a number of %ss, found %s", unit, amount).WithCode(ast.CodeTime)
	if _, wrong := record.ParseSpan(amount.value); wrong == nil {
		return err.WithHint("the unit stands once: INTERVAL %s", amount)
	}
	return err.WithHint("for example INTERVAL '1.5' %s; an interval reaches up to 292 years", unit)
}

// unitOf returns the unit that t names, in the singular or the plural.
func unitOf(t token) (string, bool) {
	name := strings.TrimSuffix(strings.ToUpper(t.value), "S")
	return name, t.kind == word && slices.Contains(units[:], name)
}

// plainNumber reports whether text is a number without a unit.
func plainNumber(text string) bool {
	return text != "" && strings.Trim(text, "0123456789.+- ") == "" && !strings.Contains(strings.TrimLeft(text, "+- "), "-")
}
