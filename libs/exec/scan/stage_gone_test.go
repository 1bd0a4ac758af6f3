package scan_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/millrace/millrace/libs/exec/build"
	"github.com/millrace/millrace/libs/exec/scan"
	"github.com/millrace/millrace/libs/sql/catalog"
)

// A scan ends with its stream: the transaction under way is of the last plan that has
// it, and under one that has it no more, or another one of its name, there is none.
func TestAScanEndsWithItsStream(t *testing.T) {
	for _, again := range []bool{false, true} {
		b := newBench(t, 1, 1, func(c *scan.Config) { c.Stream, c.Since = "logs", 1 })
		c, err := catalog.Default()
		if err != nil {
			t.Fatal(err)
		}
		def, _ := c.Stream("tweets")
		logs := *def
		logs.Name = "logs"
		builder := build.NewBuilder(c)
		program := func(since int64) *scan.Program {
			t.Helper()
			if err := builder.DropStream("logs"); err != nil {
				t.Fatal(err)
			}
			if since > 0 {
				if err := builder.AddStream(&logs, since); err != nil {
					t.Fatal(err)
				}
			}
			return builder.Program()
		}
		b.programs.programs = []*scan.Program{program(0), program(1)}
		b.add(0, b.post(1))
		b.next()
		b.add(0, b.post(2))
		b.step() // a post is read under the plan that has the stream
		if b.programs.programs = append(b.programs.programs, program(0)); again {
			b.programs.programs = append(b.programs.programs, program(3))
		}
		b.programs.at = len(b.programs.programs) - 1
		b.add(0, b.post(3))
		for err = error(nil); err == nil; {
			err = b.stage.Step(t.Context())
		}
		if !errors.Is(err, scan.ErrGone) {
			t.Fatalf("got %v", err)
		}
		read := int64(0)
		for _, x := range b.commits {
			if read = x.part(0).To; x.seal().Plan != 0 {
				t.Errorf("a transaction under plan position %d", x.seal().Plan)
			}
		}
		if read < 2 {
			t.Errorf("%s", fmt.Sprint("what was read is not written: up to ", read))
		}
	}
}
