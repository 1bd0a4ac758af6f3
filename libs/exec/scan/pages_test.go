package scan_test

import (
	"math/rand/v2"
	"testing"

	"github.com/millrace/millrace/libs/exec/scan"
)

// A book is read back as it was at the time of each snapshot, whatever is written
// later.
func TestPages(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	book := scan.NewBook(-1)
	now := map[int32]int{}
	type snapshot struct {
		pages scan.Pages[int]
		want  map[int32]int
	}
	var taken []snapshot
	for step := range 300 {
		for range r.IntN(20) {
			i := int32(r.IntN(5000))
			now[i] = step
			book.Set(i, step)
		}
		want := map[int32]int{}
		for i, v := range now {
			want[i] = v
		}
		taken = append(taken, snapshot{book.Pages(), want})
	}
	book.Grow(20_000)
	for _, s := range taken {
		set := 0
		for i, v := range s.pages.All {
			if want, ok := s.want[i]; ok && *v != want || !ok && *v != -1 {
				t.Fatalf("element %d is %d, want %d, %v", i, *v, want, ok)
			}
			if *v != -1 {
				set++
			}
		}
		if set != len(s.want) {
			t.Fatalf("%d elements are set, want %d", set, len(s.want))
		}
		for i, want := range s.want {
			if got := *s.pages.At(i); got != want {
				t.Fatalf("element %d is %d, want %d", i, got, want)
			}
		}
	}
	if p := book.Pages(); *p.At(19_999) != -1 {
		t.Error("the book did not grow")
	}
}
