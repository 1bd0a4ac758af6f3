package costs

import (
	"slices"
	"testing"

	"github.com/millrace/millrace/libs/exec/scan"
	"github.com/millrace/millrace/libs/sql/plan"
	"github.com/millrace/millrace/libs/wire"
)

// The first batches that are timed, however often nothing is, show what is wild.
func TestLedgerKnowsNothingOfNothing(t *testing.T) {
	l := NewLedger()
	for range 10 {
		l.Add(&scan.Samples{})
	}
	for _, nanos := range []int64{1000, 100_000, 100_000, 100_000} {
		l.Add(&scan.Samples{Batches: 1, Documents: 100, Nanos: nanos})
	}
	if got := l.timed.nanos / l.timed.rows; got < 700 {
		t.Errorf("a document takes %v ns", got)
	}
}

// A program that was searched is searched again for what was timed since only.
func TestLedgerFollows(t *testing.T) {
	l := NewLedger()
	program := newMill(t, cheap).builder.Program()
	there, gone := program.Streams[0].Indexes[0].ID, plan.ID{1}
	add := func(id plan.ID) {
		l.Add(&scan.Samples{Batches: 1, Documents: 100, Nanos: 100, All: []scan.Sample{{ID: id, Kind: scan.SampleIndex, Weight: 1, Nanos: 100, Rows: 100}}})
	}
	searched := func() int { l.Follow(program, 10); return l.generation }
	add(there)
	if n := searched(); n != 1 || l.entries[there].stream != "tweets" {
		t.Errorf("searched %d times, %+v", n, l.entries[there])
	}
	add(there)
	if n := searched(); n != 1 {
		t.Errorf("searched %d times", n)
	}
	add(gone)
	if n := searched(); n != 2 || l.entries[gone] != nil || l.entries[there] == nil {
		t.Errorf("searched %d times, %d entries", n, len(l.entries))
	}
	program = newMill(t, cheap, dear).builder.Program()
	if n := searched(); n != 3 || l.entries[there] == nil {
		t.Errorf("searched %d times, %d entries", n, len(l.entries))
	}
}

// What is timed is told under a kind that there is.
func TestKindsOfSamplesAreKindsOfCosts(t *testing.T) {
	for _, kind := range scan.SampleKinds() {
		if !slices.Contains(wire.CostKinds(), wire.CostKind(kind.String())) {
			t.Errorf("no cost is of kind %s", kind)
		}
	}
	if n := len(scan.SampleKinds()); n != len(wire.CostKinds())-1 { // and the total
		t.Errorf("%d kinds of samples", n)
	}
}
