package queryparser

import "time"

const (
	// silentRest is for how long a topic that was found silent is not asked again: what
	// names it is rejected at once.
	silentRest = 30 * time.Second
	// silentPatience is for how long it is asked then, once, and everybody behind waits.
	silentPatience = 5 * time.Second
	// silentMemory is after how long without a question it is like any other again.
	silentMemory = 10 * time.Minute
)

// silences are the topics that did not answer while the brokers did, by name. They are
// remembered so that one of them holds up what is submitted once, and not with every
// statement that names it. They outlive attempts, and belong to one goroutine.
type silences map[string]silence

type silence struct {
	at  time.Time // of the last failure
	err error
}

// find returns whether a topic is to be left alone for now, and what it answered last if
// that says that it was silent.
func (s silences) find(topic string, now time.Time) (resting bool, err error) {
	last, known := s[topic]
	if !known || now.Sub(last.at) >= silentMemory {
		return false, nil
	}
	return now.Sub(last.at) < silentRest, last.err
}

// note remembers that a topic was silent, and forgets what is of no use any more.
func (s silences) note(topic string, now time.Time, err error) {
	for name, last := range s {
		if now.Sub(last.at) >= silentMemory {
			delete(s, name)
		}
	}
	s[topic] = silence{at: now, err: err}
}

// forget is for a topic that has answered.
func (s silences) forget(topic string) { delete(s, topic) }
