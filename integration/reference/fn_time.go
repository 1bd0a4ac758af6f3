package reference

import (
	"math"
	"math/big"
	"strings"
	"time"

	"github.com/millrace/millrace/libs/record"
)

// unitOf brings hours, Hour and hour together.
func unitOf(s string) string {
	s = strings.ToLower(strings.TrimSpace(s))
	if plural, ok := map[string]string{"centuries": "century", "millennia": "millennium"}[s]; ok {
		return plural
	}
	return strings.TrimSuffix(s, "s")
}

func timeFunctions() map[string]*scalar {
	return map[string]*scalar{
		"extract": strict(
			on("text time > int", fieldOf(fieldOfTime, func(r *big.Rat) record.Value { // the last whole one that has passed
				return record.Int(new(big.Int).Div(r.Num(), r.Denom()).Int64())
			})),
			on("text span > int", fieldOf(fieldOfSpan, towardsZero)),
			on("text months > int", fieldOf(fieldOfMonths, towardsZero)),
		),
		"date_part": strict(
			on("text time > float", fieldOf(fieldOfTime, inFractions)),
			on("text span > float", fieldOf(fieldOfSpan, inFractions)),
			on("text months > float", fieldOf(fieldOfMonths, inFractions)),
		),
		"date_trunc": strict(on("text time > time", func(a []record.Value) (record.Value, bool) {
			t, ok := truncated(unitOf(a[0].Str()), a[1].Time())
			if !ok {
				return record.Value{}, false
			}
			return instant(t, true)
		})),
		"date_bin": strict(on("span time time? > time", func(a []record.Value) (record.Value, bool) {
			stride, at, origin := big.NewInt(a[0].Int()), big.NewInt(a[1].Int()), new(big.Int)
			if len(a) == 3 {
				origin.SetInt64(a[2].Int())
			}
			if stride.Sign() <= 0 {
				return record.Value{}, false
			}
			// Mod is that of Euclid: never negative.
			into := new(big.Int).Mod(new(big.Int).Sub(at, origin), stride)
			at.Sub(at, into)
			return record.TimestampOf(at.Int64()), at.IsInt64()
		})),
		"timestampdiff": strict(on("text time time > int", func(a []record.Value) (record.Value, bool) {
			return wholeUnits(unitOf(a[0].Str()), a[1], a[2])
		})),
		"to_timestamp": strict(
			on("int > time", func(a []record.Value) (record.Value, bool) {
				n := new(big.Int).Mul(big.NewInt(a[0].Int()), big.NewInt(1e9))
				return record.TimestampOf(n.Int64()), n.IsInt64()
			}),
			on("float > time", func(a []record.Value) (record.Value, bool) {
				seconds := a[0].Float()
				if math.IsNaN(seconds) || math.Abs(seconds) > 1e12 {
					return record.Value{}, false
				}
				whole, rest := math.Modf(seconds)
				micros := new(big.Int).Mul(big.NewInt(int64(whole)), big.NewInt(1e6))
				micros.Add(micros, big.NewInt(int64(math.Round(rest*1e6))))
				n := micros.Mul(micros, big.NewInt(1000))
				return record.TimestampOf(n.Int64()), n.IsInt64()
			}),
			on("text > time", func(a []record.Value) (record.Value, bool) { return readInstant(strings.TrimSpace(a[0].Str())) }),
			on("text text > time", func(a []record.Value) (record.Value, bool) { return readFormatted(a[0].Str(), a[1].Str()) }),
		),
		"to_char": strict(on("time text > text", func(a []record.Value) (record.Value, bool) {
			s, ok := writeFormatted(a[0].Time(), a[1].Str())
			return record.Text(s), ok
		})),
		"make_timestamp": strict(on("int int int int int float > time", func(a []record.Value) (record.Value, bool) {
			day, ok := dayOf(a[0].Int(), a[1].Int(), a[2].Int())
			hour, minute, second := a[3].Int(), a[4].Int(), a[5].Float()
			if !ok || hour < 0 || hour > 23 || minute < 0 || minute > 59 || !(second >= 0) || second >= 60 {
				return record.Value{}, false
			}
			nanos := (hour*60+minute)*60*1_000_000_000 + int64(math.Round(second*1e9))
			return instant(day.Add(time.Duration(nanos)), true)
		})),
		"make_date": strict(on("int int int > date", func(a []record.Value) (record.Value, bool) {
			day, ok := dayOf(a[0].Int(), a[1].Int(), a[2].Int())
			return record.DateOf(floorDiv(day.Unix(), 86400)), ok
		})),
	}
}

func fieldOf(of func(string, record.Value) (*big.Rat, bool), as func(*big.Rat) record.Value) func([]record.Value) (record.Value, bool) {
	return func(a []record.Value) (record.Value, bool) {
		r, ok := of(unitOf(a[0].Str()), a[1])
		if !ok {
			return record.Value{}, false
		}
		return as(r), true
	}
}

func towardsZero(r *big.Rat) record.Value {
	return record.Int(new(big.Int).Quo(r.Num(), r.Denom()).Int64())
}

func inFractions(r *big.Rat) record.Value {
	f, _ := r.Float64()
	return record.Float(f)
}

// dayOf is a day of the calendar.
func dayOf(year, month, day int64) (time.Time, bool) {
	if year < 1 || year > 9999 || month < 1 || month > 12 || day < 1 || day > 31 {
		return time.Time{}, false
	}
	t := time.Date(int(year), time.Month(month), int(day), 0, 0, 0, 0, time.UTC)
	return t, t.Month() == time.Month(month)
}

func fieldOfTime(unit string, v record.Value) (*big.Rat, bool) {
	t := v.Time()
	year, month := int64(t.Year()), int64(t.Month())
	isoYear, isoWeek := t.ISOWeek()
	if n, ok := map[string]int64{
		"year": year, "quarter": (month-1)/3 + 1, "month": month, "week": int64(isoWeek), "isoyear": int64(isoYear), "day": int64(t.Day()),
		"dow": int64(t.Weekday()), "isodow": int64((t.Weekday()+6)%7) + 1, "doy": int64(t.YearDay()), "hour": int64(t.Hour()), "minute": int64(t.Minute()),
		"decade": year / 10, "century": (year-1)/100 + 1, "millennium": (year-1)/1000 + 1,
	}[unit]; ok {
		return new(big.Rat).SetInt64(n), true
	}
	if unit == "epoch" {
		return big.NewRat(v.Int(), 1e9), true
	}
	return fieldOfSeconds(unit, int64(t.Second())*1e9+int64(t.Nanosecond()))
}

// fieldOfSeconds is a field of what is left of a minute.
func fieldOfSeconds(unit string, nanos int64) (*big.Rat, bool) {
	size, ok := map[string]int64{"second": 1e9, "millisecond": 1e6, "microsecond": 1e3}[unit]
	if !ok {
		return nil, false
	}
	return big.NewRat(nanos, size), true
}

func fieldOfSpan(unit string, v record.Value) (*big.Rat, bool) {
	const minute, hour, day = int64(60e9), int64(3600e9), int64(86400e9)
	n := v.Int()
	if whole, ok := map[string]int64{"day": n / day, "hour": n % day / hour, "minute": n % hour / minute}[unit]; ok {
		return new(big.Rat).SetInt64(whole), true
	}
	if unit == "epoch" {
		return big.NewRat(n, 1e9), true
	}
	return fieldOfSeconds(unit, n%minute)
}

func fieldOfMonths(unit string, v record.Value) (*big.Rat, bool) {
	n := v.Int()
	whole, ok := map[string]int64{"year": n / 12, "month": n % 12, "quarter": n%12/3 + 1}[unit]
	return new(big.Rat).SetInt64(whole), ok
}

// truncated is the beginning of a unit.
func truncated(unit string, t time.Time) (time.Time, bool) {
	if d, ok := map[string]time.Duration{
		"microsecond": time.Microsecond, "millisecond": time.Millisecond, "second": time.Second, "minute": time.Minute, "hour": time.Hour,
	}[unit]; ok {
		return time.Unix(0, floorDiv(t.UnixNano(), int64(d))*int64(d)), true // whole units since 1970 in UTC
	}
	year, month, day := t.Date()
	switch unit {
	case "day":
	case "week":
		for time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Weekday() != time.Monday {
			day--
		}
	case "month":
		day = 1
	case "quarter":
		month, day = month-(month-1)%3, 1
	default:
		n, ok := map[string]int{"year": 1, "decade": 10, "century": 100, "millennium": 1000}[unit]
		if !ok {
			return t, false
		}
		first := 0
		if n >= 100 {
			first = 1 // centuries begin with the year 1
		}
		year, month, day = year-(year-first)%n, 1, 1
	}
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC), true
}

// wholeUnits counts units between two timestamps, towards zero.
func wholeUnits(unit string, since, until record.Value) (record.Value, bool) {
	between := new(big.Int).Sub(big.NewInt(until.Int()), big.NewInt(since.Int()))
	if size, ok := map[string]int64{
		"microsecond": 1e3, "millisecond": 1e6, "second": 1e9, "minute": 60e9, "hour": 3600e9, "day": 86400e9, "week": 7 * 86400e9,
	}[unit]; ok {
		n := between.Quo(between, big.NewInt(size))
		return record.Int(n.Int64()), n.IsInt64()
	}
	months, ok := map[string]int64{"month": 1, "quarter": 3, "year": 12, "decade": 120, "century": 1200, "millennium": 12000}[unit]
	if !ok {
		return record.Value{}, false
	}
	sign, a, b := int64(1), since.Time(), until.Time()
	if between.Sign() < 0 {
		sign, a, b = -1, b, a
	}
	n := int64(b.Year()-a.Year())*12 + int64(b.Month()-a.Month())
	intoMonth := func(t time.Time) int64 {
		return int64(t.Day()-1)*86400e9 + t.Sub(t.Truncate(24*time.Hour)).Nanoseconds()
	}
	if intoMonth(b) < intoMonth(a) {
		n--
	}
	return record.Int(sign * (n / months)), true
}
