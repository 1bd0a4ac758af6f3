package function

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/millrace/millrace/libs/planted"
	"github.com/millrace/millrace/libs/record"
)

func notA(text string, t record.Type) error {
	return fmt.Errorf("%q is no %s", abbreviated(text), t)
}

func readBool(v record.Value) (record.Value, error) {
	switch strings.ToLower(strings.TrimSpace(v.Str())) {
	case "true", "t", "yes", "y", "on", "1":
		return record.Bool(true), nil
	case "false", "f", "no", "n", "off", "0":
		return record.Bool(false), nil
	default:
		return record.Value{}, notA(v.Str(), record.BooleanType)
	}
}

func readInt(v record.Value) (record.Value, error) {
	n, err := strconv.ParseInt(strings.TrimSpace(v.Str()), 10, 64)
	if err != nil {
		return record.Value{}, notA(v.Str(), record.BigIntType)
	}
	return record.Int(n), nil
}

func readFloat(v record.Value) (record.Value, error) {
	s := strings.TrimSpace(v.Str())
	switch strings.ToLower(strings.TrimPrefix(s, "-")) {
	case "nan", "infinity", "inf":
	default:
		// ParseFloat reads hexadecimal numbers, too.
		if strings.Trim(s, "0123456789") != "" && strings.IndexFunc(s, func(r rune) bool { return !strings.ContainsRune("0123456789+-.eE", r) }) >= 0 {
			return record.Value{}, notA(v.Str(), record.DoubleType)
		}
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return record.Value{}, notA(v.Str(), record.DoubleType)
	}
	return record.Float(f), nil
}

func doubleToInt(v record.Value) (record.Value, error) {
	f := v.Float()
	if planted.On(planted.CastTruncates) {
		f = math.Trunc(f)
	}
	n, ok := whole(f)
	return checked(n, ok)
}

func boolToInt(v record.Value) (record.Value, error) {
	if v.Bool() {
		return record.Int(1), nil
	}
	return record.Int(0), nil
}

func jsonToInt(s string) (record.Value, error) {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return record.Int(n), nil
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return record.Value{}, ErrRange
	}
	n, ok := whole(f)
	return checked(n, ok)
}

// jsonScalar casts JSON values of one kind, and null to NULL.
func jsonScalar(kind string, to record.Type, read func(string) (record.Value, error)) func(record.Value) (record.Value, error) {
	return func(v record.Value) (record.Value, error) {
		text := jsonValue(v.Str())
		switch jsonKind(text) {
		case kind:
			return read(text)
		case "null":
			return record.NullOf(to), nil
		default:
			return record.Value{}, notA(text, to)
		}
	}
}

// readJSON checks a text as encoding/json reads it.
func readJSON(v record.Value) (record.Value, error) {
	text := strings.Trim(v.Str(), " \t\n\r")
	if !json.Valid([]byte(text)) {
		return record.Value{}, fmt.Errorf("%q is not JSON", abbreviated(v.Str()))
	}
	return record.JSONOf(text), nil
}

// readTimestamp reads a text as a TIMESTAMP, UTC where it names no offset.
func readTimestamp(text string) (record.Value, error) {
	t, ok := record.ParseInstant(text)
	if !ok {
		return record.Value{}, notA(text, record.TimestampType)
	}
	return instant(t)
}

func readDate(text string) (record.Value, error) {
	t, ok := record.ParseInstant(text)
	if !ok {
		return record.Value{}, notA(text, record.DateType)
	}
	return dayOf(t)
}

func timestampToDate(v record.Value) (record.Value, error) { return dayOf(v.Time()) }

// dayOf returns the DATE on which an instant is.
func dayOf(t time.Time) (record.Value, error) {
	d, ok := record.DateFrom(t)
	if !ok {
		return record.Value{}, ErrDate
	}
	return d, nil
}

func readInterval(t record.Type) func(record.Value) (record.Value, error) {
	return func(v record.Value) (record.Value, error) {
		i, err := record.ParseInterval(v.Str())
		switch {
		case err != nil:
			return record.Value{}, err
		case !i.Type().Equal(t):
			return record.Value{}, notA(v.Str(), t)
		}
		return i, nil
	}
}
