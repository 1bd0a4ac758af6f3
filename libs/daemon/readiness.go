package daemon

import (
	"errors"
	"maps"
	"sync"
)

// errStarting is the state of a condition that nobody has reported on yet.
var errStarting = errors.New("starting")

// Readiness is a set of named conditions; a program is ready when all of them
// hold. Beside them it has notes: what whoever looks should know though the
// program is ready. A nil *Readiness takes reports and forgets them.
type Readiness struct {
	mu         sync.Mutex
	conditions map[string]error
	notes      map[string]func() string
}

// NewReadiness returns a Readiness whose named conditions do not hold yet.
func NewReadiness(names ...string) *Readiness {
	r := &Readiness{conditions: map[string]error{}, notes: map[string]func() string{}}
	r.Require(names...)
	return r
}

// Require adds conditions that do not hold yet.
func (r *Readiness) Require(names ...string) {
	for _, name := range names {
		r.Report(name, errStarting)
	}
}

// Report says how a condition stands: nil is well.
func (r *Readiness) Report(name string, err error) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.conditions[name] = err
}

// Conditions tells how each condition stands ("ok" or why not) and whether all
// of them hold.
func (r *Readiness) Conditions() (map[string]string, bool) {
	ready, all := true, map[string]string{}
	if r == nil {
		return all, ready
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for name, err := range r.conditions {
		all[name] = "ok"
		if err != nil {
			all[name], ready = err.Error(), false
		}
	}
	return all, ready
}

// Note lets say tell, whenever somebody looks, what there is to know about name:
// "" if all is as usual. A nil say takes the note away. It is called by any
// goroutine.
func (r *Readiness) Note(name string, say func() string) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if say == nil {
		delete(r.notes, name)
		return
	}
	r.notes[name] = say
}

// Notes tells what there is to know by name; what is as usual is left out.
func (r *Readiness) Notes() map[string]string {
	out := map[string]string{}
	if r == nil {
		return out
	}
	r.mu.Lock()
	notes := maps.Clone(r.notes)
	r.mu.Unlock()
	for name, say := range notes {
		if text := say(); text != "" {
			out[name] = text
		}
	}
	return out
}
