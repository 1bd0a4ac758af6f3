package merge

import (
	"fmt"
	"math"
	"time"

	"github.com/millrace/millrace/libs/exec/delta"
	"github.com/millrace/millrace/libs/planted"
	"github.com/millrace/millrace/libs/record"
)

// Stream describes one stream's topic. It is immutable.
type Stream struct {
	Topic      string
	Partitions int32
	Lateness   time.Duration // how far the watermark stays behind the newest event time

	// Of a stream that was declared while services run, the offset of its record in the
	// registry, the id of its topic, and per partition where it begins.
	Position int64
	TopicID  string
	From     []int64
}

// A stream that is declared, dropped and declared again is another one of the same name,
// perhaps over the same topic. Which of them a seal speaks about it says, and of which
// blocks are follows from their plan positions: whoever scans a stream ends before plans
// that have it no more (package scan holds that). So what a partition knows of a stream is
// a function of its seals, and of its definition, whenever either is heard of:
// what was known of the one before it goes with that one, be it when the definitions
// come, or in a restore; and seals that belong to it may come afterwards, from a scan
// that has not heard of the change, and count for nothing.

// stream is what a partition knows of a stream.
type stream struct {
	Stream
	name     string
	key      string // in checkpoints: the name, and the position of one that was declared
	position int64  // of its declaration; always: there is none
	least    int64  // plan position that seals of all its partitions have reached, -1: none
	most     int64  // greatest plan position of its seals, -1: none
	over     bool   // all its partitions are at their end of input: all windows are closed then, for nothing comes any more
}

// always is the position of a stream that there always is.
const always = -1

func declaredStream(name string, def *Stream) *stream {
	return &stream{Stream: *def, name: name, key: fmt.Sprintf("%s@%d", name, def.Position), position: def.Position}
}

// addStream begins with a stream: with what a checkpoint has said of it, or with nothing.
func (s *Partition) addStream(st *stream) {
	s.streams[st.name], s.topics[st.Topic] = st, st
	for p := range st.Partitions {
		src := source{st.Topic, p}
		if at := s.vector[src]; at != nil && at.plan < st.position {
			delete(s.vector, src)
		}
	}
	st.least, st.most = -1, -1
	s.measureStream(st)
}

// forgetStream lets go of a stream that was dropped or replaced.
func (s *Partition) forgetStream(st *stream) {
	delete(s.streams, st.name)
	delete(s.topics, st.Topic)
	delete(s.watermarks, st.key)
	for src := range s.vector {
		if src.topic == st.Topic {
			delete(s.vector, src)
		}
	}
}

// syncStreams takes over the streams of the definitions. A node over a stream that is
// another one now is made anew, if at all: when its windows close the old one's time has
// decided. The queries that it had are returned: all of them go with it, for what is in
// use is neither dropped nor replaced.
func (s *Partition) syncStreams(old Directory[*Stream]) (had []*Query) {
	gone := map[string]bool{}
	for c := range s.defs.Streams.Changes(old) {
		if c.Had && c.Has && c.Old.Position == c.New.Position {
			continue // the registry was read anew
		}
		if st := s.streams[c.ID]; c.Had && st != nil && st.position == c.Old.Position {
			s.forgetStream(st)
			gone[c.ID] = true
		}
	}
	for c := range s.defs.Streams.Changes(old) {
		if c.Has && s.streams[c.ID] == nil && s.topics[c.New.Topic] == nil {
			s.addStream(declaredStream(c.ID, c.New))
		}
	}
	if len(gone) == 0 || planted.On(planted.StreamKept) {
		return nil
	}
	for _, n := range s.nodes {
		if !n.over(gone) {
			continue
		}
		for _, q := range n.queries {
			had = append(had, q.Query)
			s.detach(q, nil)
		}
		s.reshape(n)
	}
	return had
}

// over reports whether rows of one of the streams reach the node.
func (n *node) over(streams map[string]bool) bool {
	for _, name := range n.streams {
		if streams[name] {
			return true
		}
	}
	return false
}

// resumeStreams finds the streams of the definitions in what a checkpoint has said, and
// forgets what that says of others.
func (s *Partition) resumeStreams(defs Directory[*Stream]) {
	for name, def := range defs.All() {
		if s.streams[name] == nil && s.topics[def.Topic] == nil {
			s.addStream(declaredStream(name, def))
		}
	}
	keys := map[string]bool{}
	for _, st := range s.streams {
		s.measureStream(st)
		keys[st.key] = true
	}
	for src := range s.vector {
		if s.topics[src.topic] == nil {
			delete(s.vector, src)
		}
	}
	for key := range s.watermarks {
		if !keys[key] {
			delete(s.watermarks, key)
		}
	}
}

// since reports whether one of the node's streams was declared after the position.
func (s *Partition) since(n *node, position int64) bool {
	for _, name := range n.streams {
		if st := s.streams[name]; st != nil && st.position >= position {
			return true
		}
	}
	return false
}

// stream returns the stream for which a part of a seal counts, nil for none: it is of
// one that was dropped or replaced, or of a topic that has taken the place of its own.
func (s *Partition) stream(seal *delta.Seal, part *delta.SealPart) *stream {
	st := s.topics[part.Topic]
	if st == nil || !st.counts(seal, part) {
		return nil
	}
	return st
}

func (st *stream) counts(seal *delta.Seal, part *delta.SealPart) bool {
	switch {
	case part.Topic != st.Topic:
		return false
	case st.position == always:
		return true
	case part.Since != st.position+1 && !planted.On(planted.FormerSeals):
		return false
	}
	return part.Partition < st.Partitions && seal.Topics[part.Topic] == st.TopicID
}

// sealed returns how many documents of the stream a seal tells of.
func (st *stream) sealed(seal *delta.Seal) int64 {
	n := int64(0)
	for i := range seal.Parts {
		if part := &seal.Parts[i]; st.counts(seal, part) {
			n += part.Documents
		}
	}
	return n
}

// foldPart takes a range of a stream into the vector.
func (s *Partition) foldPart(st *stream, seal *delta.Seal, part *delta.SealPart) error {
	src := source{part.Topic, part.Partition}
	at := s.vector[src]
	switch {
	case at == nil && st.position != always && part.From < st.From[part.Partition]:
		return fmt.Errorf("%w: %s begins at %d, and stream %s was declared at %d", ErrContinuity, src, part.From, st.name, st.From[part.Partition])
	case at == nil:
		at = &progress{to: part.From, newest: record.NoEventTime, plan: -1}
		s.vector[src] = at
	case part.From != at.to && (!part.Gap || part.GapFrom != at.to):
		return fmt.Errorf("%w: %s goes on from %d, the vector says %d", ErrContinuity, src, part.From, at.to)
	}
	// A scan that took over knows of the end no more, and its first seal may
	// move To over control records: only new input takes an end back.
	at.end = part.End || at.end && part.Documents == 0
	at.to = part.To
	at.documents += part.Documents
	at.newest = max(at.newest, part.Newest)
	at.plan = max(at.plan, seal.Plan)
	at.idle = part.Idle
	st.most = max(st.most, seal.Plan)
	return nil
}

// measureStream finds out what the vector says of the stream as a whole, and reports
// whether the plan position that all its partitions have reached is greater than before.
func (s *Partition) measureStream(st *stream) bool {
	least, heard, ended := int64(math.MaxInt64), int32(0), int32(0)
	for p := range st.Partitions {
		at := s.vector[source{st.Topic, p}]
		if at == nil {
			continue
		}
		heard++
		if at.end {
			ended++
		}
		least, st.most = min(least, at.plan), max(st.most, at.plan)
	}
	if heard < st.Partitions || heard == 0 {
		least = -1
	}
	st.over = st.Partitions > 0 && ended == st.Partitions
	grown := least > st.least
	st.least = max(st.least, least)
	return grown
}

// reached reports whether seals of all partitions of all its streams have reached the
// position of the query.
func (s *Partition) reached(q *Query) bool {
	if st := s.streams[q.Stream]; st == nil || q.Position > st.least {
		return false
	}
	for _, name := range q.Others {
		if st := s.streams[name]; st == nil || q.Position > st.least {
			return false
		}
	}
	return true
}

// begun reports whether a seal of one of its streams has reached the position of the
// query.
func (s *Partition) begun(q *Query) bool {
	if st := s.streams[q.Stream]; st != nil && q.Position <= st.most {
		return true
	}
	for _, name := range q.Others {
		if st := s.streams[name]; st != nil && q.Position <= st.most {
			return true
		}
	}
	return false
}
