package record

import (
	"testing"
	"time"
)

func TestParseInstant(t *testing.T) {
	noon := time.Date(2016, 10, 1, 12, 30, 0, 0, time.UTC)
	for text, want := range map[string]time.Time{
		"2016-10-01":                     noon.Truncate(24 * time.Hour),
		" 2016-10-01 12:30 ":             noon,
		"2016-10-01   12:30:00":          noon,
		"2016-10-01T12:30Z":              noon,
		"2016-10-01 14:30:00+02":         noon,
		"2016-10-01 14:30:00 +02:00":     noon,
		"2016-10-01T07:30:00-05:00":      noon,
		"2016-10-01 12:30:00.5":          noon.Add(time.Second / 2),
		"2016-10-01 12:30:00.1234567899": noon.Add(123456789),
		"9999-12-31":                     time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC),
	} {
		if got, ok := ParseInstant(text); !ok || !got.Equal(want) {
			t.Errorf("%q is %s (%t), want %s", text, got, ok, want)
		}
	}
	for _, text := range []string{"", "now", "2016", "2016-10", "2016-13-01", "2016-10-01 25:00", "2016-10-01 12:30:00,5", "12:30:00", "10/01/2016", "2016-10-01 12:30:00 CET"} {
		if got, ok := ParseInstant(text); ok {
			t.Errorf("%q is %s", text, got)
		}
	}
}
