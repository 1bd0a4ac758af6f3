package faults

// atRestore has fn called when the next restore begins; at once if one is going on.
func (p *process) atRestore(fn func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if fn != nil && p.up() && len(p.run.restoring) > 0 {
		go fn()
		return
	}
	p.onRestore = fn
}

// restores tells how many restores are going on.
func (p *process) restores() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.up() {
		return 0
	}
	return len(p.run.restoring)
}

// restoresNow returns what tells later whether one of the restores that are going
// on now has come to nothing, or still goes on.
func (p *process) restoresNow() (upset func() bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.up() || len(p.run.restoring) == 0 {
		return func() bool { return false }
	}
	r, void, was := p.run, p.run.void, map[int]int{}
	for part, n := range r.restoring {
		was[part] = n
	}
	return func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		for part, n := range was {
			if r.restoring[part] == n {
				return true
			}
		}
		return r.void > void
	}
}
