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
		return record.Value{}, b.fail(l.At, "the number %s is out of range", l.Text).
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

// timestamp reads what stands between the quotes of a timestamp, UTC where it
// names no offset; a date is its midnight. More than microseconds is refused,
// not rounded.
func timestamp(text string) (record.Value, bool) {
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
		if t.Nanosecond()%1000 != 0 || strings.ContainsRune(text, ',') || len(text) > len("2006-01-02T15:04:05.000000000-07:00") {
			return record.Value{}, false
		}
		return record.TimestampOf(t.UnixMicro()), true
	}
	return record.Value{}, false
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
		return record.Value{}, b.fail(pos, "%s is no DATE", ast.Quote(text)).
			WithHint("a date is written '2016-10-01'")
	}
	if v, ok := timestamp(text); ok {
		return v, nil
	}
	return record.Value{}, b.fail(pos, "%s is no TIMESTAMP", ast.Quote(text)).
		WithHint("a timestamp is written '2016-10-01 12:30:00' or '2016-10-01T12:30:00.000Z'")
}
