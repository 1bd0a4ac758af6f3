package registry

import (
	"context"
	"sync"
	"time"

	"github.com/millrace/millrace/libs/exec/delta"
	"github.com/millrace/millrace/libs/exec/merge"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/wire"
	"github.com/millrace/millrace/services/millrace/internal/bench/stand"
)

// watched is what the scheduler has said so far: which queries are live, and the seals
// of one partition of the exchange, which has one of every transaction of the scan.
type watched struct {
	mu      sync.Mutex
	changed chan struct{} // closed and replaced whenever there is more
	live    map[string]time.Time
	seals   []seal
}

// seal is one transaction of the scan.
type seal struct {
	seen time.Time // here
	wall int64     // its beginning, there: milliseconds since 1970
	plan int64
}

func newWatched() *watched {
	return &watched{changed: make(chan struct{}), live: map[string]time.Time{}}
}

// more takes what there is more.
func (w *watched) more(add func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	add()
	close(w.changed)
	w.changed = make(chan struct{})
}

// until waits until the answer is yes.
func (w *watched) until(ctx context.Context, yes func() bool) error {
	for {
		w.mu.Lock()
		changed, done := w.changed, yes()
		w.mu.Unlock()
		if done {
			return nil
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-changed:
		}
	}
}

// allLive waits until queries from and below to are live, and returns when the last of
// them was seen to be.
func (w *watched) allLive(ctx context.Context, from, to int) (last time.Time, err error) {
	err = w.until(ctx, func() bool {
		for ; from < to; from++ {
			at, ok := w.live[queryID(from)]
			if !ok {
				return false
			}
			if at.After(last) {
				last = at
			}
		}
		return true
	})
	return last, err
}

// planned waits until a transaction of the scan was made under the plan position, and
// returns when the first was seen.
func (w *watched) planned(ctx context.Context, position int64) (first time.Time, err error) {
	at := 0
	err = w.until(ctx, func() bool {
		for ; at < len(w.seals); at++ {
			if w.seals[at].plan >= position {
				first = w.seals[at].seen
				return true
			}
		}
		return false
	})
	return first, err
}

// pause returns the longest time between two transactions of the scan of which the
// later began after from and the earlier before to.
func (w *watched) pause(from, to time.Time) time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	longest := int64(0)
	for i := 1; i < len(w.seals); i++ {
		a, b := w.seals[i-1].wall, w.seals[i].wall
		if b > from.UnixMilli() && a < to.UnixMilli() {
			longest = max(longest, b-a)
		}
	}
	return time.Duration(longest) * time.Millisecond
}

// follow reads what is written to the two topics from now on until ctx ends.
func (w *watched) follow(ctx context.Context, s *stand.Stand, topic string) (run func() error, err error) {
	ends, err := s.Admin.Ends(ctx, topic)
	if err != nil {
		return nil, err
	}
	reader, err := kafka.NewReader(s.Servers.Client("bench", nil), topic, map[int32]int64{0: ends[0]})
	if err != nil {
		return nil, err
	}
	return func() error {
		defer reader.Close()
		for {
			records, err := reader.Poll(ctx)
			if err != nil {
				if ctx.Err() != nil {
					return nil
				}
				return err
			}
			now := time.Now()
			var adds []func()
			for i := range records {
				add, err := w.take(topic, &records[i], now)
				if err != nil {
					return err
				}
				if add != nil {
					adds = append(adds, add)
				}
			}
			if len(adds) > 0 {
				w.more(func() {
					for _, add := range adds {
						add()
					}
				})
			}
		}
	}, nil
}

// take returns what to do with a record, nil for nothing.
func (w *watched) take(topic string, rec *kafka.Record, now time.Time) (func(), error) {
	if rec.Control {
		return nil, nil
	}
	if topic == kafka.TopicStatus {
		var st wire.Status
		if err := st.Unmarshal(rec.Value); err != nil {
			return nil, err
		}
		if st.Transition != wire.Live {
			return nil, nil
		}
		return func() { w.live[st.ID] = now }, nil
	}
	if kind, _ := rec.Header("type"); string(kind) != merge.TypeSeal {
		return nil, nil
	}
	s, err := delta.DecodeSeal(rec.Value)
	if err != nil {
		return nil, err
	}
	return func() { w.seals = append(w.seals, seal{seen: now, wall: s.Wall, plan: s.Plan}) }, nil
}
