package scan

import (
	"strconv"
	"testing"

	"github.com/millrace/millrace/libs/exec/agg"
	"github.com/millrace/millrace/libs/sql/plan"
)

// A transaction keeps memory for the next one: of as many groups as are likely,
// within the room that there is, and of a few whatever it is.
func TestGroupsKeepMemory(t *testing.T) {
	sum, err := agg.Lookup(plan.Agg{Func: "count"})
	if err != nil {
		t.Fatal(err)
	}
	const each = groupBytes + stateBytes
	table := &Table{Layout: &Layout{Aggs: []*Aggregate{{Func: sum}}}}
	var s groups
	for _, step := range []struct{ used, room, kept int }{
		{100, 10, keptGroups + 10},
		{100, 1000, 100},
		{20, 1000, 40},
		{0, 1000, keptGroups},
		{3, 0, keptGroups},
	} {
		for i := range step.used {
			g := s.add(table, int32(i), strconv.Itoa(i))
			g.rows++
			g.states[0].Update(nil, []int32{0})
		}
		if took := s.reset(step.room * each); len(s.all) != step.kept || took != (step.kept-keptGroups)*each {
			t.Errorf("of %d groups %d are kept, not %d, and take %d", step.used, len(s.all), step.kept, took)
		}
		for _, g := range s.all {
			if v, err := g.states[0].Result(); g.key != "" || g.rows != 0 || err != nil || v.Int() != 0 {
				t.Fatal("a group that is kept is not empty")
			}
		}
		if s.find(1) != nil {
			t.Fatal("a group is found that is none")
		}
	}
}

// What outputs keep is bounded over all of them and all transactions, and what is
// not used any more goes.
func TestOutputsKeepWithinTheRoom(t *testing.T) {
	const outputs, rows = 300, 1 << 20 // bytes of rows each
	p := &Program{Tally: new(Tally), Size: Size{Outputs: outputs}}
	partial := NewPartial(p)
	held := func() (n int) {
		for _, o := range partial.outputs {
			if o != nil {
				n += cap(o.data) + cap(o.rows)*rowMarkBytes
			}
		}
		return n
	}
	use := func(slots ...int) {
		for _, slot := range slots {
			o := partial.rowsOutput(&Rows{Slot: slot})
			o.data = append(o.data, make([]byte, rows)...)
		}
		partial.Reset(p)
	}
	most := 0
	for slot := range outputs {
		use(slot)
		most = max(most, held())
	}
	if most < keptBytes*9/10 || most > keptBytes {
		t.Errorf("%d bytes are kept, with room for %d", most, keptBytes)
	}
	for range 2 * outputs {
		use()
	}
	if n := held(); n != 0 || partial.room != keptBytes {
		t.Errorf("%d bytes are kept of outputs that are not used, and there is room for %d", n, partial.room)
	}
}
