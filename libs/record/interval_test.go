package record

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"
)

func TestParseInterval(t *testing.T) {
	const day = 24 * time.Hour
	for text, want := range map[string]Value{
		"1 day":                     DayTimeOf(day),
		"1 day 2 hours":             DayTimeOf(day + 2*time.Hour),
		" 2 HOURS  1 Day ":          DayTimeOf(day + 2*time.Hour),
		"-1 day +2 hours":           DayTimeOf(-day + 2*time.Hour),
		"1 week":                    DayTimeOf(7 * day),
		"1.5 hours":                 DayTimeOf(90 * time.Minute),
		".5 seconds":                DayTimeOf(time.Second / 2),
		"90 min":                    DayTimeOf(90 * time.Minute),
		"1h30m5s":                   DayTimeOf(time.Hour + 30*time.Minute + 5*time.Second),
		"3 ms 2 us 1 ns":            DayTimeOf(3*time.Millisecond + 2*time.Microsecond + 1),
		"0.0000000015 s":            DayTimeOf(2), // halves away from zero
		"-0.0000000015 s":           DayTimeOf(-2),
		"02:03":                     DayTimeOf(2*time.Hour + 3*time.Minute),
		"-02:03:04.5":               DayTimeOf(-(2*time.Hour + 3*time.Minute + 4500*time.Millisecond)),
		"1 02:03:04":                DayTimeOf(day + 2*time.Hour + 3*time.Minute + 4*time.Second),
		"1 -02:00":                  DayTimeOf(day - 2*time.Hour),
		"1 day 02:00":               DayTimeOf(day + 2*time.Hour),
		"2 hours ago":               DayTimeOf(-2 * time.Hour),
		"@ 1 day 2 hours ago":       DayTimeOf(-(day + 2*time.Hour)),
		"100:59:59.75":              DayTimeOf(100*time.Hour + 59*time.Minute + 59*time.Second + 750*time.Millisecond),
		"0 months 1 day":            DayTimeOf(day),
		"0 months 0 days":           DayTimeOf(0),
		"1 month 0 days":            YearMonthOf(1),
		"0:00 2 years":              YearMonthOf(24),
		"P1Y0D":                     YearMonthOf(12),
		"00:00:60":                  DayTimeOf(time.Minute),
		"1:59:60.5":                 DayTimeOf(2*time.Hour + time.Second/2),
		"2 qtrs":                    YearMonthOf(6),
		"p1dt2h":                    DayTimeOf(day + 2*time.Hour),
		"P1W":                       DayTimeOf(7 * day),
		"PT0.001S":                  DayTimeOf(time.Millisecond),
		"PT1M":                      DayTimeOf(time.Minute),
		"-P1DT1S":                   DayTimeOf(-(day + time.Second)),
		"P-1DT-1S":                  DayTimeOf(-(day + time.Second)),
		"P1M":                       YearMonthOf(1),
		"P1Y2M":                     YearMonthOf(14),
		"1 year 2 mons":             YearMonthOf(14),
		"1.5 years":                 YearMonthOf(18),
		"1 century":                 YearMonthOf(1200),
		"2 decades":                 YearMonthOf(240),
		"1-2":                       YearMonthOf(14),
		"-1-2":                      YearMonthOf(-14),
		"3 quarters":                YearMonthOf(9),
		"9223372036854775807 ns":    DayTimeOf(math.MaxInt64),
		"-9223372036854775808 ns":   DayTimeOf(math.MinInt64),
		"-9223372036854775808 mons": YearMonthOf(math.MinInt64),
	} {
		got, err := ParseInterval(text)
		if err != nil || !got.Type().Equal(want.Type()) || Compare(got, want) != 0 {
			t.Errorf("%q is %s (%v), want %s", text, got, err, want)
		}
		again, err := ParseInterval(want.String())
		if err != nil || !again.Type().Equal(want.Type()) || Compare(again, want) != 0 {
			t.Errorf("%s reads back as %s (%v)", want, again, err)
		}
	}
	for text, cause := range map[string]string{
		"":                         "no quantity",
		"ago":                      "expected a number",
		"1":                        "has no unit",
		"1 2":                      "has no unit",
		"day":                      "expected a number",
		"1 parsec":                 `unknown unit "parsec"`,
		"1 s5":                     "has no unit",
		"1 month 1 day":            "mixes",
		"0.5 months":               "fraction of a month",
		"P":                        "nothing follows",
		"P1DT":                     "nothing follows",
		"P1H":                      "ISO 8601",
		"PT1":                      "ISO 8601",
		"1:2:3:4":                  "time of day",
		"1::2":                     "time of day",
		"1:60":                     "time of day",
		"1:02:99":                  "time of day",
		"1.5:00":                   "time of day",
		"1 day @":                  "expected a number",
		"1.2.3 days":               "not a number",
		"1-x":                      "has no unit",
		"9223372036854775808 ns":   "out of range",
		"300 years 1e9 days":       "",
		"1 month 1 ms":             "mixes",
		"00:00:61":                 "time of day",
		"00:60:00":                 "time of day",
		"400000 days":              "longer than 292 years",
		strings.Repeat("1 s ", 99): "more than",
	} {
		if v, err := ParseInterval(text); !errors.Is(err, ErrInterval) || !strings.Contains(err.Error(), cause) {
			t.Errorf("%q is %s (%v), want an error of %q", text, v, err, cause)
		}
	}
	if v, err := ParseIntervalIn(" 5 ", "MINUTES"); err != nil || v.Duration() != 5*time.Minute {
		t.Errorf("5 MINUTES is %s (%v)", v, err)
	}
	if v, err := ParseIntervalIn("5 days", "MINUTE"); err == nil {
		t.Errorf("'5 days' MINUTE is %s", v)
	}
}

func FuzzParseInterval(f *testing.F) {
	for _, s := range []string{"1 day 02:03:04.5", "-P1Y2M", "1-2 ago", "P1DT-.5S"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		v, err := ParseInterval(text)
		if err != nil {
			return
		}
		if again, err := ParseInterval(v.String()); err != nil || Compare(again, v) != 0 || !again.Type().Equal(v.Type()) {
			t.Fatalf("%q is %s, which reads back as %s (%v)", text, v, again, err)
		}
	})
}

// TestInstants: what TimestampFrom and Time say does not depend on the unit.
func TestInstants(t *testing.T) {
	at := time.Date(2016, 10, 1, 12, 30, 0, 123_456_000, time.FixedZone("", 3600))
	if v, ok := TimestampFrom(at); !ok || v.String() != "2016-10-01T11:30:00.123456Z" || !v.Time().Equal(at) {
		t.Errorf("%s becomes %s, %s", at, v, v.Time())
	}
	before := time.Date(1969, 12, 31, 23, 59, 59, 999_999_999, time.UTC)
	if v, ok := TimestampFrom(before); !ok || v.Time().After(before) || v.Time().Year() != 1969 {
		t.Errorf("%s becomes %s", before, v)
	}
	if v, ok := DateFrom(before); !ok || v.String() != "1969-12-31" || v.Time() != time.Date(1969, 12, 31, 0, 0, 0, 0, time.UTC) {
		t.Errorf("%s is on %s", before, v)
	}
	for _, at := range []time.Time{FirstInstant(), LastInstant()} {
		if v, ok := TimestampFrom(at); !ok || !v.Time().Equal(at) {
			t.Errorf("%s becomes %s", at, v)
		}
	}
	for _, at := range []time.Time{FirstInstant().Add(-1), LastInstant().Add(1), {}} {
		if v, ok := TimestampFrom(at); ok {
			t.Errorf("%s becomes %s", at, v)
		}
	}
	for _, year := range []int{0, 10000, math.MaxInt32} {
		if v, ok := DateFrom(time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC)); ok {
			t.Errorf("the year %d becomes %s", year, v)
		}
	}
}
