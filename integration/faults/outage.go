package faults

import "time"

// outage is a time in which a process was not there, or stood still.
type outage struct {
	from, to time.Time // to is zero while it lasts
	ended    bool      // it was not there
	over     bool      // it listens again
}

// away and back note that the process is not there, or stands still, and that it
// is there again; it is locked.
func (p *process) away() {
	if n := len(p.outages); n == 0 || !p.outages[n-1].to.IsZero() {
		p.outages = append(p.outages, outage{from: time.Now()})
	}
}

func (p *process) back() {
	if n := len(p.outages); n > 0 && p.outages[n-1].to.IsZero() {
		p.outages[n-1].to = time.Now()
	}
}

// struckSince tells whether the process was ended or stopped since; once does not
// count if it is itself the one that was killed then.
func (p *process) struckSince(at time.Time, itself bool) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := 0
	for _, o := range p.outages {
		if o.to.IsZero() || o.to.After(at) {
			n++
		}
	}
	if itself {
		n--
	}
	return n > 0
}

// wasAway tells whether the process was away at some time since, or came back less
// than grace before.
func (p *process) wasAway(since time.Time, grace time.Duration) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, o := range p.outages {
		if o.to.IsZero() || o.to.Add(grace).After(since) {
			return true
		}
	}
	return false
}

// endedBefore tells whether the process had ended, and was back for less than grace,
// at a moment.
func (p *process) endedBefore(at time.Time, grace time.Duration) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, o := range p.outages {
		if o.ended && !o.from.After(at) && (o.to.IsZero() || at.Before(o.to.Add(grace))) {
			return true
		}
	}
	return false
}
