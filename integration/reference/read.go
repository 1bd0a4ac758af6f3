package reference

import (
	"encoding/json"
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/millrace/millrace/libs/record"
)

const nanosPerDay = 24 * 60 * 60 * 1_000_000_000

// reader turns a JSON value other than null into a column's value; false where
// it is of another type. Arrays are read by readTexts.
type reader func(any) (record.Value, bool)

func readText(v any) (record.Value, bool) {
	s, ok := v.(string)
	return record.Text(s), ok
}

func readBool(v any) (record.Value, bool) {
	b, ok := v.(bool)
	return record.Bool(b), ok
}

// readInt takes numbers whose value is an integer of 64 bits, however it is
// written: 1000, 1e3 and 1000.0 are the same.
func readInt(v any) (record.Value, bool) {
	n, ok := v.(json.Number)
	if !ok {
		return record.Value{}, false
	}
	if i, err := strconv.ParseInt(string(n), 10, 64); err == nil {
		return record.Int(i), true
	}
	r, ok := exactly(string(n))
	if !ok || !r.IsInt() || !r.Num().IsInt64() {
		return record.Value{}, false
	}
	return record.Int(r.Num().Int64()), true
}

// exactly returns the value of a JSON number; false where its exponent puts it
// beyond 64 bits or among the fractions anyway.
func exactly(text string) (*big.Rat, bool) {
	digits, exp, found := strings.Cut(strings.ToLower(text), "e")
	if strings.Trim(digits, "-0.") == "" {
		return new(big.Rat), true
	}
	if found {
		e, err := strconv.Atoi(exp)
		if err != nil || e > len(text)+40 || -e > len(text)+40 {
			return nil, false
		}
	}
	return new(big.Rat).SetString(text)
}

// readID takes a string of digits too, because ids are often sent so.
func readID(v any) (record.Value, bool) {
	s, ok := v.(string)
	if !ok {
		return readInt(v)
	}
	digits := strings.TrimPrefix(s, "-")
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return record.Value{}, false
	}
	i, err := strconv.ParseInt(s, 10, 64)
	return record.Int(i), err == nil
}

// readTexts takes an array; elements that are not strings are NULL, and
// mismatches unless they are null or absent.
func readTexts(v any) (list record.Value, mismatches int) {
	elems, ok := v.([]any)
	if !ok {
		return record.NullOf(record.ArrayOf(record.VarcharType)), 1
	}
	out := make([]record.Value, len(elems))
	for i, e := range elems {
		out[i] = record.NullOf(record.VarcharType)
		if s, ok := e.(string); ok {
			out[i] = record.Text(s)
		} else if e != nil {
			mismatches++
		}
	}
	return record.List(record.VarcharType, out), mismatches
}

// readTime takes the v1.1 form, RFC 3339, a date and time without a zone (UTC),
// or a whole number of milliseconds since 1970. What is finer than a nanosecond is
// cut off, and what 64 bits of these cannot say is unreadable.
func readTime(v any) (record.Value, bool) {
	s, ok := v.(string)
	if !ok {
		ms, ok := readInt(v)
		return instant(time.UnixMilli(ms.Int()), ok)
	}
	for _, layout := range []string{time.RubyDate, time.RFC3339, time.DateTime} {
		if t, err := time.Parse(layout, s); err == nil {
			return instant(t, true)
		}
	}
	return record.Value{}, false
}

func instant(t time.Time, ok bool) (record.Value, bool) {
	nanos := new(big.Int).Mul(big.NewInt(t.Unix()), big.NewInt(1_000_000_000))
	nanos.Add(nanos, big.NewInt(int64(t.Nanosecond())))
	return record.TimestampOf(nanos.Int64()), ok && nanos.IsInt64()
}

// parseTimeLiteral reads what is between the quotes of TIMESTAMP '…' and DATE
// '…': a date, with or without a time of day, with or without a zone (else UTC).
func parseTimeLiteral(s string) (nanos int64, ok bool) {
	t, ok := parseTime(strings.TrimSpace(s))
	return t.UnixNano(), ok
}

// timeText is what PostgreSQL reads as a time, as far as Millrace does.
var timeText = regexp.MustCompile(`^(\d{4})(?:-(\d{1,2})-(\d{1,2})|(\d\d)(\d\d))` +
	`(?:(?:T| +)(\d{1,2}):(\d\d)(?::(\d\d)(\.\d+)?)? *(?:Z|UTC|GMT|([+-])(\d{1,2})(?::?(\d\d)(?::(\d\d))?)?)?)?$`)

func parseTime(s string) (time.Time, bool) {
	s = strings.ToUpper(s)
	if s == "EPOCH" {
		return time.Unix(0, 0).UTC(), true
	}
	m := timeText.FindStringSubmatch(s)
	if m == nil {
		return time.Time{}, false
	}
	n := make([]int, len(m))
	for i := range m {
		n[i], _ = strconv.Atoi(m[i]) // of what is no number nothing is used
	}
	month, day, hour, minute, second := n[2]+n[4], n[3]+n[5], n[6], n[7], n[8]
	fraction := strings.TrimPrefix(m[9], ".") + "000000000"
	nanos, _ := strconv.Atoi(fraction[:9])
	t := time.Date(n[1], time.Month(month), day, hour, minute, second, nanos, time.UTC)
	ahead := time.Duration(n[11])*time.Hour + time.Duration(n[12])*time.Minute + time.Duration(n[13])*time.Second
	if m[10] == "-" {
		ahead = -ahead
	}
	midnight := time.Date(n[1], time.Month(month), day, 0, 0, 0, 0, time.UTC)
	ok := month >= 1 && month <= 12 && day >= 1 && midnight.Day() == day && minute < 60 && second <= 60 &&
		(hour < 24 || t.Sub(midnight) == 24*time.Hour) && n[11] <= 24 && n[12] < 60 && n[13] < 60
	return t.Add(-ahead), ok
}
