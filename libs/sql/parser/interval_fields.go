package parser

import (
	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/ast"
)

// intervalOf reads the last unit of INTERVAL '1-2' YEAR TO MONTH and the like. The text
// says what its parts are: years and months, or hours and minutes perhaps after days.
func (p *parser) intervalOf(lit *ast.IntervalLit, amount token) *ast.Error {
	at, first := p.tok.at, lit.Unit
	span, wrong := record.ParseSpan(amount.value)
	last, ok := unitOf(p.peek)
	switch {
	case !p.tok.is("to") || !ok || wrong != nil:
	case first == "YEAR" && last == "MONTH" && span.Calendar, (first == "DAY" || first == "HOUR") && (last == "MINUTE" || last == "SECOND") && !span.Calendar:
		p.advance()
		p.advance()
		lit.Unit, lit.Months, lit.Span, lit.Calendar = "", span.Months, span.Time, span.Calendar
		return nil
	}
	return p.fail(at, "an interval has one unit after its quotes").WithHint("write its units between them: INTERVAL '1 day 2 hours'")
}
