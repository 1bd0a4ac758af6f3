package scan

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/millrace/millrace/libs/jsonscan"
	"github.com/millrace/millrace/libs/record"
)

// add folds one record in.
func (s *Stage) add(ctx context.Context, r *Record) error {
	if r.Release != nil {
		s.used = append(s.used, r.Release)
	}
	p := s.parts[r.Partition]
	if p == nil || r.Offset < p.pos {
		return nil // not ours, or read again after an abort
	}
	p.pos = r.Offset + 1
	if r.Control {
		return nil
	}
	p.quiet, p.now.idle = quiet{}, false
	if r.End {
		p.now.end = true
		s.read++
		return nil
	}
	p.now.end = false
	s.input += len(r.Value)
	s.bytes += len(r.Value)
	before, rows := s.read, s.batch.Len
	timed := s.sampler != nil && s.sampler.decodes()
	if err := s.decode(r); err != nil {
		return fmt.Errorf("decode offset %d of %s partition %d: %w", r.Offset, s.cfg.Topic, r.Partition, err)
	}
	if s.sampler != nil {
		s.sampler.decoded(s.program, s.cfg.Stream, s.read-before, timed)
	}
	if n := s.read - before; n > 0 {
		p.taken.documents += int64(n)
		p.taken.appended = max(p.taken.appended, r.Time.UnixMilli())
	}
	for _, t := range s.batch.EventTime[rows:] {
		if t != record.NoEventTime {
			p.now.newest = max(p.now.newest, t)
		}
	}
	s.rows += s.batch.Len - rows
	s.unread += len(r.Value)
	if s.batch.Len >= BatchRows || s.unread >= BatchBytes || s.expected() >= s.cfg.MaxBytes {
		s.evaluate(ctx)
	}
	return s.failed
}

// expected is what the transaction takes, with what is likely to come of the rows
// that are not evaluated: by what came of those before, and at first of some.
func (s *Stage) expected() int {
	const some = 1 << 20
	if s.growth < 0 && s.unread >= some {
		return s.cfg.MaxBytes
	}
	return s.bytes + s.partial.Bytes() + int(float64(s.unread)*max(s.growth, 0))
}

// A stage evaluates what it has decoded when it has so many rows, for many at a
// time are faster, or so many bytes of input, which stay in memory until then.
const (
	BatchRows  = 4096
	BatchBytes = 16 << 20
)

// evaluate folds in what has been decoded since it was called last. Where that makes more
// than a transaction may hold, some of it is written at once.
func (s *Stage) evaluate(ctx context.Context) {
	if s.batch != nil && s.batch.Len > 0 {
		before := s.partial.Bytes() + s.spilled
		s.partial.Bound(Budget{Kept: s.cfg.MaxBytes, Full: func() { s.full(ctx) }, MaxBlock: s.cfg.MaxBlock})
		s.partial.Add(s.batch)
		const memory = 7. / 8
		s.growth = max(float64(s.partial.Bytes()+s.spilled-before)/float64(max(s.unread, 1)), s.growth*memory)
	}
	s.release()
}

// full writes what the Partial has, in the midst of a batch: one record may hold thousands
// of documents, and is part of one transaction.
func (s *Stage) full(ctx context.Context) {
	if s.failed == nil && !s.begun {
		if s.failed = s.cfg.Log.Begin(); s.failed != nil {
			s.failed = fmt.Errorf("begin a transaction: %w", s.failed)
		}
		s.begun, s.spent = true, true
	}
	if s.failed == nil {
		s.writeBlocks(ctx)
	}
	s.spilled += s.partial.Bytes()
}

// release forgets the batch, and gives the memory back that it was decoded from: a
// batch refers to it, nothing else does.
func (s *Stage) release() {
	if s.batch != nil {
		s.batch.Reset()
	}
	for _, release := range s.used {
		release()
	}
	clear(s.used)
	s.used, s.unread = s.used[:0], 0
}

// decode appends the record's documents to the batch. One that cannot be read
// costs itself alone.
func (s *Stage) decode(r *Record) error {
	if !r.Lines {
		return s.document(r, 0, r.Value)
	}
	for i, line := range jsonscan.Lines(r.Value) {
		if err := s.document(r, i, line); err != nil {
			return err
		}
	}
	return nil
}

func (s *Stage) document(r *Record, i int, doc []byte) error {
	s.read++
	err := s.decoder.Decode(doc, s.batch)
	if err == nil {
		s.batch.Name(r.Partition, r.Offset, i)
		return nil
	}
	var bad *jsonscan.DocumentError
	if !errors.As(err, &bad) {
		return err
	}
	s.bytes += len(doc)
	letter := DeadLetter{
		Partition: r.Partition, Offset: r.Offset, Line: int64(i) + 1,
		Data: bytes.Clone(doc), Reason: bad.Error(),
	}
	if r.Place != nil {
		letter.Place = r.Place(jsonscan.Offset(r.Value, doc))
	}
	if hint := jsonscan.Hint(doc); hint != "" {
		letter.Reason += ": " + hint
	}
	s.letters = append(s.letters, letter)
	return nil
}
