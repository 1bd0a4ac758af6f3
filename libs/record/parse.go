package record

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/segmentio/encoding/json"
)

// ParseJSONArray reads a JSON array of values of the given types, as
// [AppendJSON] spells them: how a result's group key is read back.
func ParseJSONArray(b []byte, types []Type) ([]Value, error) {
	var raw []json.RawMessage
	if err := json.Unmarshal(b, &raw); err != nil {
		return nil, fmt.Errorf("not a JSON array: %w", err)
	}
	if len(raw) != len(types) {
		return nil, fmt.Errorf("%d values, expected %d", len(raw), len(types))
	}
	vals := make([]Value, len(raw))
	for i := range raw {
		v, err := ParseJSON(raw[i], types[i])
		if err != nil {
			return nil, fmt.Errorf("value %d: %w", i+1, err)
		}
		vals[i] = v
	}
	return vals, nil
}

// ParseJSON reads one value of type t as [AppendJSON] spells it.
func ParseJSON(b []byte, t Type) (Value, error) {
	if string(b) == "null" {
		return NullOf(t), nil
	}
	switch t.Kind {
	case Boolean:
		v, err := strconv.ParseBool(string(b))
		if err != nil {
			return Value{}, fmt.Errorf("%s is not a BOOLEAN", b)
		}
		return Bool(v), nil
	case BigInt:
		n, err := strconv.ParseInt(string(b), 10, 64)
		if err != nil {
			return Value{}, fmt.Errorf("%s is not a BIGINT", b)
		}
		return Int(n), nil
	case Double:
		return parseJSONFloat(b)
	case JSON:
		return JSONOf(string(b)), nil
	case Array:
		return parseJSONList(b, *t.Elem)
	case Varchar, Timestamp, Date, DayTime, YearMonth:
		var s string
		if err := json.Unmarshal(b, &s); err != nil {
			return Value{}, fmt.Errorf("%s is not a JSON string", b)
		}
		switch {
		case t.Kind == Varchar:
			return Text(s), nil
		case t.Interval():
			return parseIntervalOf(s, t)
		}
		return parseTime(s, t)
	default:
		return Value{}, fmt.Errorf("%s is not of type %s", b, t)
	}
}

func parseTime(s string, t Type) (Value, error) {
	layout := "2006-01-02"
	if t.Kind == Timestamp {
		layout = time.RFC3339Nano
	}
	at, err := time.Parse(layout, s)
	if err != nil {
		return Value{}, fmt.Errorf("%q is not a %s", s, t)
	}
	if t.Kind == Date {
		return DateOf(at.Unix() / 86400), nil
	}
	if v, ok := TimestampFrom(at); ok {
		return v, nil
	}
	return timestampOfMicros(at.UnixMicro()), nil // a result of an earlier version
}

func parseJSONFloat(b []byte) (Value, error) {
	switch string(b) {
	case `"NaN"`:
		return Float(math.NaN()), nil
	case `"Infinity"`:
		return Float(math.Inf(1)), nil
	case `"-Infinity"`:
		return Float(math.Inf(-1)), nil
	}
	f, err := strconv.ParseFloat(string(b), 64)
	if err != nil {
		return Value{}, fmt.Errorf("%s is not a DOUBLE", b)
	}
	return Float(f), nil
}

func parseJSONList(b []byte, elem Type) (Value, error) {
	var raw []json.RawMessage
	if err := json.Unmarshal(b, &raw); err != nil {
		return Value{}, fmt.Errorf("%s is not a JSON array", b)
	}
	vs := make([]Value, len(raw))
	for i := range raw {
		v, err := ParseJSON(raw[i], elem)
		if err != nil {
			return Value{}, err
		}
		vs[i] = v
	}
	return List(elem, vs), nil
}
