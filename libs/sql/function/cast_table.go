package function

import (
	"strconv"

	"github.com/millrace/millrace/libs/record"
)

// Casts returns what can be cast to what, by the type that results.
func Casts() []Conversion {
	boolean, bigint, double, varchar := record.BooleanType, record.BigIntType, record.DoubleType, record.VarcharType
	timestamp, date, document := record.TimestampType, record.DateType, record.JSONType
	dayTime, yearMonth := record.DayTimeType, record.YearMonthType
	const never, sometimes = false, true
	text := func(from record.Type, doc string) Conversion {
		return Conversion{from, varchar, false, never, doc, func(v record.Value) (record.Value, error) { return record.Text(printed(v)), nil }}
	}
	spelt := func(from record.Type, doc string) Conversion {
		return Conversion{from, document, false, never, doc, func(v record.Value) (record.Value, error) {
			return record.JSONOf(string(record.AppendJSON(nil, v))), nil
		}}
	}
	itself := func(t record.Type) Conversion {
		return Conversion{t, t, true, never, "itself", func(v record.Value) (record.Value, error) { return v, nil }}
	}
	return []Conversion{
		itself(boolean),
		{varchar, boolean, false, sometimes, "`true`, `t`, `yes`, `y`, `on`, `1` and `false`, `f`, `no`, `n`, `off`, `0`, case and blanks around it aside", readBool},
		{bigint, boolean, false, never, "whether it is not 0", func(v record.Value) (record.Value, error) { return record.Bool(v.Int() != 0), nil }},
		{document, boolean, false, sometimes, "`true` and `false`; `null` is NULL", jsonScalar("boolean", boolean, func(s string) (record.Value, error) { return record.Bool(s == "true"), nil })},

		itself(bigint),
		{varchar, bigint, false, sometimes, "decimal digits with a sign or without, blanks around them aside", readInt},
		{double, bigint, false, sometimes, "the nearest integer, halves away from zero; NaN and what has more than 64 bits has none", doubleToInt},
		{boolean, bigint, false, never, "1 for TRUE, 0 for FALSE", boolToInt},
		{document, bigint, false, sometimes, "a number, rounded as a DOUBLE if it is no integer; `null` is NULL", jsonScalar("number", bigint, jsonToInt)},

		itself(double),
		{bigint, double, true, never, "the nearest DOUBLE", func(v record.Value) (record.Value, error) { return record.Float(float64(v.Int())), nil }},
		{varchar, double, false, sometimes, "a decimal number, with an exponent or without, `NaN`, `Infinity`, `-Infinity`", readFloat},
		{document, double, false, sometimes, "a number; `null` is NULL", jsonScalar("number", double, func(s string) (record.Value, error) { return readFloat(record.Text(s)) })},

		itself(varchar),
		text(boolean, "`true`, `false`"),
		text(bigint, "decimal digits"),
		text(double, "the shortest decimal number that reads back, `NaN`, `Infinity`"),
		text(timestamp, "`2016-10-01 12:30:00.5`, in UTC"),
		text(date, "`2016-10-01`"),
		text(dayTime, "ISO 8601: `P1DT2H`"),
		text(yearMonth, "ISO 8601: `P1Y2M`"),
		text(document, "the text as it stands in the document; `->>` reads a string"),

		itself(timestamp),
		{date, timestamp, true, sometimes, "its midnight", func(v record.Value) (record.Value, error) { return instant(v.Time()) }},
		{varchar, timestamp, false, sometimes, "`2016-10-01 12:30:00.5`, with `T` or a blank, in UTC or with an offset; a date is its midnight", func(v record.Value) (record.Value, error) { return readTimestamp(v.Str()) }},

		itself(date),
		{timestamp, date, false, sometimes, "the day in UTC", timestampToDate},
		{varchar, date, false, sometimes, "`2016-10-01`, or the day of a timestamp", func(v record.Value) (record.Value, error) { return readDate(v.Str()) }},

		itself(dayTime),
		{varchar, dayTime, false, sometimes, "`1 day 2 hours`, `26:00:00`, `P1DT2H`", readInterval(dayTime)},
		itself(yearMonth),
		{varchar, yearMonth, false, sometimes, "`1 year 2 months`, `1-2`, `P1Y2M`", readInterval(yearMonth)},

		itself(document),
		{varchar, document, false, sometimes, "the text, which must be JSON", readJSON},
		spelt(boolean, "`true`, `false`"),
		spelt(bigint, "a number"),
		spelt(double, "a number; NaN and the infinities as strings"),
	}
}

// printed writes a value that is not NULL as CAST AS VARCHAR does.
func printed(v record.Value) string {
	switch v.Type().Kind {
	case record.Varchar, record.JSON:
		return v.Str()
	case record.Boolean:
		return strconv.FormatBool(v.Bool())
	case record.Double:
		s := string(record.AppendJSON(nil, v))
		if s[0] == '"' { // NaN and the infinities
			return s[1 : len(s)-1]
		}
		return s
	case record.Timestamp:
		return v.Time().Format("2006-01-02 15:04:05.999999999")
	default:
		return v.String()
	}
}
