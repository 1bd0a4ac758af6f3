package queryparser

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/millrace/millrace/libs/declared"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/submission"
	"github.com/millrace/millrace/services/query-parser/internal/admission"
)

const (
	// pollRecords is how many submissions one transaction takes at most.
	pollRecords = 1000
	// decideTime is how long submissions are gathered for one transaction; what
	// is left of a poll goes into the next.
	decideTime = time.Second
	// endTime is how long a transaction may take to end after a shutdown began.
	endTime = 10 * time.Second
)

// stage is one membership of the consumer group. Its partition is the only one,
// so that there is never more than one stage at work.
type stage struct {
	cfg      Config
	admin    *kafka.Admin
	brokers  brokers // the admin, but in tests
	trial    *trial
	silences silences
	working  func() // called when an assignment begins
	group    *kafka.Group

	mu       sync.Mutex
	prepared *admission.State // what the group's goroutine has read for the coming assignment
	failure  error            // what is wrong with the topics, if anything

	admitter *admission.Admitter // nil: nothing is assigned
	next     int64               // offset of the next submission
	first    bool                // nothing is decided yet in this transaction
}

// run polls and decides until something goes wrong or ctx ends.
func (s *stage) run(ctx context.Context) (err error) {
	s.group, err = kafka.NewGroup(ctx, s.cfg.Kafka, kafka.GroupConfig{
		Group: group, Topic: kafka.TopicQueries, TransactionalID: transactionalID,
		MaxPollRecords: pollRecords, Adjust: s.adjust,
	})
	if err != nil {
		return err
	}
	defer s.group.Close()
	for {
		polled, err := s.group.Poll(ctx)
		switch {
		case err != nil:
			return s.because(err)
		case len(polled.OutOfRange) > 0:
			return errors.New("submissions were removed from millrace.queries before they were read")
		case polled.Assignment != nil:
			s.begin(polled.Assignment)
		case polled.Revoked:
			s.admitter = nil
		}
		if s.admitter == nil {
			continue
		}
		if err := s.serve(ctx, polled.Records); err != nil {
			return err
		}
	}
}

// because prefers what is wrong with the topics to how the group tells it.
func (s *stage) because(err error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failure != nil {
		return s.failure
	}
	return err
}

// begin starts where the assignment says, with the registry as it was read for it.
func (s *stage) begin(a *kafka.Assignment) {
	s.mu.Lock()
	state := s.prepared
	s.mu.Unlock()
	s.next = a.Partitions[0].Offset
	s.admitter = admission.New(state, admission.Config{
		Limits: s.cfg.Limits, Now: s.cfg.Clock.Now, MaxValue: s.maxValue(), Log: s.cfg.Log,
		Topic: s.topic,
	})
	s.cfg.Log.Info("reading submissions", "offset", s.next, "registered", state.Len())
	s.working()
}

// maxValue is how large a registry record may get.
func (s *stage) maxValue() int {
	return submission.MaxValue(cmp.Or(s.cfg.Kafka.MaxRecordBytes, kafka.DefaultMaxRecordBytes))
}

// serve decides about all records, in as many transactions as that takes.
func (s *stage) serve(ctx context.Context, records []kafka.Record) error {
	for len(records) > 0 {
		n, err := s.transact(ctx, records)
		if err != nil {
			return err
		}
		if n == 0 {
			return nil // aborted: reading goes back by itself
		}
		records = records[n:]
	}
	return nil
}

// transact decides about the first records and commits what follows from it. It
// returns how many records that was, 0 if the transaction was aborted. One that cannot
// be decided about does not hold back those before it: it is left to the next
// transaction, and an error where it is the first of this one.
func (s *stage) transact(ctx context.Context, records []kafka.Record) (int, error) {
	begun := s.cfg.Clock.Now()
	from, n := s.next, 0
	var out []kafka.Record
	for n < len(records) && (n == 0 || s.cfg.Clock.Now().Sub(begun) < decideTime) {
		rec := &records[n]
		n++
		if rec.Offset < s.next {
			continue // of before an abort, and committed since
		}
		s.next = rec.Offset + 1
		if rec.Control {
			continue
		}
		s.first = len(out) == 0
		decided, err := s.admitter.Decide(ctx, rec)
		if err != nil && s.first {
			return 0, err // the next attempt decides about it again
		}
		if err != nil {
			n--
			s.next = rec.Offset
			break
		}
		out = append(out, decided...)
	}
	if len(out) == 0 {
		s.admitter.Commit()
		return n, nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTime)
	defer cancel()
	if err := s.group.Begin(); err != nil {
		return 0, err
	}
	for i := range out {
		s.group.Produce(ctx, &out[i])
	}
	s.seed(ctx)
	committed, err := s.group.End(ctx, true, map[int32]int64{0: s.next})
	if err != nil {
		return 0, err
	}
	if !committed {
		s.admitter.Abort()
		s.next = from
		s.cfg.Log.Info("a transaction was aborted, submissions are read again", "offset", from)
		return 0, nil
	}
	counts := s.admitter.Commit()
	s.cfg.Log.Info("submissions decided", "from", from, "to", s.next, "accepted", counts.Accepted,
		"rejected", counts.Rejected, "dropped", counts.Dropped, "failed", counts.Failed, "completed", counts.Completed)
	return n, nil
}

// adjust reads the registry and says where reading of submissions begins. The
// group calls it before each assignment, when no earlier owner can write any
// more.
func (s *stage) adjust(ctx context.Context, offsets map[int32]int64) (map[int32]int64, error) {
	state, err := s.readRegistry(ctx)
	if err != nil {
		return nil, s.fail(err)
	}
	starts, err := s.admin.Starts(ctx, kafka.TopicQueries)
	if err != nil {
		return nil, s.fail(err)
	}
	ends, err := s.admin.Ends(ctx, kafka.TopicQueries)
	if err != nil {
		return nil, s.fail(err)
	}
	out := make(map[int32]int64, len(offsets))
	for p, committed := range offsets {
		next := max(committed, state.Greatest()+1)
		if next > ends[p] {
			return nil, s.fail(&finalError{fmt.Errorf(
				"millrace.queries ends at offset %d, but submissions up to %d have been read: "+
					"the topic was deleted and made anew; run %s", ends[p], next-1, s.cfg.Kafka.ResetCommand(false))})
		}
		if next < starts[p] {
			if committed >= 0 {
				s.cfg.Log.Error("submissions were removed before they were read: submit them again",
					"topic", kafka.TopicQueries, "from", next, "to", starts[p]-1)
			}
			next = starts[p]
		}
		out[p] = next
	}
	s.mu.Lock()
	s.prepared = state
	s.mu.Unlock()
	return out, nil
}

// fail notes why an assignment cannot begin.
func (s *stage) fail(err error) error {
	s.mu.Lock()
	s.failure = err
	s.mu.Unlock()
	return err
}

// readRegistry reads the whole registry up to the end that it has now.
func (s *stage) readRegistry(ctx context.Context) (*admission.State, error) {
	state := admission.NewState(s.cfg.Catalog)
	err := s.admin.ReadAll(ctx, kafka.TopicRegistry, func(rec *kafka.Record) error {
		err := state.Read(rec)
		var left *declared.LeftOutError
		if errors.As(err, &left) {
			s.cfg.Log.Error("what was declared is left out", "offset", rec.Offset, "error", err)
			return nil
		}
		if err != nil {
			return &finalError{fmt.Errorf("%s offset %d: %w", rec.Topic, rec.Offset, err)}
		}
		return nil
	})
	return state, err
}
