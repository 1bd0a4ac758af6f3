package scan_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/millrace/millrace/libs/exec/scan"
)

// A roll is a slice, and a list is what it was when it was taken, whatever is written
// later.
func TestList(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var roll scan.Roll[int]
	var now []int
	type snapshot struct {
		list scan.List[int]
		want []int
	}
	var taken []snapshot
	longest := 0
	for step := range 400 {
		grows := r.IntN(2) == 0
		for range r.IntN(300) {
			switch k := r.IntN(4); {
			case k == 0 && len(now) > 0:
				i := r.IntN(len(now))
				now[i] = step
				roll.Set(int32(i), step)
			case grows:
				now = append(now, step)
				roll.Push(step)
			case len(now) > 0:
				now = now[:len(now)-1]
				roll.Pop()
			}
		}
		longest = max(longest, len(now))
		if roll.Len() != len(now) {
			t.Fatalf("the roll has %d elements, want %d", roll.Len(), len(now))
		}
		if len(now) > 0 {
			if i := r.IntN(len(now)); roll.At(int32(i)) != now[i] {
				t.Fatalf("element %d is %d, want %d", i, roll.At(int32(i)), now[i])
			}
		}
		taken = append(taken, snapshot{roll.List(), slices.Clone(now)})
	}
	if longest < 600 {
		t.Fatalf("no list was longer than %d", longest)
	}
	for i := range taken {
		s := &taken[i]
		if got := slices.Collect(s.list.All()); !slices.Equal(got, s.want) || s.list.Len() != len(s.want) {
			t.Fatalf("list %d of %d is %v, want %v", i, s.list.Len(), got, s.want)
		}
	}
}

func TestListOfOne(t *testing.T) {
	l := scan.ListOf("a")
	if got := slices.Collect(l.All()); !slices.Equal(got, []string{"a"}) || l.Len() != 1 {
		t.Errorf("it is %v", got)
	}
	var none scan.List[string]
	for v := range none.All() {
		t.Errorf("an empty list has %q", v)
	}
}
