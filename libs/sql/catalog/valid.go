package catalog

import (
	"regexp"
	"time"
)

// ValidName reports whether each of the parts may be the name of a stream, or a part of
// that of a column: lower-case letters, digits and _, no digit first.
func ValidName(parts ...string) bool {
	name := regexp.MustCompile(`^[a-z_][a-z0-9_]*$`)
	for _, p := range parts {
		if !name.MatchString(p) {
			return false
		}
	}
	return true
}

// ValidLayout reports whether a time that was written with the layout reads
// back as the same day and second: no layout does without a year, month, day.
func ValidLayout(layout string) bool {
	want := time.Date(2021, time.November, 23, 13, 14, 15, 0, time.UTC)
	got, err := time.Parse(layout, want.Format(layout))
	return err == nil && got.Year() == want.Year() && got.YearDay() == want.YearDay()
}
