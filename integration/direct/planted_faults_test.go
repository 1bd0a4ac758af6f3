//go:build faults

package direct_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/millrace/millrace/libs/planted"
)

// Every bug in an evaluator or in a rule of the optimizer is found by comparing answers
// to random queries; it is told after how many.
func TestPlantedAnswers(t *testing.T) {
	const (
		together = 200
		patience = 5000 // queries: as many as TestExpressionsAgree asks
	)
	cat := tweets(t)
	table := []string{fmt.Sprintf("from seed %d", *first), fmt.Sprintf("%-20s %7s %9s  %s", "bug", "queries", "different", "found as")}
	if found := tryRich(t, cat, *first, together).differences; len(found) > 0 {
		t.Fatalf("without a bug: %s", found[0])
	}
	for _, b := range planted.Answers() {
		t.Run(string(b), func(t *testing.T) {
			t.Setenv(planted.Variable, string(b))
			for asked := 0; asked < patience; asked += together {
				found := tryRich(t, cat, *first+uint64(asked/together), together).differences
				if len(found) == 0 {
					continue
				}
				what, _, _ := strings.Cut(found[0], "\n")
				table = append(table, fmt.Sprintf("%-20s %7d %9d  %.100s", b, asked+together, len(found), what))
				return
			}
			t.Errorf("%d queries from seed %d have not found it", patience, *first)
		})
	}
	t.Log("\n" + strings.Join(table, "\n"))
}
