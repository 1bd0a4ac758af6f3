package function

import (
	"errors"
	"math"
	"time"

	"github.com/millrace/millrace/libs/record"
)

func instants() []Scalar {
	return []Scalar{
		timeFunc("to_timestamp", "The timestamp of seconds since 1970, or of a text: in a format, whose patterns are those of `to_char` but for IYYY, Q, WW, IW, D, ID and SSSSS, which cannot be read, or without one as CAST reads it. A text that does not fit the format, and a format without a year, is an error. A blank in the format stands for any number of blanks; fields that the format lacks are the least there are.",
			Sometimes,
			[]Example{{"1475325000", "2016-10-01T12:30:00.000Z"}, {"1475325000.25", "2016-10-01T12:30:00.250Z"}, {"'01/Oct/2016:12:30', 'DD/Mon/YYYY:HH24:MI'", "2016-10-01T12:30:00.000Z"}, {"'2016-10-01T12:30:00Z', 'YYYY-MM-DDTHH24:MI:SSZ'", "2016-10-01T12:30:00.000Z"}, {"'2016', 'HH24'", "ERROR: the format has no year"}},
			on("(seconds BIGINT) TIMESTAMP", func(a []record.Value) (record.Value, error) {
				return instant(time.Unix(max(-mostSeconds, min(a[0].Int(), mostSeconds)), 0))
			}),
			on("(seconds DOUBLE) TIMESTAMP", func(a []record.Value) (record.Value, error) {
				seconds, fraction := math.Modf(a[0].Float())
				if !(math.Abs(seconds) < mostSeconds) {
					return record.Value{}, ErrInstant
				}
				// A DOUBLE has no more than microseconds beside today's seconds.
				return instant(time.Unix(int64(seconds), int64(math.Round(fraction*1e6))*1000))
			}),
			on("(text VARCHAR) TIMESTAMP", func(a []record.Value) (record.Value, error) { return readTimestamp(a[0].Str()) }),
			prepared("(text VARCHAR, format VARCHAR) TIMESTAMP", func(s Site) (Eval, error) {
				read := func(v record.Value) (timeFormat, error) {
					f, err := parseTimeFormat(v.Str())
					if err == nil && !f.hasYear() {
						err = &advised{errors.New("the format has no year"), "for example 'YYYY-MM-DD'"}
					}
					return f, err
				}
				return withConstant(s, 1, read, func(f timeFormat, a []record.Value) (record.Value, error) {
					t, err := f.parse(a[0].Str())
					if err != nil {
						return record.Value{}, err
					}
					return instant(t)
				})
			})),
		timeFunc("to_char", timeFormatDoc,
			Sometimes,
			[]Example{{"TIMESTAMP '2016-10-01 09:05:00', 'YYYY-MM-DD HH24:MI'", "'2016-10-01 09:05'"}, {"DATE '2016-10-01', 'FMDay, DD Mon'", "'Saturday, 01 Oct'"}, {"TIMESTAMP '2016-10-01 21:05:00', 'HH12:MI am \"UTC\"'", "'09:05 pm UTC'"}, {"TIMESTAMP '2016-10-01 21:05:00.25', 'YYYY-MM-DDTHH24:MI:SS.MSZ'", "'2016-10-01T21:05:00.250Z'"}, {"TIMESTAMP '2016-10-01 21:05:00', 'HH24h'", "ERROR: no pattern of the format begins with \"h\": text stands between double quotes"}},
			prepared("(at TIMESTAMP, format VARCHAR) VARCHAR", func(s Site) (Eval, error) {
				read := func(v record.Value) (timeFormat, error) { return parseTimeFormat(v.Str()) }
				return withConstant(s, 1, read, func(f timeFormat, a []record.Value) (record.Value, error) {
					return bounded(f.format(a[0].Time()))
				})
			})),
		timeFunc("make_timestamp", "The timestamp of these fields, in UTC. Fields out of their range are an error; seconds have a fraction.",
			Sometimes,
			[]Example{{"2016, 10, 1, 12, 30, 1.5", "2016-10-01T12:30:01.500Z"}, {"2015, 2, 29, 0, 0, 0", "ERROR: there is no such day"}},
			on("(year BIGINT, month BIGINT, day BIGINT, hour BIGINT, minute BIGINT, second DOUBLE) TIMESTAMP", func(a []record.Value) (record.Value, error) {
				day, err := calendarDay(a[0].Int(), a[1].Int(), a[2].Int())
				if err != nil {
					return record.Value{}, err
				}
				hour, minute, second := a[3].Int(), a[4].Int(), a[5].Float()
				if hour < 0 || hour > 23 || minute < 0 || minute > 59 || !(second >= 0 && second < 60) {
					return record.Value{}, errors.New("there is no such time of day")
				}
				return instant(day.Add(time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute + time.Duration(math.Round(second*1e9))))
			})),
		timeFunc("make_date", "The date of these fields; an error where there is no such day.",
			Sometimes,
			[]Example{{"2016, 2, 29", "2016-02-29"}},
			on("(year BIGINT, month BIGINT, day BIGINT) DATE", func(a []record.Value) (record.Value, error) {
				t, err := calendarDay(a[0].Int(), a[1].Int(), a[2].Int())
				if err != nil {
					return record.Value{}, err
				}
				v, _ := record.DateFrom(t)
				return v, nil
			})),
	}
}

// mostSeconds is more than there are between 1970 and any timestamp.
const mostSeconds = 1 << 40

func calendarDay(year, month, day int64) (time.Time, error) {
	if year < 1 || year > 9999 || month < 1 || month > 12 || day < 1 || day > 31 {
		return time.Time{}, errNoSuchDay
	}
	t := time.Date(int(year), time.Month(month), int(day), 0, 0, 0, 0, time.UTC)
	if int64(t.Day()) != day {
		return time.Time{}, errNoSuchDay
	}
	return t, nil
}

var errNoSuchDay = errors.New("there is no such day")
