package kafka

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// SessionTimeout is how long a group waits for a sign of life of a member
// before its partitions go to others.
const SessionTimeout = 6 * time.Second

// GroupConfig describes one member of a consumer group.
type GroupConfig struct {
	Group           string
	Topic           string
	TransactionalID string // stable: making the Group fences the former owner

	SessionTimeout     time.Duration // 0: SessionTimeout
	TransactionTimeout time.Duration // 0: TransactionTimeout
	MaxFetchBytes      int32         // of one fetch, compressed; 0: 16 MiB
	MaxPollRecords     int           // of one Poll; 0: all that is buffered

	// Recycle says that records will be recycled ([Record.Recycle]), so that their
	// memory serves later ones.
	Recycle bool

	// Adjust turns the group's committed offsets, -1 where there is none, into
	// those where reading begins; it must leave none below 0. It runs between
	// the assignment and the first record, in the group's own goroutine, and
	// its ctx ends when the partitions are taken away again. An error of it is
	// one of Poll. Without Adjust a missing offset is such an error.
	Adjust func(ctx context.Context, offsets map[int32]int64) (map[int32]int64, error)
}

// Group is a member of a consumer group of one topic that writes in
// transactions: what a transaction writes and the offsets that it commits become
// visible together, and not at all if the group has given the partitions to
// somebody else meanwhile. It belongs to one goroutine, but for Generation.
//
// The round is: Poll, fold, and now and then Begin, Produce, End. Any error of
// these is the end of the Group: close it and make a new one. End's false
// without an error is an ordinary abort.
type Group struct {
	cfg     GroupConfig
	session *kgo.GroupTransactSession
	ready   chan struct{} // closed once session is set
	given   atomic.Int32  // partitions that the group gave it, -1 while it has given nothing yet
	track   *tracker
	out     outbox
	open    bool
	buf     []Record
}

// NewGroup takes the transactional id over (see [NewTxn]) and begins to join
// the group. Brokers that cannot be reached are an [UnreachableError] within
// seconds.
func NewGroup(ctx context.Context, cfg Config, gc GroupConfig) (*Group, error) {
	if gc.Group == "" || gc.Topic == "" || gc.TransactionalID == "" {
		return nil, errors.New("a group needs a name, a topic and a transactional id")
	}
	opts, err := cfg.options()
	if err != nil {
		return nil, err
	}
	g := &Group{cfg: gc, track: newTracker(), ready: make(chan struct{})}
	g.given.Store(-1)
	left := func(context.Context, *kgo.Client, map[string][]int32) {
		g.given.Store(-1)
		g.track.leave()
	}
	opts = append(opts,
		kgo.ConsumerGroup(gc.Group),
		kgo.ConsumeTopics(gc.Topic),
		kgo.Balancers(balancer{GroupBalancer: kgo.StickyBalancer(), joining: g.track.leave}),
		kgo.SessionTimeout(or(gc.SessionTimeout, SessionTimeout)),
		kgo.RebalanceTimeout(10*time.Second),
		kgo.HeartbeatInterval(time.Second),
		kgo.ConsumeResetOffset(kgo.NoResetOffset()),
		kgo.BlockRebalanceOnPoll(),
		kgo.FetchMaxBytes(or(gc.MaxFetchBytes, 16<<20)),
		kgo.TransactionalID(gc.TransactionalID),
		kgo.TransactionTimeout(or(gc.TransactionTimeout, TransactionTimeout)),
		kgo.OnPartitionsAssigned(func(_ context.Context, _ *kgo.Client, m map[string][]int32) { g.given.Store(int32(len(m[gc.Topic]))) }),
		kgo.OnPartitionsRevoked(left),
		kgo.OnPartitionsLost(left),
		kgo.AdjustFetchOffsetsFn(g.adjust),
	)
	if gc.Recycle {
		m := new(memory)
		opts = append(opts, kgo.WithPools(m), kgo.WithDecompressor(unpacker{kgo.DefaultDecompressor(m), m}))
	}
	// The id is taken over before the group is joined: a transaction that a
	// former owner left open holds back the offsets that the group answers with.
	fence, err := cfg.client(kgo.TransactionalID(gc.TransactionalID), kgo.TransactionTimeout(or(gc.TransactionTimeout, TransactionTimeout)))
	if err != nil {
		return nil, err
	}
	err = initProducer(ctx, cfg, fence, gc.TransactionalID)
	fence.Close()
	if err != nil {
		return nil, err
	}
	if g.session, err = kgo.NewGroupTransactSession(opts...); err != nil {
		return nil, fmt.Errorf("set up a member of group %s: %w", gc.Group, err)
	}
	close(g.ready)
	if err := initProducer(ctx, cfg, g.session.Client(), gc.TransactionalID); err != nil {
		g.Close()
		return nil, err
	}
	return g, nil
}

func or[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}
