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
		counting = 800  // that are asked alone, too, which costs more: of those the counters are compared
	)
	cat := tweets(t)
	var batches []*richBatch // with the reference's answers, which no bug changes
	batch := func(i int) *richBatch {
		if i == len(batches) {
			batches = append(batches, newRichBatch(t, *first+uint64(i), together))
		}
		return batches[i]
	}
	table := []string{fmt.Sprintf("from seed %d", *first), fmt.Sprintf("%-20s %7s %9s  %s", "bug", "queries", "different", "found as")}
	got, found := batch(0).merged(t, cat)
	if found = append(found, batch(0).alone(t, cat, got)...); len(found) > 0 {
		t.Fatalf("without a bug: %s", found[0])
	}
	for _, bug := range planted.Answers() {
		t.Run(string(bug), func(t *testing.T) {
			t.Setenv(planted.Variable, string(bug))
			for asked := 0; asked < patience; asked += together {
				b := batch(asked / together)
				got, found := b.merged(t, cat)
				if len(found) == 0 && asked < counting {
					found = b.alone(t, cat, got)
				}
				if len(found) == 0 {
					continue
				}
				what, _, _ := strings.Cut(found[0], "\n")
				table = append(table, fmt.Sprintf("%-20s %7d %9d  %.100s", bug, asked+together, len(found), what))
				return
			}
			t.Errorf("%d queries from seed %d have not found it", patience, *first)
		})
	}
	t.Log("\n" + strings.Join(table, "\n"))
}
