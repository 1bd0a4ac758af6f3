package scan_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/millrace/millrace/libs/exec/build"
	"github.com/millrace/millrace/libs/exec/delta"
	"github.com/millrace/millrace/libs/exec/scan"
	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/libs/sql/plan"
)

// What comes of one record may be more than a transaction holds: some of it is written
// before the rest is made, to the same transaction, which is committed before the next
// record is looked at, or aborted as any other.
func TestOneRecordMakesMuch(t *testing.T) {
	const posts, columns = 300, 5
	b := newBench(t, 1, 2, func(c *scan.Config) { c.MaxBytes = 2000 })
	c, err := catalog.Default()
	if err != nil {
		t.Fatal(err)
	}
	builder := build.NewBuilder(c)
	for i := range columns {
		b.register(builder, fmt.Sprint("rows", i), &plan.Project{In: &plan.Scan{Stream: "tweets"}, Cols: []plan.NamedExpr{
			{Name: "id", Expr: &plan.Column{Name: "id", Typ: record.BigIntType}},
			{Name: "n", Expr: &plan.Literal{Value: record.Int(int64(i))}},
		}})
	}
	b.programs.at = len(b.programs.programs) - 1
	b.next()
	for _, aborts := range []int{0, 1, 2} {
		b.aborts = aborts
		first := b.in[0].end()
		var want []string
		for r := range int64(3) {
			b.add(0, b.lines(make([]int, posts)...))
			for i := range posts {
				for range columns {
					want = append(want, fmt.Sprintf("0/%d/%d", first+r, i))
				}
			}
		}
		var got []string
		for n := len(b.commits); b.group[0] < b.in[0].end(); n = len(b.commits) {
			b.step()
			for _, x := range b.commits[n:] {
				p := x.part(0)
				if p.To > p.From+1 {
					t.Errorf("the records from %d to %d are one transaction", p.From, p.To)
				}
				blocks := 0
				for _, written := range x.exchange {
					for _, w := range written {
						if _, ok := w.(*delta.Block); ok {
							blocks++
						}
					}
				}
				if p.To > p.From && blocks < columns {
					t.Errorf("%d blocks of a record", blocks)
				}
				got = append(got, x.rows()...)
			}
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%d aborts: %d rows, want %d", aborts, len(got), len(want))
		}
	}
}

// A transaction that cannot be begun ends the stage.
func TestATransactionInTheMidstThatCannotBegin(t *testing.T) {
	b := newBench(t, 1, 1, func(c *scan.Config) { c.MaxBytes = 200 })
	b.programs.at = 1
	b.next()
	b.beginErr = fmt.Errorf("away")
	b.add(0, b.lines(make([]int, 100)...))
	for range 5 {
		if err := b.stage.Step(t.Context()); err != nil {
			if len(b.commits) != 1 {
				t.Error("something was committed")
			}
			return
		}
	}
	t.Error("no error")
}
