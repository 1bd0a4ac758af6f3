package kafka

import (
	"maps"
	"sync"

	"github.com/twmb/franz-go/pkg/kgo"
)

// Assignment is what the group gave this member. It replaces the one before it
// as a whole.
type Assignment struct {
	Member     string // the member's id and the group's generation, by which
	Generation int32  // consecutive generations of one member are told
	Partitions map[int32]Assigned
}

// Assigned is one partition of an [Assignment].
type Assigned struct {
	Offset     int64  // where reading begins: the group's offset as [GroupConfig.Adjust] left it
	Generation uint64 // grows whenever the partition is assigned, revoked or lost
}

// tracker follows assignments from the callbacks of the group's own goroutines.
type tracker struct {
	mu      sync.Mutex
	counter uint64
	owned   map[int32]uint64 // partition → generation while assigned
	last    map[int32]uint64 // partition → generation, assigned or not
	fresh   *Assignment      // not yet handed out
	gone    bool             // the assignment handed out has ended
	wake    func()           // ends the poll under way
}

func newTracker() *tracker {
	return &tracker{owned: map[int32]uint64{}, last: map[int32]uint64{}}
}

// leave ends the current assignment: a revocation, a loss or a rejoin.
func (t *tracker) leave() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for p := range t.owned {
		t.counter++
		t.last[p] = t.counter
	}
	clear(t.owned)
	t.fresh = nil
	t.gone = true
	t.rouse()
}

// assign makes the offsets the current assignment.
func (t *tracker) assign(member string, generation int32, offsets map[int32]int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	clear(t.owned)
	a := &Assignment{Member: member, Generation: generation, Partitions: make(map[int32]Assigned, len(offsets))}
	for p, o := range offsets {
		t.counter++
		t.owned[p], t.last[p] = t.counter, t.counter
		a.Partitions[p] = Assigned{Offset: o, Generation: t.counter}
	}
	t.fresh = a
	t.rouse()
}

func (t *tracker) rouse() {
	if t.wake != nil {
		t.wake()
	}
}

// take returns what has changed since it was last called.
func (t *tracker) take() (fresh *Assignment, revoked bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	fresh, revoked = t.fresh, t.gone
	t.fresh, t.gone = nil, false
	return fresh, revoked
}

// polling sets what ends the poll under way, and reports whether something has
// changed already.
func (t *tracker) polling(wake func()) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.wake = wake
	return t.fresh != nil || t.gone
}

func (t *tracker) generation(p int32) (uint64, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	_, ok := t.owned[p]
	return t.last[p], ok
}

func (t *tracker) assigned() map[int32]uint64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return maps.Clone(t.owned)
}

// balancer is the sticky one, and tells the tracker of every join: a session
// does not hand on a second revocation before its transaction has ended.
type balancer struct {
	kgo.GroupBalancer
	joining func()
}

// JoinGroupMetadata implements kgo.GroupBalancer.
func (b balancer) JoinGroupMetadata(topics []string, current map[string][]int32, generation int32) []byte {
	b.joining()
	return b.GroupBalancer.JoinGroupMetadata(topics, current, generation)
}
