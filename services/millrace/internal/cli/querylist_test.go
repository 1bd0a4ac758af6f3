package cli

import (
	"fmt"
	"testing"
)

func TestWithoutEmpty(t *testing.T) {
	head, rows := withoutEmpty([]string{"id", "owner", "labels", "sql"}, [][]string{{"a", "", "", "x"}, {"b", "", "l=1", "y"}})
	if got := fmt.Sprint(head, rows); got != "[id labels sql] [[a  x] [b l=1 y]]" {
		t.Error(got)
	}
}
