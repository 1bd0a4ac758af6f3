package scan_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/millrace/millrace/libs/exec/scan"
)

// Whatever happens in between, the committed ranges follow each other, and every
// post in them is counted once, except those in gaps that were declared.
func TestRandom(t *testing.T) {
	seeds := 400
	if testing.Short() {
		seeds = 50
	}
	for seed := range seeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) { random(t, rand.New(rand.NewPCG(uint64(seed), 11))) })
	}
}

func random(t *testing.T, r *rand.Rand) {
	partitions := 1 + r.IntN(3)
	b := newBench(t, partitions, 1+r.IntN(3), func(c *scan.Config) {
		c.MaxBytes = 300 + r.IntN(5000)
		c.BacklogLimit = 1000
	})
	defer func() {
		if t.Failed() {
			t.Logf("… %s", strings.Join(b.trace[max(len(b.trace)-60, 0):], ", "))
		}
	}()
	posts := map[string]bool{} // those that can be read
	var bad []string
	feed := func() {
		p := int32(r.IntN(partitions))
		at := b.in[p].end()
		switch r.IntN(8) {
		case 0:
			b.add(p, nil)
		case 1:
			b.add(p, &scan.Record{Control: true})
		case 2:
			b.add(p, &scan.Record{End: true})
		case 3:
			var times []int
			for i := range r.IntN(4) {
				times = append(times, r.IntN(100)-10)
				if times[i] >= 0 {
					posts[fmt.Sprintf("%d/%d/%d", p, at, i)] = true
				} else {
					bad = append(bad, fmt.Sprintf("%d/%d/%d", p, at, i))
				}
			}
			b.add(p, b.lines(times...))
		default:
			posts[fmt.Sprintf("%d/%d/0", p, at)] = true
			b.add(p, b.post(r.IntN(100)))
		}
	}
	fail := errors.New("fault")
	for range 400 {
		switch r.IntN(24) {
		case 0:
			b.aborts = 1 + r.IntN(2)
			b.rewind = int64(r.IntN(3))
		case 1:
			var mine []int32
			for p := range int32(partitions) {
				if r.IntN(3) > 0 {
					mine = append(mine, p)
				}
			}
			b.assign(mine...)
		case 2:
			b.end(nil)
		case 3:
			p := r.IntN(partitions)
			if in := b.in[p]; r.IntN(4) == 0 && in.end() > in.start {
				in.start += r.Int64N(in.end()-in.start) + 1
			}
		case 4:
			b.endErr = fail
		case 5:
			b.clock.now = b.clock.now.Add(time.Duration(r.IntN(4000)) * time.Millisecond)
		case 6:
			b.limit = r.IntN(5)
		case 7:
			b.backlog = r.Int64N(1500)
		case 8:
			if r.IntN(3) == 0 { // a process dies
				b.restart()
				b.paused = false
				b.assign(0)
			}
		default:
			for range r.IntN(4) {
				feed()
			}
		}
		if err := b.stage.Step(t.Context()); err != nil {
			if !errors.Is(err, fail) {
				t.Fatal(err)
			}
			b.endErr = nil
			b.restart()
			b.paused = false
			b.assign(0)
		}
	}
	// In the end all of it is read.
	b.aborts, b.endErr, b.limit, b.backlog = 0, nil, 100, 0
	all := make([]int32, partitions)
	for p := range all {
		all[p] = int32(p)
		b.add(all[p], &scan.Record{Control: true}) // as after an aborted transaction
	}
	b.assign(all...)
	for done := false; !done; {
		b.next()
		done = true
		for p, in := range b.in {
			done = done && b.vector[int32(p)] == in.end()
		}
		if len(b.commits) > 2000 {
			t.Fatalf("never at the end: %v", b.vector)
		}
	}

	counted, dead := map[string]int{}, map[string]int{}
	for _, x := range b.commits {
		for _, row := range x.rows() {
			counted[row]++
		}
		for _, l := range x.letters {
			dead[fmt.Sprintf("%d/%d/%d", l.Partition, l.Offset, l.Line-1)]++
		}
	}
	lost := func(row string) bool {
		var p int32
		var offset, index int64
		if _, err := fmt.Sscanf(row, "%d/%d/%d", &p, &offset, &index); err != nil {
			t.Fatal(err)
		}
		for _, g := range b.gaps[p] {
			if offset >= g[0] && offset < g[1] {
				return true
			}
		}
		return false
	}
	for row := range posts {
		want := 1
		if lost(row) {
			want = 0
		}
		if counted[row] != want {
			t.Errorf("post %s is counted %d times, want %d", row, counted[row], want)
		}
		delete(counted, row)
	}
	for _, row := range bad {
		want := 1
		if lost(row) {
			want = 0
		}
		if dead[row] != want {
			t.Errorf("document %s has %d dead letters, want %d", row, dead[row], want)
		}
	}
	if len(counted) > 0 {
		t.Errorf("counted without being there: %v", counted)
	}
	if n := b.metrics.DeadLetters.Load(); int(n) != sum(dead) {
		t.Errorf("%d dead letters counted, %d written", n, sum(dead))
	}
}

func sum(m map[string]int) int {
	n := 0
	for _, v := range m {
		n += v
	}
	return n
}
