package bind

import (
	"strconv"
	"time"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/ast"
)

// number reads a literal: BIGINT where it is an integer of 64 bits, else DOUBLE.
func (b *binder) number(l *ast.NumberLit) (record.Value, *ast.Error) {
	if n, err := strconv.ParseInt(l.Text, 10, 64); err == nil {
		return record.Int(n), nil
	}
	f, err := strconv.ParseFloat(l.Text, 64)
	if err != nil {
		return record.Value{}, b.fail(l.At, "the number %s is out of range", l.Text).WithCode(ast.CodeRange).
			WithHint("numbers reach up to 1.7976931348623157e308")
	}
	return record.Float(f), nil
}

// timeText reads text as a TIMESTAMP or DATE.
func (b *binder) timeText(pos ast.Pos, text string, t record.Type) (record.Value, *ast.Error) {
	at, ok := record.ParseInstant(text)
	if _, err := record.ParseInterval(text); !ok && err == nil {
		return record.Value{}, b.fail(pos, "%s is no %s", ast.Quote(text), t).WithCode(ast.CodeTime).WithHint("an interval is written INTERVAL %s", ast.Quote(text))
	}
	switch {
	case !ok && t.Kind == record.Date:
		return record.Value{}, b.fail(pos, "%s is no DATE", ast.Quote(text)).WithCode(ast.CodeTime).
			WithHint("%s", timeHint(t))
	case !ok:
		return record.Value{}, b.fail(pos, "%s is no TIMESTAMP", ast.Quote(text)).WithCode(ast.CodeTime).
			WithHint("%s", timeHint(t))
	}
	if t.Kind == record.Date {
		v, ok := record.DateFrom(at)
		if !ok {
			return v, b.fail(pos, "%s is out of the range of DATE", ast.Quote(text)).WithCode(ast.CodeRange).WithHint("%s", castHint("", "", t))
		}
		return v, nil
	}
	v, ok := record.TimestampFrom(at)
	if !ok {
		return v, b.beyond(pos, ast.Quote(text))
	}
	return v, nil
}

// timeHint says how a DATE or a TIMESTAMP is written.
func timeHint(t record.Type) string {
	if t.Kind == record.Date {
		return "a date is written '2016-10-01'"
	}
	return "a timestamp is written '2016-10-01 12:30:00' or '2016-10-01T12:30:00.000Z'"
}

// beyond refuses an instant that no TIMESTAMP is.
func (b *binder) beyond(pos ast.Pos, text string) *ast.Error {
	return b.fail(pos, "%s is out of the range of TIMESTAMP", text).WithCode(ast.CodeRange).
		WithHint("it reaches from %s to %s", record.FirstInstant().Format(time.DateOnly), record.LastInstant().Format(time.DateOnly))
}
