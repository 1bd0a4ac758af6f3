package reference

import (
	"strings"
	"testing"

	"github.com/millrace/millrace/libs/record"
)

// TestInstantsAreThoseOfRecord holds the two readers of times against each other, over
// texts that are put together of what is right and what is nearly so.
func TestInstantsAreThoseOfRecord(t *testing.T) {
	days := []string{"2016-10-01", "2016-2-29", "2015-02-29", "20161001", "2016100", "2016-1001", "201610-01", "2016-13-01", "2016-00-10", "0000-1-1", "9999-12-31", "epoch", "Epoch", "", "016-10-01"}
	clocks := []string{"", "12:30", "9:05", "24:00", "24:00:00", "24:00:01", "23:59:60", "12:59:60.75", "12:30:61", "12:60", "12:3", "12", "12:30:00.123456789123", "12:30:00.", "1:02:03,5", "25:00", ":30"}
	offsets := []string{"", "Z", " z", "UTC", " gmt", "+00", " -05", "+5", "+5:30", "+530", "+0530", "-05:30:15", "+0530:15", "+053015", "+25", "-24", "+05:60", "+05:", "+", " CET", "-1:2", "ZZ", "Z+1"}
	read, all := 0, 0
	for _, day := range days {
		for _, between := range []string{" ", "T", "t", "   ", "", " T", "-"} {
			for _, clock := range clocks {
				for _, offset := range offsets {
					text := day + between + clock + offset
					want, ok := record.ParseInstant(text)
					got, mine := parseTime(strings.TrimSpace(text))
					if ok != mine || ok && !got.Equal(want) {
						t.Errorf("%q is %s (%t) here and %s (%t) there", text, got, mine, want, ok)
					}
					if all++; ok {
						read++
					}
				}
			}
		}
	}
	if read < all/50 || read > all/2 {
		t.Errorf("%d of %d texts are times", read, all)
	}
}
