package expr

import (
	"strings"
	"testing"
	"unsafe"

	"github.com/millrace/millrace/libs/record"
)

// A document's text that is there for each of its elements is folded once: there may be
// thousands of them.
func TestFoldedOncePerText(t *testing.T) {
	b := record.NewBatch(&record.Schema{Fields: []record.Field{{Type: record.VarcharType}}})
	texts := &b.Columns[0]
	for _, s := range []string{strings.Repeat("ſtraße ", 10), "", "Abc", "abc"} {
		texts.AppendStr(s)
	}
	texts.AppendNull()
	rows := []int32{0, 0, 0, 1, 1, 4, 2, 2, 1, 2, 3, 0}
	var gathered record.Column
	gathered.Gather(texts, rows)
	var in Input
	in.Reset([]*record.Column{&gathered}, len(rows))
	folded := in.Folded(0)
	for i, s := range folded {
		if want := Fold(texts.Strs[rows[i]]); s != want {
			t.Errorf("row %d: %q, want %q", i, s, want)
		}
	}
	if at := unsafe.StringData(folded[0]); at != unsafe.StringData(folded[1]) || at != unsafe.StringData(folded[2]) || at == unsafe.StringData(folded[11]) {
		t.Error("texts that follow each other are not folded once")
	}
}
