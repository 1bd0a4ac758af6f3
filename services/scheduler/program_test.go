package scheduler

import (
	"testing"

	"github.com/millrace/millrace/libs/sql/catalog"
)

// A program is the same in every process of it, and another one with other streams.
func TestProgram(t *testing.T) {
	program := func(doc string) string {
		all, err := catalog.Default()
		if err != nil {
			t.Fatal(err)
		}
		var streams []*catalog.Stream
		for _, s := range all.Streams() {
			changed := *s
			changed.Doc += doc
			streams = append(streams, &changed)
		}
		c, err := catalog.New(streams...)
		if err != nil {
			t.Fatal(err)
		}
		return programOf(c)()
	}
	if a, b := program(""), program(""); len(a) != 16 || a != b {
		t.Errorf("it is %q and %q", a, b)
	}
	if a, b := program(""), program("."); a == b {
		t.Errorf("with other streams it is %q, too", a)
	}
}
