package kafka

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/millrace/millrace/libs/planted"
)

// Polled is what one Poll found.
type Polled struct {
	// Assignment, if not nil, has taken the place of the one before it:
	// whatever was polled and not committed is void and will be polled again
	// from the offsets of the Assignment. It comes without records.
	Assignment *Assignment

	// Revoked says that the assignment has ended, and, without an Assignment,
	// that there is no new one yet.
	Revoked bool

	// Records are in order per partition, control records among them, and
	// valid until the next Poll. After an abort they begin again at the last
	// committed position, or before it: skip what lies below the own position.
	Records []Record

	// OutOfRange are partitions whose offset no longer exists. They give no
	// records until SetOffset.
	OutOfRange []int32
}

// Poll waits for records, a change of the assignment or the end of ctx, whose
// error it then returns.
func (g *Group) Poll(ctx context.Context) (Polled, error) {
	polled := Polled{}
	g.buf = forgotten(g.buf)
	wait, wake := context.WithCancel(ctx)
	defer wake()
	if g.track.polling(wake) {
		wake()
	}
	limit := g.cfg.MaxPollRecords
	fetches := g.session.PollRecords(wait, limit)
	g.track.polling(nil)
	// From here to AllowRebalance nothing is assigned or revoked, if there
	// are fetches at all, so that these records are of the assignment taken.
	defer g.session.AllowRebalance()

	var err error
	g.buf, err = g.collect(fetches, g.buf, &polled)
	if err != nil {
		return Polled{}, err
	}
	if g.open || len(fetches) == 0 {
		polled.Records = g.buf
		return polled, nil
	}
	polled.Assignment, polled.Revoked = g.track.take()
	if polled.Assignment == nil && !polled.Revoked {
		polled.Records = g.buf
		if len(g.buf) == 0 && len(polled.OutOfRange) == 0 && ctx.Err() != nil {
			return polled, ctx.Err()
		}
		return polled, nil
	}
	// What was polled before the change is void, and the session must be told
	// so, or it would abort the next transaction for it. There is none to wait
	// for, and the change is told only once: the end of ctx must not hide it.
	if _, err := g.session.End(context.WithoutCancel(ctx), kgo.TryAbort); err != nil {
		return Polled{}, fmt.Errorf("begin an assignment: %w", fenced(err))
	}
	polled.OutOfRange = nil
	return polled, nil
}

func (g *Group) collect(fetches kgo.Fetches, into []Record, polled *Polled) ([]Record, error) {
	var failed error
	fetches.EachPartition(func(p kgo.FetchTopicPartition) {
		for _, rec := range p.Records {
			into = append(into, fromKgo(rec))
		}
		switch {
		case p.Err == nil || ended(p):
		case errors.Is(p.Err, kerr.OffsetOutOfRange):
			polled.OutOfRange = append(polled.OutOfRange, p.Partition)
		case failed == nil && p.Topic == "":
			failed = fmt.Errorf("group %s: %w", g.cfg.Group, p.Err)
		case failed == nil:
			failed = &PartitionError{Topic: p.Topic, Partition: p.Partition, Err: p.Err}
		}
	})
	return into, failed
}

// Generation returns the partition's generation and whether it is assigned.
// Whoever prepares state for a partition compares it before and after: state
// made across a change must be thrown away. Any goroutine may call it.
func (g *Group) Generation(partition int32) (uint64, bool) { return g.track.generation(partition) }

// Given returns how many partitions the group has given this member, which may be
// none, and false while it has given nothing yet. They may still be on their way to
// [Group.Poll]. Any goroutine may ask.
func (g *Group) Given() (partitions int, joined bool) {
	n := int(g.given.Load())
	return max(n, 0), n >= 0
}

// Owned returns the partitions assigned now with their generations. Any
// goroutine may call it.
func (g *Group) Owned() map[int32]uint64 { return g.track.assigned() }

// Begin opens a transaction.
func (g *Group) Begin() error {
	g.out.reset()
	if err := g.session.Begin(); err != nil {
		return fmt.Errorf("begin a transaction: %w", fenced(err))
	}
	g.open = true
	return nil
}

// Produce adds a record to the open transaction. It returns before the record
// is acknowledged, and waits only while too much is buffered; what goes wrong
// is an error of End. The record must not be changed until then, when its
// Offset is set.
func (g *Group) Produce(ctx context.Context, rec *Record) {
	g.session.Produce(ctx, toKgo(rec), g.out.promise(rec))
}

// End ends the transaction. To commit, offsets must name the next offset of at
// least one partition of the group's topic, and exactly these are committed:
// they are what fences a member that the group has expelled. It reports whether
// the transaction was committed; if the group was rebalanced meanwhile it was
// not, without an error, and reading goes back to where the last commit was.
// (So may be one without records that follows another within milliseconds, and
// one that has just timed out: later its end is [ErrFenced].)
// After an error it is not known.
func (g *Group) End(ctx context.Context, commit bool, offsets map[int32]int64) (bool, error) {
	if commit && len(offsets) == 0 && !planted.On(planted.ChangedOffsets) {
		return false, errors.New("a transaction that commits no offsets is not fenced")
	}
	var failed error
	if commit {
		if err := g.session.Client().Flush(ctx); err != nil {
			return false, fmt.Errorf("flush a transaction: %w", err)
		}
		if failed = g.out.failed(); failed == nil {
			if err := g.out.settle(ctx, g.session.Client()); err != nil {
				return false, err
			}
		}
	}
	ctx = kgo.PreTxnCommitFnContext(ctx, func(req *kmsg.TxnOffsetCommitRequest) error {
		g.exactly(req, offsets)
		return nil
	})
	committed, err := g.session.End(ctx, kgo.TransactionEndTry(commit && failed == nil))
	g.open = err != nil // then Close tries once more to abort
	switch {
	case failed != nil:
		return false, failed
	case err != nil:
		return false, fmt.Errorf("end a transaction: %w", fenced(err))
	default:
		return committed, nil
	}
}

// exactly makes the request commit these offsets and no others: by itself it
// would commit whatever has been polled.
func (g *Group) exactly(req *kmsg.TxnOffsetCommitRequest, offsets map[int32]int64) {
	t := kmsg.NewTxnOffsetCommitRequestTopic()
	t.Topic = g.cfg.Topic
	for i := range req.Topics {
		if req.Topics[i].Topic == t.Topic {
			t.TopicID = req.Topics[i].TopicID
		}
	}
	for p, o := range offsets {
		rp := kmsg.NewTxnOffsetCommitRequestTopicPartition()
		rp.Partition, rp.Offset, rp.LeaderEpoch = p, o, -1
		t.Partitions = append(t.Partitions, rp)
	}
	slices.SortFunc(t.Partitions, func(a, b kmsg.TxnOffsetCommitRequestTopicPartition) int {
		return int(a.Partition) - int(b.Partition)
	})
	req.Topics = []kmsg.TxnOffsetCommitRequestTopic{t}
}

// SetOffset makes reading of the partition go on at offset, if its generation
// still is the given one; else it returns [ErrStale]. It must not be called
// while a transaction is open.
func (g *Group) SetOffset(ctx context.Context, partition int32, generation uint64, offset int64) error {
	for {
		set, err := g.trySetOffset(partition, generation, offset)
		if set || err != nil {
			return err
		}
		// The assignment has been announced but is not in force yet.
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Millisecond):
		}
	}
}

func (g *Group) trySetOffset(partition int32, generation uint64, offset int64) (bool, error) {
	// Under the lock no other assignment can be announced.
	g.track.mu.Lock()
	defer g.track.mu.Unlock()
	if g.track.owned[partition] != generation {
		return false, fmt.Errorf("%s partition %d: %w", g.cfg.Topic, partition, ErrStale)
	}
	cl := g.session.Client()
	if _, ok := cl.CommittedOffsets()[g.cfg.Topic][partition]; !ok {
		return false, nil
	}
	cl.SetOffsets(map[string]map[int32]kgo.EpochOffset{
		g.cfg.Topic: {partition: {Epoch: -1, Offset: offset}},
	})
	return true, nil
}

// Pause stops fetching the partitions; what of them is buffered is not polled
// any more. Without partitions it pauses all.
func (g *Group) Pause(partitions ...int32) {
	if len(partitions) == 0 {
		g.session.Client().PauseFetchTopics(g.cfg.Topic)
		return
	}
	g.session.Client().PauseFetchPartitions(map[string][]int32{g.cfg.Topic: partitions})
}

// Resume undoes a Pause of the same partitions, or of all.
func (g *Group) Resume(partitions ...int32) {
	if len(partitions) == 0 {
		g.session.Client().ResumeFetchTopics(g.cfg.Topic)
		return
	}
	g.session.Client().ResumeFetchPartitions(map[string][]int32{g.cfg.Topic: partitions})
}

// Close aborts a transaction that is still open, leaves the group, so that
// others take over at once, and lets go of the connections. It takes seconds at
// most where brokers do not answer.
func (g *Group) Close() {
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	g.session.AllowRebalance()
	if g.open && !errors.Is(g.out.failed(), ErrFenced) {
		// A transaction that cannot be aborted now ends with its time-out.
		_, _ = g.End(ctx, false, nil)
	}
	_ = g.session.Client().LeaveGroupContext(ctx)
	g.session.CloseAllowingRebalance()
}

// adjust is called with the offsets that the group has committed.
func (g *Group) adjust(ctx context.Context, fetched map[string]map[int32]kgo.Offset) (map[string]map[int32]kgo.Offset, error) {
	<-g.ready
	offsets := make(map[int32]int64)
	for p, o := range fetched[g.cfg.Topic] {
		offsets[p] = max(o.EpochOffset().Offset, -1)
	}
	if g.cfg.Adjust != nil {
		var err error
		if offsets, err = g.cfg.Adjust(ctx, offsets); err != nil {
			return nil, fmt.Errorf("resolve the offsets of group %s: %w", g.cfg.Group, err)
		}
	}
	at := make(map[int32]kgo.Offset, len(offsets))
	for p, o := range offsets {
		if o < 0 {
			return nil, fmt.Errorf("group %s has no offset for %s partition %d", g.cfg.Group, g.cfg.Topic, p)
		}
		at[p] = kgo.NewOffset().At(o)
	}
	member, generation := g.session.Client().GroupMetadata()
	g.track.assign(member, generation, offsets)
	return map[string]map[int32]kgo.Offset{g.cfg.Topic: at}, nil
}
