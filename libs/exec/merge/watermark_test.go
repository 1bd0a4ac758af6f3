package merge

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/millrace/millrace/libs/exec/delta"
)

// says writes a seal of scan partition p in the words "at 20 s", "markers", "idle", "end".
func (b *bench) says(p int32, words string) {
	b.t.Helper()
	b.sealAll(p, 1, func(part *delta.SealPart) {
		for _, w := range strings.Split(words, ", ") {
			var at int64
			switch w {
			case "idle":
				part.Idle = true
			case "end":
				part.End = true
			case "silent":
			case "markers": // control records, behind which the partition goes on
				part.To += 2
			default:
				if _, err := fmt.Sscanf(w, "at %d s", &at); err != nil {
					b.t.Fatal(err)
				}
				part.Newest = at * second
				part.To, part.Documents, part.Appended = part.To+1, 1, 1
			}
		}
	})
}

// TestWatermarks: two scan partitions, an allowed lateness of 5 s.
func TestWatermarks(t *testing.T) {
	type seal struct {
		partition int32
		says      string
		want      string // the watermark in seconds, "start" or "end"
	}
	for _, c := range []struct {
		name    string
		bounded bool
		seals   []seal
	}{
		{"the least of what was heard", false, []seal{
			{0, "at 100 s", "start"}, // 1 is not yet heard from
			{1, "at 50 s", "45"},
			{1, "at 70 s", "65"},
			{0, "at 60 s", "65"}, // an older event changes nothing
			{1, "at 300 s", "95"},
		}},
		{"a partition without events holds it", false, []seal{
			{0, "at 100 s", "start"}, {1, "silent", "start"}, {1, "at 20 s", "15"},
		}},
		{"an idle partition does not", false, []seal{
			{0, "at 100 s", "start"},
			{1, "silent, idle", "95"},
			{0, "at 120 s", "115"},
			{1, "at 30 s", "115"}, // awake, and behind: it never goes back
			{0, "at 200 s", "115"},
			{1, "at 150 s", "145"},
		}},
		{"all idle: it stands still", false, []seal{
			{0, "at 100 s", "start"},
			{1, "at 90 s", "85"},
			{1, "idle", "95"},
			{0, "at 500 s, idle", "95"},
			{1, "at 95 s, idle", "95"},
			{1, "at 510 s", "505"},
		}},
		{"an ended partition holds nothing", false, []seal{
			{0, "at 100 s", "start"}, {1, "at 20 s, end", "95"}, {0, "at 110 s, idle", "95"}, // the rest is idle
			{0, "at 120 s", "115"}, {0, "end", "120"}, // all that will ever have come
		}},
		{"a scan that takes over knows of no end", false, []seal{
			{0, "end", "start"}, {1, "at 20 s", "15"}, {0, "silent", "15"}, {1, "end", "20"},
		}},
		{"nor one that takes over between the end and its transaction's marker", false, []seal{
			{0, "end", "start"}, {1, "at 20 s", "15"}, {0, "markers", "15"}, {0, "silent", "15"}, {1, "end", "20"},
		}},
		{"nor in bounded inputs", true, []seal{
			{0, "end", "start"}, {1, "end", "end"}, {0, "markers", "end"}, {1, "markers", "end"},
		}},
		{"input after an end takes it back", false, []seal{
			{0, "at 10 s, end", "start"}, {1, "at 40 s", "35"}, {0, "at 30 s", "35"}, {1, "end", "35"}, {0, "at 50 s", "45"}, {0, "end", "50"}, {1, "at 300 s", "295"},
		}},
		{"bounded inputs", true, []seal{
			{0, "at 100 s", "start"}, {1, "at 50 s", "start"}, {0, "end", "start"}, {1, "idle", "start"}, {1, "end", "end"},
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, 2, 1)
			b.topo.Bounded = c.bounded
			b.restart()
			b.define([]*Query{count(t, "q", "all", 1)}, nil)
			for i, s := range c.seals {
				b.says(s.partition, s.says)
				b.step()
				got := "start"
				switch mark := b.stage.owned[0].watermarks["tweets"]; mark {
				case startOfTime:
				case endOfTime:
					got = "end"
				default:
					got = fmt.Sprint(mark / second)
				}
				if got != s.want {
					t.Fatalf("seal %d (%d %s): the watermark is at %s, want %s", i+1, s.partition, s.says, got, s.want)
				}
				if i%2 == 0 {
					b.restart() // it must come back from the checkpoint as it was
				}
			}
		})
	}
}

func TestAsOfSaysWhatIsFinal(t *testing.T) {
	b := newBench(t, 2, 1)
	b.define([]*Query{count(t, "q", "all", 1)}, nil)
	check := func(want string) {
		t.Helper()
		b.step()
		a := b.store.asOf[0]
		at := "nothing"
		if a.Time != nil {
			at = fmt.Sprint(*a.Time)
		}
		if got := fmt.Sprintf("%v, final to %s, ended %v", a.Vector[topic], at, a.Ended); got != want {
			t.Fatalf("as of %s, want %s", got, want)
		}
	}
	b.says(0, "at 100 s")
	check("map[0:1], final to nothing, ended false")
	b.says(1, "at 50 s")
	check("map[0:1 1:1], final to 45000, ended false")
	b.says(0, "end")
	check("map[0:1 1:1], final to 45000, ended false")
	b.says(1, "end")
	check("map[0:1 1:1], final to 100000, ended true")
	b.says(0, "markers")
	b.restart()
	check("map[0:3 1:1], final to 100000, ended true")
	b.says(0, "at 200 s")
	check("map[0:4 1:1], final to 195000, ended false")
}

// The end of all inputs closes every window. A stream that goes on after it opens
// new ones, and what belongs to the closed ones is late.
func TestAStreamGoesOnAfterAnEnd(t *testing.T) {
	b := newBench(t, 1, 1)
	q := count(t, "q", "node", 1, windowed, final)
	b.define([]*Query{q}, nil)
	b.commit(0, 1, q, post{"a", 12 * second})
	b.step()
	b.want("")
	b.says(0, "end")
	b.step()
	b.want(`q 10000-20000["a"] {"n":1}`)
	b.restart()
	b.commit(0, 1, q, post{"a", 13 * second}, post{"a", 25 * second})
	b.says(0, "end")
	b.step()
	b.want("q 10000-20000[\"a\"] {\"n\":1}\nq 20000-30000[\"a\"] {\"n\":1}")
	if n := b.store.counter("q", "late"); n != 1 {
		t.Errorf("%d rows are late, want the one of the closed window", n)
	}
}

// TestLatenessIsDecidedWhereTheBlockStands, whatever comes later, and again after
// a restore.
func TestLatenessIsDecidedWhereTheBlockStands(t *testing.T) {
	b := newBench(t, 1, 2)
	q := count(t, "q", "all", 1, windowed)
	b.define([]*Query{q}, nil)
	b.commit(0, 1, q, post{"a", 1 * second})
	b.commit(0, 1, q, post{"a", 2 * second}, post{"a", 14 * second}) // in one block, before its own seal
	b.commit(0, 1, q, post{"a", 3 * second}, post{"b", 4 * second})  // watermark 9 s
	b.commit(0, 1, q, post{"a", 15 * second})                        // watermark 10 s
	b.commit(0, 1, q, post{"a", 5 * second}, post{"b", 9 * second}, post{"b", 10 * second})
	want := `q 0-10000["a"] {"n":3}
	         q 0-10000["b"] {"n":1}
	         q 10000-20000["a"] {"n":2}
	         q 10000-20000["b"] {"n":1}`
	b.step()
	b.want(want)
	b.restart()
	b.commit(0, 1, q, post{"c", 9 * second})
	b.step()
	b.want(want)
	b.commit(0, 1, q, post{"a", 99 * second})
	b.commit(0, 1, q, post{"a", 50 * second}) // a window that nobody has seen, and closed all the same
	b.step()
	b.want(want + `
	         q 90000-100000["a"] {"n":1}`)
	if late, matched := b.store.counter("q", "late"), b.store.counter("q", "matched"); late != 4 || matched != 8 {
		t.Fatalf("%d late and %d matched, want 4 and 8", late, matched)
	}
}

func TestFinalWindowsAreWrittenOnceAfterARestart(t *testing.T) {
	b := newBench(t, 1, 2)
	q, ranked := count(t, "q", "all", 1, windowed, final), count(t, "ranked", "ranked", 2, top(1), windowed, final)
	b.define([]*Query{q, ranked}, nil)
	both := []*Query{q, ranked}
	b.commitAll(0, 2, both, post{"a", 1 * second}, post{"b", 2 * second}, post{"b", 3 * second})
	b.step()
	b.restart()
	b.commitAll(0, 2, both, post{"a", 4 * second})
	b.step()
	b.want("")
	b.store.flushAll() // an open window is not republished
	for range 3 {
		b.step()
	}
	b.want("")
	b.commitAll(0, 2, both, post{"c", 16 * second})
	b.restart()
	b.step()
	want := `q 0-10000["a"] {"n":2}
	         q 0-10000["b"] {"n":2}
	         ranked top0-10000 {"k":"a","n":2}`
	b.want(want)
	b.restart()
	b.store.flushAll() // a closed one is
	for range 3 {
		b.step()
	}
	b.want(want)
}

func TestAQueryKeepsItsWindowsForItsOwnRetention(t *testing.T) {
	b := newBench(t, 1, 1)
	short := count(t, "short", "all", 1, windowed, retention(time.Second))
	long := count(t, "long", "all", 2, windowed, retention(time.Hour))
	b.define([]*Query{short, long}, nil)
	b.commit(0, 2, short, post{"a", 1 * second})
	b.step()
	if r := b.store.queries["short"].expires; len(r) > 0 {
		t.Fatalf("an open window expires after %v", r)
	}
	b.commit(0, 2, short, post{"a", 17 * second})
	b.step()
	if r := b.store.queries["short"].expires; r["0-10000"] != time.Second || len(r) > 1 {
		t.Fatalf("after the first window has closed windows expire after %v", r)
	}
	if r := b.store.queries["long"].expires; r["0-10000"] != time.Hour || len(r) > 1 {
		t.Fatalf("after the first window has closed windows expire after %v", r)
	}
	b.wall += 1000
	b.sealAll(0, 2, nil)
	b.step()
	want := `long 0-10000["a"] {"n":1}
	         long 10000-20000["a"] {"n":1}
	         short 10000-20000["a"] {"n":1}`
	b.want(want)
	b.store.flushAll()
	for range 3 {
		b.step()
	}
	b.want(want)
	if r := b.store.queries["long"].expires["0-10000"]; r >= time.Hour || r < time.Hour-2*time.Second {
		t.Fatalf("the republished window expires after %v", r)
	}
}
