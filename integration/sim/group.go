package sim

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// group is a consumer group.
type group struct {
	w          *world
	name       string
	kind       string // as it is counted
	partitions int
	generation int
	members    map[string]*member
	joined     int
	committed  map[int32]int64
	pending    map[*transaction]bool // with offsets whose marker is not written
}

// member is a process's membership. What it knows of the assignment may be old.
type member struct {
	id       string
	group    *group
	proc     *process
	beat     time.Time // last heartbeat
	assigned []int32   // by the coordinator
	told     int       // generation that it has heard of
	owned    []int32   // by what it has heard
	closed   bool      // it has gone, and beats no more
}

func newGroup(w *world, name string, partitions int) *group {
	return &group{w: w, name: name, kind: name, partitions: partitions, members: map[string]*member{}, committed: map[int32]int64{}, pending: map[*transaction]bool{}}
}

// join adds a member.
func (g *group) join(p *process) *member {
	g.joined++
	m := &member{id: fmt.Sprintf("%s-%06d", g.name, g.joined), group: g, proc: p, beat: time.Now()}
	g.members[m.id] = m
	g.rebalance()
	return m
}

// leave removes a member.
func (g *group) leave(m *member) {
	if m != nil && g.members[m.id] == m {
		delete(g.members, m.id)
		g.rebalance()
	}
}

// rebalance begins a generation. Members hear of it when the schedule says so.
func (g *group) rebalance() {
	g.w.count("rebalance of " + g.kind)
	g.generation++
	ids := slices.Sorted(maps.Keys(g.members))
	for _, id := range ids {
		g.members[id].assigned = nil
	}
	if len(ids) == 0 {
		return
	}
	shift := g.w.rng.IntN(len(ids))
	for p := range g.partitions {
		m := g.members[ids[(p+shift)%len(ids)]]
		m.assigned = append(m.assigned, int32(p))
	}
	g.w.note("group %s generation %d: %d members", g.name, g.generation, len(ids))
}

// expire expels members that have gone, or whose process is dead or paused, for
// longer than the session timeout; the others beat by themselves.
func (g *group) expire(now time.Time) {
	var late []string
	for id, m := range g.members {
		g.w.mu.Lock()
		closed := m.closed
		g.w.mu.Unlock()
		if !m.proc.paused && !m.proc.dead && !closed {
			m.beat = now
		} else if now.Sub(m.beat) > sessionTimeout {
			late = append(late, id)
		}
	}
	slices.Sort(late)
	for _, id := range late {
		m := g.members[id]
		g.w.note("member %s of %s expelled", id, m.proc.name)
		g.leave(m)
	}
}

// hear tells the member the newest assignment.
func (m *member) hear() {
	m.group.w.mu.Lock()
	m.told, m.owned = m.group.generation, slices.Clone(m.assigned)
	m.group.w.mu.Unlock()
	for p := range m.proc.inside {
		if m.group.name == "merge" {
			m.proc.inside[p]++
		}
	}
	m.group.w.note("%s hears of %s generation %d: %v", m.proc.name, m.group.name, m.told, m.owned)
}

// view returns the generation that the member has heard of and its partitions. A
// stage asks whenever it likes, not at gates only.
func (m *member) view() (generation int, owned []int32) {
	m.group.w.mu.Lock()
	defer m.group.w.mu.Unlock()
	return m.told, m.owned
}

// expelled reports whether the group no longer knows the member.
func (m *member) expelled() bool { return m.group.members[m.id] != m }

// offset returns the group's offset of a partition; ok is false where there is
// none, stable where no transaction that commits one is pending.
func (g *group) offset(p int32) (at int64, ok, stable bool) {
	for t := range g.pending {
		if _, has := t.offsets[g][p]; has {
			return 0, false, false
		}
	}
	at, ok = g.committed[p]
	return at, ok, true
}
