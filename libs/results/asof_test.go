package results_test

import (
	"testing"

	"github.com/millrace/millrace/libs/results"
)

// The time up to which windows are final is that of the streams that a query reads.
func TestAsOfOf(t *testing.T) {
	at := func(ms int64) *int64 { return &ms }
	told := results.AsOf{Time: at(5), Times: map[string]int64{"tweets": 5, "logs": 9, "visits": 7}}
	for _, test := range []struct {
		of      results.AsOf
		streams []string
		want    *int64
	}{
		{told, []string{"tweets"}, at(5)},
		{told, []string{"logs"}, at(9)},
		{told, []string{"logs", "visits"}, at(7)},
		{told, []string{"logs", "new"}, nil}, // of which nothing is heard
		{told, nil, at(5)},
		{results.AsOf{Time: at(3)}, []string{"tweets"}, at(3)}, // of a scheduler that does not tell
	} {
		got := test.of.Of(test.streams).Time
		if (got == nil) != (test.want == nil) || got != nil && *got != *test.want {
			t.Errorf("%v of %v: %v, want %v", test.of, test.streams, got, test.want)
		}
	}
	if *told.Time != 5 {
		t.Error("what was asked has changed")
	}
}
