package bind

import (
	"strconv"
	"strings"
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

// Layouts of timestamps, the fraction read by any of them that has seconds.
var timestampLayouts = [...]string{
	"2006-01-02T15:04:05Z07:00",
	"2006-01-02T15:04:05",
	"2006-01-02T15:04Z07:00",
	"2006-01-02T15:04",
	time.DateOnly,
}

// instant reads what stands between the quotes of a timestamp, UTC where it names no
// offset; a date is its midnight. More than nanoseconds is refused, not rounded.
func instant(text string) (time.Time, bool) {
	text = strings.TrimSpace(text)
	if len(text) > 10 && text[10] == ' ' {
		text = text[:10] + "T" + strings.TrimLeft(text[10:], " ")
	}
	text = strings.Replace(text, " +", "+", 1)
	for _, layout := range timestampLayouts {
		t, err := time.Parse(layout, text)
		if err != nil {
			continue
		}
		return t, !strings.ContainsRune(text, ',') && fractionDigits(text) <= len("000000000")
	}
	return time.Time{}, false
}

func date(text string) (record.Value, bool) {
	t, err := time.Parse(time.DateOnly, strings.TrimSpace(text))
	if err != nil {
		return record.Value{}, false
	}
	return record.DateOf(t.Unix() / 86400), true
}

// timeText reads text as a TIMESTAMP or DATE.
func (b *binder) timeText(pos ast.Pos, text string, t record.Type) (record.Value, *ast.Error) {
	if t.Kind == record.Date {
		if v, ok := date(text); ok {
			return v, nil
		}
		return record.Value{}, b.fail(pos, "%s is no DATE", ast.Quote(text)).WithCode(ast.CodeTime).
			WithHint("a date is written '2016-10-01'")
	}
	if t, ok := instant(text); ok {
		v, ok := record.TimestampFrom(t)
		if !ok {
			return record.Value{}, b.beyond(pos, ast.Quote(text))
		}
		return v, nil
	}
	return record.Value{}, b.fail(pos, "%s is no TIMESTAMP", ast.Quote(text)).WithCode(ast.CodeTime).
		WithHint("a timestamp is written '2016-10-01 12:30:00' or '2016-10-01T12:30:00.000Z'")
}

// fractionDigits returns how many digits stand behind the point.
func fractionDigits(text string) int {
	_, fraction, _ := strings.Cut(text, ".")
	return len(fraction) - len(strings.TrimLeft(fraction, "0123456789"))
}

// beyond refuses an instant that no TIMESTAMP is.
func (b *binder) beyond(pos ast.Pos, text string) *ast.Error {
	return b.fail(pos, "%s is out of the range of TIMESTAMP", text).WithCode(ast.CodeRange).
		WithHint("it reaches from %s to %s", record.FirstInstant().Format(time.DateOnly), record.LastInstant().Format(time.DateOnly))
}
