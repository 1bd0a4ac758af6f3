//go:build faults

package merge

import "github.com/millrace/millrace/libs/planted"

// cache is the bug planted.StraddledRevoke: what was restored for an ownership
// that ended meanwhile is kept, and the next ownership has it.
type cache struct{ states map[int32]*Partition }

// latest returns the state that was restored first.
func (c *cache) latest(p int32, s *Partition) *Partition {
	if !planted.On(planted.StraddledRevoke) {
		return s
	}
	if c.states == nil {
		c.states = map[int32]*Partition{}
	}
	if c.states[p] == nil {
		c.states[p] = s
	}
	return c.states[p]
}

// forget is called when the state belongs to an ownership that lasts.
func (c *cache) forget(p int32) { delete(c.states, p) }
