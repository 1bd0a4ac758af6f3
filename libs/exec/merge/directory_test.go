package merge

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"testing"
)

// TestDirectoryIsAMap: a directory holds what a map does after the same changes, no
// later change shows in it, and it differs from any earlier one by what their maps do.
func TestDirectoryIsAMap(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	type version struct {
		directory Directory[int]
		values    map[string]int
	}
	var d Directory[int]
	editor, values := d.Edit(), map[string]int{}
	versions := []version{{d, map[string]int{}}}
	for n := range 60 {
		for range r.IntN(400) {
			id := fmt.Sprintf("q%d", r.IntN(3000))
			if n > 40 || r.IntN(3) == 0 {
				editor.Delete(id)
				delete(values, id)
				continue
			}
			v := r.IntN(4)
			editor.Set(id, v)
			values[id] = v
			if editor.Get(id) != v {
				t.Fatalf("%s is %d after it was set to %d", id, editor.Get(id), v)
			}
		}
		versions = append(versions, version{editor.Directory(), maps.Clone(values)})
	}
	for _, v := range versions {
		if got := maps.Collect(v.directory.All()); !maps.Equal(got, v.values) || v.directory.Len() != len(v.values) {
			t.Fatalf("%d entries, Len %d, want %d", len(got), v.directory.Len(), len(v.values))
		}
		for i := range 3000 {
			id := fmt.Sprintf("q%d", i)
			want, has := v.values[id]
			if got, ok := v.directory.Find(id); got != want || ok != has || v.directory.Has(id) != has {
				t.Fatalf("%s: %d, %v; want %d, %v", id, got, ok, want, has)
			}
		}
		old := versions[r.IntN(len(versions))]
		changed := maps.Clone(old.values)
		for c := range v.directory.Changes(old.directory) {
			before, had := old.values[c.ID]
			now, has := v.values[c.ID]
			if c.Old != before || c.New != now || c.Had != had || c.Has != has || had && has && before == now {
				t.Fatalf("%+v; want from %d (%v) to %d (%v)", c, before, had, now, has)
			}
			delete(changed, c.ID)
			if has {
				changed[c.ID] = now
			}
		}
		if !maps.Equal(changed, v.values) {
			t.Fatal("differences are missing")
		}
		for range v.directory.Changes(old.directory) {
			break
		}
	}
	for editor.Set("a", 1); editor.now.Len() > 0; {
		for id := range editor.Directory().All() {
			editor.Delete(id)
		}
	}
	if editor.Directory() != (Directory[int]{}) {
		t.Error("an empty directory holds something")
	}
}

// BenchmarkDirectoryChange is one more id beside 100,000, and the comparison.
func BenchmarkDirectoryChange(b *testing.B) {
	m := map[string]int{}
	for i := range 100_000 {
		m[fmt.Sprintf("q%d", i)] = i
	}
	d := DirectoryOf(m)
	e := d.Edit()
	for i := 0; b.Loop(); i++ {
		e.Set(fmt.Sprintf("r%d", i), i)
		next := e.Directory()
		for range next.Changes(d) {
		}
		d = next
	}
}
