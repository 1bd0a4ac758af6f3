package faults

import "time"

const (
	// afterOutage is for how long after a server is there again it is not to be
	// expected that everybody has found it.
	afterOutage = 15 * time.Second
	// fullDisk is for how long after its disk was full the broker may end: it stops
	// when it cannot write, and says so.
	fullDisk = 30 * time.Second
)

// excuses tells the processes what they are not to blame for.
func (h *harness) excuses() {
	h.broker.pardons = func(string) string {
		if h.kafkaDisk.wasFull(fullDisk) {
			return "its disk was full"
		}
		return ""
	}
	for _, s := range h.fleet.all {
		s.hindered = func(since time.Time) string { return h.hinders(s, since) }
	}
}

// hinders tells what kept a service from reaching its servers at some time since;
// "": nothing.
func (h *harness) hinders(s *service, since time.Time) string {
	switch {
	case h.broker.wasAway(since, afterOutage):
		return "the broker was away"
	case s.redis != nil && h.store.wasAway(since, afterOutage):
		return "Redis was away"
	case h.kafkaDisk.wasFull(time.Since(since) + fullDisk):
		return "the broker's disk was full"
	case s.kafka.wasHarmed(since):
		return "its link to the broker was harmed"
	case s.redis != nil && s.redis.wasHarmed(since):
		return "its link to Redis was harmed"
	default:
		return ""
	}
}
