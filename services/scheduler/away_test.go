package scheduler

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/millrace/millrace/libs/daemon"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/results"
)

// fleetSeen is what a scheduler that owns the partitions 0 and 1 sees of the others, who
// own 2 and 3: seconds count from the beginning of its trouble.
type fleetSeen struct {
	*alone
	began     time.Time
	ends      map[int32]int64 // of the exchange
	committed map[int32]int64
	err       error
}

func newFleetSeen() *fleetSeen {
	f := &fleetSeen{
		began: time.Unix(1000, 0),
		ends:  map[int32]int64{0: 100, 1: 100, 2: 100, 3: 100}, committed: map[int32]int64{0: 90, 1: 90, 2: 90, 3: 90},
	}
	f.alone = &alone{
		ends:      func(context.Context) (map[int32]int64, error) { return maps.Clone(f.ends), f.err },
		committed: func(context.Context) (map[int32]int64, error) { return maps.Clone(f.committed), f.err },
	}
	return f
}

// What decides: others have to write to Redis while this scheduler does not, after
// the trouble has lasted for a while, and it has to last for a while after that.
func TestAlone(t *testing.T) {
	type deeds map[int]func(f *fleetSeen)
	commit := func(p int32, at int64) func(*fleetSeen) {
		return func(f *fleetSeen) { f.committed[p], f.ends[p] = at, max(at, f.ends[p]) }
	}
	const never = 0
	for name, c := range map[string]struct {
		deeds   deeds
		well    [2]int  // seconds from and to which writes are answered
		missing []int32 // nil: 0
		owned   []int32 // nil: 0 and 1
		want    int     // second of the decision
	}{
		"nobody goes on":                  {want: never},
		"others go on":                    {deeds: deeds{8: commit(2, 101)}, want: 20},
		"others go on later":              {deeds: deeds{31: commit(3, 101)}, want: 41},
		"they committed before the line":  {deeds: deeds{2: commit(2, 100)}, want: never},
		"they wrote before the line":      {deeds: deeds{8: commit(2, 100)}, want: never},
		"the line counts all before it":   {deeds: deeds{4: func(f *fleetSeen) { f.ends[2] = 150 }, 8: commit(2, 150)}, want: never},
		"only its own":                    {deeds: deeds{8: commit(1, 101)}, want: never},
		"its own in trouble, not held":    {deeds: deeds{8: commit(3, 101)}, missing: []int32{3}, want: never},
		"it owns all":                     {deeds: deeds{8: commit(3, 101)}, owned: []int32{0, 1, 2, 3}, want: never},
		"a claim of one without a commit": {deeds: deeds{1: func(f *fleetSeen) { delete(f.committed, 2) }, 8: commit(2, 100)}, want: never},
		"back for others first":           {deeds: deeds{30: commit(2, 101)}, well: [2]int{36, 40}, want: never},
		"back, and away again":            {deeds: deeds{8: commit(2, 101)}, well: [2]int{15, 16}, want: never},
		"back, away, and others go on": {
			deeds: deeds{8: commit(2, 101), 18: func(f *fleetSeen) { f.ends[2] = 110 }, 25: commit(2, 111)},
			well:  [2]int{15, 16}, want: 36,
		},
		"Kafka is away meanwhile": {
			deeds: deeds{3: func(f *fleetSeen) { f.err = errors.New("away") }, 12: func(f *fleetSeen) { f.err = nil }, 14: commit(2, 101)},
			want:  24,
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFleetSeen()
			since, owned := f.began, c.owned
			if owned == nil {
				owned = []int32{0, 1}
			}
			if c.missing == nil {
				c.missing = []int32{0}
			}
			for second := range 60 {
				now := f.began.Add(time.Duration(second) * time.Second)
				if do := c.deeds[second]; do != nil {
					do(f)
				}
				missing := map[int32]time.Time{}
				switch {
				case second >= c.well[0] && second < c.well[1]:
					since = now.Add(time.Second)
				default:
					for _, p := range c.missing {
						missing[p] = since
					}
				}
				lasted, err := f.look(t.Context(), now, missing, owned)
				if err != nil && f.err == nil {
					t.Fatalf("second %d: %v", second, err)
				}
				if lasted == 0 {
					continue
				}
				if second != c.want || lasted != now.Sub(since) {
					t.Fatalf("decided in second %d, after %s; want %d", second, lasted, c.want)
				}
				return
			}
			if c.want != never {
				t.Fatal("never decided")
			}
		})
	}
}

// A partition that has come and gone meanwhile is none of the others.
func TestAloneForgetsNoPartition(t *testing.T) {
	f := newFleetSeen()
	for second := range 40 {
		owned := []int32{0, 1}
		if second == 10 {
			owned = append(owned, 2)
		}
		if second == 12 {
			f.committed[2] = 101
		}
		if lasted, err := f.look(t.Context(), f.began.Add(time.Duration(second)*time.Second), map[int32]time.Time{0: f.began}, owned); lasted != 0 || err != nil {
			t.Fatalf("second %d: %s, %v", second, lasted, err)
		}
	}
}

// swift is a clock that runs faster than the computer's.
type swift struct {
	daemon.RealClock
	began time.Time
}

const swiftness = 20

func (c swift) Now() time.Time { return c.began.Add(swiftness * time.Since(c.began)) }

func (c swift) Sleep(ctx context.Context, d time.Duration) error {
	return c.RealClock.Sleep(ctx, d/swiftness)
}

// Of two schedulers the one that loses Redis ends, and says so; the other one takes
// its partitions.
func TestTheOneWithoutRedisEnds(t *testing.T) {
	w := newWorld(t)
	w.Slot = AutoSlot
	w.Layout = kafka.Layout{Partitions: 4, ExchangePartitions: 4}
	w.CheckpointInterval = 2 * time.Second
	w.Clock = swift{began: time.Now()}
	way := newAbsent(t)
	vanish := way.appear(w.servers.RedisAddr)
	healthy, cut := w.another(), w.another()
	cut.Redis.Addr = way.addr
	stays, stop := healthy.start()
	ends, _ := cut.start()
	for _, o := range []*world{healthy, cut} {
		o.until("it has merge partitions", func() bool { return len(o.merging()) > 0 })
	}
	w.count()
	w.until("the query is live", w.live())
	cut.until("each has its half", func() bool { return len(cut.merging()) == 2 && len(healthy.merging()) == 2 })
	vanish()
	posts := 0
	var err error
	for on := true; on; {
		w.produce(kafka.Record{
			Topic: kafka.TopicTweets, Partition: int32(posts % 4),
			Value: fmt.Appendf(nil, `{"id":%d,"lang":"en","created_at":1700000000000}`, posts),
		})
		posts++
		select {
		case err = <-ends:
			on = false
		case err := <-stays:
			t.Fatalf("the one that reaches Redis ended: %v", err)
		case <-time.After(20 * time.Millisecond):
		case <-within(t).Done():
			t.Fatal("the one that does not reach Redis goes on")
		}
	}
	if !errors.Is(err, ErrAlone) || !strings.Contains(err.Error(), "could not write to Redis at "+way.addr+" for ") {
		t.Fatalf("it ended with %v", err)
	}
	healthy.until("it has all partitions", func() bool { return len(healthy.merging()) == 4 })
	rdb := results.Connect(w.Redis)
	defer rdb.Close()
	healthy.until("all posts are in the result", func() bool {
		row, _ := rdb.HGet(within(t), results.RowsKey("q", results.Window{}), `["en"]`).Result()
		return strings.HasSuffix(row, fmt.Sprintf(`"n":%d}`, posts))
	})
	check(t, stop())
}

// merging returns the merge partitions that the scheduler has restored.
func (w *world) merging() (out []string) {
	for p := range 4 {
		if label := fmt.Sprint(p); w.value("millrace_merge_lag", label) >= 0 {
			out = append(out, label)
		}
	}
	return out
}
