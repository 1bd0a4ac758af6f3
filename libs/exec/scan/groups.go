package scan

import (
	"slices"
	"strings"

	"github.com/millrace/millrace/libs/exec/agg"
)

// groups are the groups of one table. Their memory is used again in the next
// transaction.
type groups struct {
	of     *Table
	all    []*group // the first used of them; the others are empty
	used   int
	codes  []int32         // of the first used
	at     map[int32]int32 // positions by number of the key, once there are more than few
	sorted bool            // by key; codes and at are out of date
}

// group is one group of a table.
type group struct {
	key    string // pane and values
	code   int32  // its number
	rows   uint64
	states []agg.State // parallel to Table.Aggs; nil for those that count rows
}

const (
	fewGroups  = 8 // are looked through one after the other
	keptGroups = 4 // have their memory kept, whatever the budget

	// About what a group takes, and a state.
	groupBytes, stateBytes = 120, 80
)

// find returns the group with the key of that number, nil if there is none.
func (s *groups) find(code int32) *group {
	if s.used <= fewGroups {
		for i, c := range s.codes {
			if c == code {
				return s.all[i]
			}
		}
		return nil
	}
	if i, ok := s.at[code]; ok {
		return s.all[i]
	}
	return nil
}

// add adds an empty group.
func (s *groups) add(table *Table, code int32, key string) *group {
	if s.of != table {
		s.of, s.all = table, s.all[:0]
	}
	var g *group
	if s.used < len(s.all) {
		g = s.all[s.used]
		g.key, g.code = key, code
	} else {
		g = &group{key: key, code: code}
		if len(table.Aggs) > 0 {
			g.states = make([]agg.State, len(table.Aggs))
			for i, a := range table.Aggs {
				if !a.CountsRows {
					g.states[i] = a.Func.New()
				}
			}
		}
		s.all = append(s.all, g)
	}
	s.codes = append(s.codes, code)
	s.used++
	switch {
	case s.used == fewGroups+1:
		s.locate()
	case s.used > fewGroups:
		s.at[code] = int32(s.used - 1)
	}
	return g
}

// locate makes codes and at what they are to be.
func (s *groups) locate() {
	s.sorted = false
	s.codes = s.codes[:0]
	for _, g := range s.all[:s.used] {
		s.codes = append(s.codes, g.code)
	}
	if s.used > fewGroups {
		if s.at == nil {
			s.at = make(map[int32]int32, 2*s.used)
		}
		for i, code := range s.codes {
			s.at[code] = int32(i)
		}
	}
}

// inOrder returns the groups by pane and key.
func (s *groups) inOrder() []*group {
	all := s.all[:s.used]
	if !s.sorted && s.used > 1 {
		s.sorted = true
		slices.SortFunc(all, func(a, b *group) int { return strings.Compare(a.key, b.key) })
	}
	return all
}

// reset empties it for another transaction. In the room that there is it keeps
// the memory of twice as many groups as there were, and returns how much that is
// beyond a little.
func (s *groups) reset(room int) (kept int) {
	n := keptGroups
	if more := min(len(s.all), 2*s.used) - keptGroups; more > 0 {
		each := groupBytes + stateBytes*len(s.of.Aggs)
		more = min(more, room/each)
		kept = more * each
		n += more
	}
	s.keep(n)
	for _, g := range s.all[:min(s.used, len(s.all))] {
		g.key, g.rows = "", 0
		for _, state := range g.states {
			if state != nil {
				state.Reset()
			}
		}
	}
	clear(s.at)
	s.used, s.codes, s.sorted = 0, s.codes[:0], false
	return kept
}

// keep lets go of the memory of all groups but so many.
func (s *groups) keep(n int) {
	if len(s.all) <= n {
		return
	}
	s.all = slices.Clone(s.all[:n])
	s.at, s.codes = nil, nil
}
