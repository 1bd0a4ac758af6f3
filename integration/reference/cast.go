package reference

import (
	"encoding/json"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/millrace/millrace/libs/record"
)

// casts are the kinds that values of a kind can be cast to, arrays aside.
var casts = map[record.Kind][]record.Kind{
	record.Boolean:   {record.BigInt, record.Varchar, record.JSON},
	record.BigInt:    {record.Boolean, record.Double, record.Varchar, record.JSON},
	record.Double:    {record.BigInt, record.Varchar, record.JSON},
	record.Timestamp: {record.Varchar, record.Date},
	record.Date:      {record.Varchar, record.Timestamp},
	record.DayTime:   {record.Varchar},
	record.YearMonth: {record.Varchar},
	record.JSON:      {record.Boolean, record.BigInt, record.Double, record.Varchar},
	record.Varchar: {
		record.Boolean, record.BigInt, record.Double, record.Timestamp, record.Date, record.DayTime, record.YearMonth, record.JSON,
	},
}

func castable(from, to record.Type) bool {
	switch {
	case from.Kind == record.Unknown || from.Equal(to):
		return true
	case from.Kind == record.Array && to.Kind == record.Array:
		return castable(elemOf(from), elemOf(to))
	case from.Kind == record.Array:
		return to.Kind == record.Varchar || to.Kind == record.JSON
	case to.Kind == record.Array:
		return from.Kind == record.JSON && elemOf(to).Kind != record.Array
	}
	return slices.Contains(casts[from.Kind], to.Kind)
}

// castValue casts a value that is not NULL; false: there is no such value of the type.
func castValue(v record.Value, to record.Type) (record.Value, bool) {
	from := v.Type().Kind
	switch {
	case v.Type().Equal(to):
		return v, true
	case to.Kind == record.Varchar:
		return record.Text(printed(v)), true
	case to.Kind == record.JSON && from == record.Varchar:
		text := strings.Trim(v.Str(), " \t\r\n")
		return record.JSONOf(text), json.Valid([]byte(text))
	case to.Kind == record.JSON:
		return record.JSONOf(string(record.AppendJSON(nil, v))), true
	case to.Kind == record.Array && from == record.JSON:
		return jsonToArray(v.Str(), elemOf(to))
	case to.Kind == record.Array:
		return castElements(v, elemOf(to))
	case from == record.JSON:
		return jsonToScalar(v.Str(), to)
	case from == record.Varchar:
		return readAs(v.Str(), to)
	}
	switch {
	case from == record.BigInt && to.Kind == record.Boolean:
		return record.Bool(v.Int() != 0), true
	case from == record.BigInt:
		return record.Float(float64(v.Int())), true
	case from == record.Boolean:
		n := int64(0)
		if v.Bool() {
			n = 1
		}
		return record.Int(n), true
	case from == record.Double:
		return nearest(v.Float())
	case from == record.Timestamp:
		return record.DateOf(floorDiv(v.Int(), nanosPerDay)), true
	default: // DATE to TIMESTAMP
		n := new(big.Int).Mul(big.NewInt(v.Int()), big.NewInt(nanosPerDay))
		return record.TimestampOf(n.Int64()), n.IsInt64()
	}
}

// nearest is the nearest integer, halves away from zero.
func nearest(f float64) (record.Value, bool) {
	r := new(big.Rat)
	if r.SetFloat64(math.Round(f)) == nil || !r.Num().IsInt64() {
		return record.Value{}, false
	}
	return record.Int(r.Num().Int64()), true
}

func castElements(v record.Value, to record.Type) (record.Value, bool) {
	var out []record.Value
	for _, e := range v.Elems() {
		if e.IsNull() {
			out = append(out, record.NullOf(to))
			continue
		}
		x, ok := castValue(e, to)
		if !ok {
			return x, false
		}
		out = append(out, *orTyped(&x, to))
	}
	return record.List(to, out), true
}

// printed is a value as CAST AS VARCHAR writes it.
func printed(v record.Value) string {
	switch v.Type().Kind {
	case record.Varchar, record.JSON:
		return v.Str()
	case record.Timestamp:
		return v.Time().Format("2006-01-02 15:04:05.999999999")
	case record.Boolean, record.BigInt, record.Double, record.Date, record.DayTime, record.YearMonth:
		return strings.Trim(string(record.AppendJSON(nil, v)), `"`)
	default:
		return string(record.AppendJSON(nil, v))
	}
}

// readAs reads a text.
func readAs(text string, to record.Type) (record.Value, bool) {
	s := strings.TrimSpace(text)
	switch to.Kind {
	case record.Boolean:
		if slices.Contains([]string{"true", "t", "yes", "y", "on", "1"}, strings.ToLower(s)) {
			return record.Bool(true), true
		}
		return record.Bool(false), slices.Contains([]string{"false", "f", "no", "n", "off", "0"}, strings.ToLower(s))
	case record.BigInt:
		n, err := strconv.ParseInt(s, 10, 64)
		return record.Int(n), err == nil
	case record.Double:
		return readDouble(s)
	case record.Timestamp:
		return readInstant(s)
	case record.Date:
		t, ok := parseTime(s)
		return record.DateOf(floorDiv(t.Unix(), 86400)), ok && t.Year() >= 1 && t.Year() <= 9999
	default:
		v, err := record.ParseInterval(text)
		return v, err == nil && v.Type().Equal(to)
	}
}

func readDouble(s string) (record.Value, bool) {
	switch strings.ToLower(strings.TrimPrefix(s, "-")) {
	case "nan", "infinity", "inf":
	default:
		if strings.Trim(s, "0123456789+-.eE") != "" {
			return record.Value{}, false
		}
	}
	f, err := strconv.ParseFloat(s, 64)
	return record.Float(f), err == nil
}

// readInstant reads a timestamp of those that 64 bits of nanoseconds can say.
func readInstant(s string) (record.Value, bool) {
	t, ok := parseTime(s)
	if !ok {
		return record.Value{}, false
	}
	return instant(t, true)
}
