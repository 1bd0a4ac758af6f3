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
// own 2 and 3.
type fleetSeen struct {
	*alone
	ends      map[int32]int64 // of the exchange
	committed map[int32]int64
	err       error
}

func newFleetSeen() *fleetSeen {
	f := &fleetSeen{
		ends: map[int32]int64{0: 100, 1: 100, 2: 100, 3: 100}, committed: map[int32]int64{0: 90, 1: 90, 2: 90, 3: 90},
	}
	f.alone = &alone{
		ends:      func(context.Context) (map[int32]int64, error) { return maps.Clone(f.ends), f.err },
		committed: func(context.Context) (map[int32]int64, error) { return maps.Clone(f.committed), f.err },
	}
	return f
}

// span are the seconds from the first to before the second.
type span [2]int

func (s span) has(second int) bool { return second >= s[0] && second < s[1] }

// What decides: others have to write to Redis again and again while this scheduler
// does not.
func TestAlone(t *testing.T) {
	always := span{0, 60}
	const never = 0
	for name, c := range map[string]struct {
		go2, go3 span            // when the owners of partitions 2 and 3 make progress
		well     span            // when there are answers here
		still    span            // when this process stands still
		blind    span            // when Kafka does not answer here
		owned    map[int][]int32 // from a second on
		late     bool            // what is committed was written before the trouble began
		want     int             // second of the decision
	}{
		"nobody goes on":                    {want: never},
		"others go on":                      {go2: always, want: 30},
		"others go on later":                {go3: span{31, 60}, want: 37},
		"only once":                         {go3: span{31, 32}, want: never},
		"Redis is away for all then":        {go2: span{0, 11}, go3: span{0, 11}, want: never},
		"they catch up with what there was": {go2: always, late: true, want: never},
		"only its own":                      {go2: always, owned: map[int][]int32{0: {0, 1, 2}}, want: never},
		"it gets what they had":             {go2: always, owned: map[int][]int32{0: {0, 1}, 6: {0, 1, 2}}, want: never},
		"it gives some away":                {go2: span{11, 60}, owned: map[int][]int32{0: {0, 1, 2}, 10: {0, 1}}, want: 29},
		"back for others first":             {go2: span{30, 60}, well: span{36, 40}, want: never},
		"back, and away again":              {go2: always, well: span{15, 17}, want: 47},
		"it stood still":                    {go2: always, still: span{20, 28}, want: 35},
		"Kafka is away meanwhile":           {go2: always, blind: span{3, 12}, want: 25},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFleetSeen()
			began := time.Unix(1000, 0)
			since, owned := began, []int32{0, 1}
			for second := range 60 {
				now := began.Add(time.Duration(second) * time.Second)
				for p, goes := range map[int32]span{2: c.go2, 3: c.go3} {
					switch {
					case goes.has(second) && c.late:
						f.committed[p] = min(f.committed[p]+1, f.ends[p])
					case goes.has(second):
						f.ends[p]++
						f.committed[p] = f.ends[p]
					}
				}
				if o := c.owned[second]; o != nil {
					owned = o
				}
				f.err = nil
				if c.blind.has(second) {
					f.err = errors.New("away")
				}
				if c.still.has(second) {
					continue
				}
				missing := since
				if c.well.has(second) {
					missing, since = time.Time{}, now.Add(time.Second)
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

// swift is a clock that runs faster than the computer's.
type swift struct {
	daemon.RealClock
	began time.Time
}

const swiftness = 10

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
