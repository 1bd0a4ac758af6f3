package build

import (
	"slices"

	"github.com/millrace/millrace/libs/exec/index"
	"github.com/millrace/millrace/libs/exec/scan"
)

// rarity guesses the part of all rows in which a predicate that an index holds is
// TRUE. It need not be right: what hangs on it is speed.
func rarity(t index.Target, k index.Key) float64 {
	switch t.Test {
	case index.Contains, index.IContains:
		return []float64{1, 0.9, 0.3, 0.05, 0.005}[min(len(k.Text), 4)]
	case index.Has:
		return 0.003
	case index.Equals:
		return 0.02
	case index.Begins:
		return []float64{1, 0.1, 0.02, 0.01}[min(len(k.Text), 3)]
	default:
		return 0.3
	}
}

// rare is the part of all rows up to which it is better to find them by columns, and
// to compute what else is wanted there, than by what is computed.
const rare = 0.1

func guess(op scan.Op, inputs []*predicate) float64 {
	switch op {
	case scan.OpAnd:
		least := 1.0
		for _, in := range inputs {
			least = min(least, in.guess)
		}
		return least
	case scan.OpOr:
		sum := 0.0
		for _, in := range inputs {
			sum += in.guess
		}
		return min(sum, 1)
	default:
		return 1 - inputs[0].guess
	}
}

// cover returns predicates that indexes hold, of which at least one is TRUE
// wherever p is, those that are TRUE least often; nil: there are none.
func (p *predicate) cover() []*predicate {
	switch {
	case p.indexed():
		return []*predicate{p}
	case p.leaf() != nil:
		return []*predicate{p.leaf()}
	case p.is(scan.OpAnd):
		var best []*predicate
		least := 2.0
		for _, in := range p.inputs() {
			c := in.cover()
			if c == nil {
				continue
			}
			// An index over a computed value has it computed in all rows.
			guess := in.guess
			if overComputed(c) {
				guess = max(guess, rare)
			}
			if guess < least {
				best, least = c, guess
			}
		}
		return best
	case p.is(scan.OpOr):
		var all []*predicate
		for _, in := range p.inputs() {
			c := in.cover()
			if c == nil {
				return nil
			}
			for _, q := range c {
				if !slices.Contains(all, q) {
					all = append(all, q)
				}
			}
		}
		return all
	default:
		return nil
	}
}

// exact reports whether p is TRUE wherever one of its cover is.
func (p *predicate) exact() bool {
	return p.indexed() || p.leaf() != nil && p.of.exact || p.is(scan.OpOr) && !slices.ContainsFunc(p.inputs(), func(in *predicate) bool { return !in.exact() })
}
