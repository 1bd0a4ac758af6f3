package faults

import (
	"context"
	"strconv"
	"sync"
	"time"

	"github.com/millrace/millrace/integration/ledger"
	"github.com/millrace/millrace/libs/results"
)

// observer looks at Redis and at the processes all the time, past the links.
type observer struct {
	journal *journal
	store   *store
	fleet   *fleet

	mu      sync.Mutex
	losses  int // times that Redis has lost what it acknowledged
	fences  map[int32]results.Fence
	last    [exchangePartitions]int64 // the greatest offset of each, whatever was lost
	lostAt  time.Time
	marks   map[string]int64 // query, epoch and partition → the offset of its last change
	looks   int
	change  int
	chained int
	usage   map[string]*usage
	counted map[string]count // of aborts
}

func newObserver(j *journal, s *store, f *fleet) *observer {
	return &observer{
		journal: j, store: s, fleet: f,
		fences: map[int32]results.Fence{}, marks: map[string]int64{}, usage: map[string]*usage{}, counted: map[string]count{},
	}
}

// lose says that Redis loses what it acknowledged: begin and end of it.
func (o *observer) lose() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.losses++
	o.lostAt = time.Now()
	clear(o.fences)
	clear(o.marks)
}

// lost tells how often Redis has lost something.
func (o *observer) lost() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.losses
}

// progress returns the exchange offsets that are written to Redis, by partition.
func (o *observer) progress() [exchangePartitions]int64 {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.last
}

// watchFences polls the fences: no offset goes back, no token, no n.
func (o *observer) watchFences(ctx context.Context) error {
	for ledger.Pause(ctx, 25*time.Millisecond) {
		for p := range int32(exchangePartitions) {
			era := o.lost()
			now, err := o.fence(ctx, p)
			if err != nil || now == nil {
				continue
			}
			o.mu.Lock()
			if era == o.losses {
				if was, ok := o.fences[p]; ok && (now.Offset < was.Offset || now.Less(was)) {
					o.journal.violation("the fence of merge partition %d went back from %+v to %+v", p, was, *now)
				}
				o.fences[p] = *now
				o.last[p] = max(o.last[p], now.Offset)
				o.looks++
			}
			o.mu.Unlock()
		}
	}
	return nil
}

// fence reads one fence as it stands; nil where there is none.
func (o *observer) fence(ctx context.Context, p int32) (*results.Fence, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	fields, err := o.store.client.HMGet(ctx, results.FenceKey(p), "token", "n", "offset").Result()
	if err != nil || fields[0] == nil || fields[1] == nil || fields[2] == nil {
		return nil, err
	}
	var f results.Fence
	for i, to := range []*int64{&f.Token, &f.N, &f.Offset} {
		text, _ := fields[i].(string)
		if *to, err = strconv.ParseInt(text, 10, 64); err != nil {
			return nil, err
		}
	}
	return &f, nil
}
