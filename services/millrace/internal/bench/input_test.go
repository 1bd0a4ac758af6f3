package bench

import (
	"bytes"
	"strings"
	"testing"

	"github.com/millrace/millrace/libs/sql/catalog"
)

func defaultCatalog(t *testing.T) *catalog.Catalog {
	t.Helper()
	cat, err := catalog.Default()
	if err != nil {
		t.Fatal(err)
	}
	return cat
}

// A prefix has so many documents, wherever values end.
func TestPrefix(t *testing.T) {
	in, err := Generated(1, 500, false)
	if err != nil {
		t.Fatal(err)
	}
	if len(in.values) < 3 {
		t.Fatalf("%d values", len(in.values))
	}
	for _, v := range in.values {
		if len(v.bytes) > BatchBytes {
			t.Errorf("a value of %d bytes", len(v.bytes))
		}
	}
	for _, n := range []int{1, 2, in.values[0].documents, in.values[0].documents + 1, 499, 500, 501} {
		values, size := in.prefix(n)
		all := bytes.Join(values, nil)
		want := min(n, 500)
		if got := bytes.Count(all, []byte("\n")); got != want || size != int64(len(all)-want) {
			t.Errorf("%d: %d lines of %d bytes, which are %d", n, got, len(all), size)
		}
	}
	if _, size := in.prefix(500); size != in.Bytes {
		t.Errorf("%d bytes, not %d", size, in.Bytes)
	}
}

func TestRead(t *testing.T) {
	long := `{"text":"` + strings.Repeat("x", 2*BatchBytes) + `"}`
	text := "{\"id\":1}\r\n\n  \n" + long + "\n{\"id\":3}"
	in, err := Read("dir/some.ndjson", strings.NewReader(text), 0)
	if err != nil {
		t.Fatal(err)
	}
	if in.Documents != 3 || in.Name != "some.ndjson" || in.Bytes != int64(8+len(long)+8) || len(in.values) != 3 {
		t.Errorf("%d documents of %d bytes in %d values of %s", in.Documents, in.Bytes, len(in.values), in.Name)
	}
	if in, err = Read("some", strings.NewReader(text), 2); err != nil || in.Documents != 2 {
		t.Errorf("%d documents, %v", in.Documents, err)
	}
}
