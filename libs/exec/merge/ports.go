package merge

import (
	"context"
	"errors"
	"time"
)

// Record is one record of the exchange or checkpoints topic.
type Record struct {
	Partition int32
	Offset    int64
	Key       []byte
	Value     []byte // nil: a tombstone
	Type      string // the exchange's header "type": TypeBlock or TypeSeal
	Control   bool   // a transaction marker: only its offset matters
}

// Values of the exchange's header "type".
const (
	TypeBlock = "block"
	TypeSeal  = "seal"
)

// Log is what the stage needs of Kafka: membership of the consumer group over
// the exchange, and transactions of that member.
type Log interface {
	// Poll returns records of the owned partitions, waiting until ctx is done
	// at the longest; no records and no error when it was. Control records are
	// returned too, so that positions advance past them.
	Poll(ctx context.Context) ([]Record, error)

	// Owned returns the partitions owned now, each with a generation that
	// changes whenever the partition was assigned, revoked or lost. While a
	// partition is restored another goroutine than the stage's asks too.
	Owned() map[int32]int64

	// Committed returns the group's offset for partition p, waiting for
	// pending transactions to end; ok is false where the group has none.
	Committed(ctx context.Context, p int32) (offset int64, ok bool, err error)

	// Bounds returns the first offset of exchange partition p and its end (the
	// high watermark).
	Bounds(ctx context.Context, p int32) (start, end int64, err error)

	// Seek makes Poll return partition p from the offset on. A partition
	// returns nothing before its first Seek since it was assigned.
	Seek(ctx context.Context, p int32, offset int64) error

	// Pause stops and Resume continues the fetching of a partition, whoever
	// owns it meanwhile.
	Pause(p int32)
	Resume(p int32)

	// Checkpoints calls fn with every committed record of checkpoints
	// partition p, from its start to the high watermark as of the call.
	Checkpoints(ctx context.Context, p int32, fn func(Record) error) error

	// Commit writes the records to checkpoints partition p and commits offset
	// for exchange partition p, and for no other, in one transaction. It
	// returns the offset of the last record. ok is false when the transaction
	// aborted, as it does after a rebalance: Poll then goes back, in every
	// partition, to the group's offset until the next Seek. An error means that
	// the member can not go on.
	Commit(ctx context.Context, p int32, records []Record, offset int64) (last int64, ok bool, err error)

	// Truncate deletes exchange partition p's records below the offset.
	Truncate(ctx context.Context, p int32, before int64) error
}

// Registry is the process's reader of the registry topic.
type Registry interface {
	// Snapshot returns the definitions as read so far. The result is immutable,
	// and the same pointer as long as nothing changed.
	Snapshot() *Definitions

	// Wait waits until the reader's position is at least position.
	Wait(ctx context.Context, position int64) error

	// End returns the end of the registry topic (its high watermark) as of the
	// call: a reader whose position has reached it has seen all that anybody
	// had seen before.
	End(ctx context.Context) (int64, error)
}

// Definitions is the content of the registry up to Position, which counts
// control records and compaction gaps: everything below it has been seen. The
// plan position that blocks and seals carry is one less: the last offset that
// their scan took account of.
type Definitions struct {
	Position int64
	Queries  Directory[*Query] // registered, failed ones too
	Drops    Directory[int64]  // the epoch of the drop that the registry still shows

	// Streams are those that were declared while services run, by name; the ones that
	// there always are the [Topology] has.
	Streams Directory[*Stream]
}

// Notifier tells others of what merge found out.
type Notifier interface {
	// Live reports that the queries take every post from their plan positions on.
	// After an error they are reported again, all of them.
	Live(ctx context.Context, queries []Live) error

	// Fail asks the query parser to register the query as failed.
	Fail(ctx context.Context, q *Query, reason string) error

	// Complete asks the query parser to register the query as completed: it has all the
	// rows that it wants, and the store has acknowledged them.
	Complete(ctx context.Context, q *Query) error
}

// Live is a query that takes every post from its plan position on.
type Live struct {
	*Query
	Passed int64 // posts that had passed before, -1 where that is not known
}

// Fence guards one merge partition's writes in the store (design: token, n,
// offset, repair). Token is the offset of the owner's claim record; N counts the
// owner's writes; Offset is the exchange offset up to which the store's rows
// are written, -1 for none; Repair says that a full republish is owed.
type Fence struct {
	Token  int64 `json:"token"`
	N      int64 `json:"n"`
	Offset int64 `json:"offset"`
	Repair bool  `json:"repair,omitempty"`
}

// Less orders fences by token, then n.
func (f Fence) Less(g Fence) bool {
	return f.Token < g.Token || f.Token == g.Token && f.N < g.N
}

// Errors of a Writer.
var (
	// ErrFenced: a newer owner's token is in the store. Leave the stage.
	ErrFenced = errors.New("a newer owner writes this merge partition")
	// ErrLost: the fence is missing or not what this writer last wrote: the
	// store lost acknowledged writes.
	ErrLost = errors.New("the result store lost writes")
	// ErrRefused: the store answered but did not take the write (out of
	// memory, read-only, loading). Nothing was acknowledged.
	ErrRefused = errors.New("the result store refused a write")
)

// Store opens writers.
type Store interface {
	Writer(p int32) Writer

	// Listed returns the ids in the store's listing of queries, each with the
	// epoch that the store has for it.
	Listed(ctx context.Context) (map[string]int64, error)

	// Reason names the cause of a writer's error in one word, for the metrics.
	Reason(err error) string
}

// Writer writes one merge partition's share of the results. Its calls are made
// one after another. [ErrIncarnation] says that the store's results were made
// from other topics. Errors other than that and the three above mean that the
// store cannot be reached: the call may or may not have had an effect, and
// calling again with the same arguments is right.
type Writer interface {
	// Take takes the fence over with the token. least is the fence that the
	// last checkpoint recorded: where the store's is lower, missing (and least
	// is not zero) or has repair set, or where lost says that this writer has
	// seen the loss itself, repair is set in the same step and returned. stored
	// is the fence as it was before, with Offset -1 where there was none.
	Take(ctx context.Context, token int64, least Fence, lost bool) (stored Fence, repair bool, err error)

	// Apply performs the operations in order. Refused holds the ids of queries
	// for which the store knows a later epoch: their operations were skipped.
	Apply(ctx context.Context, offset int64, ops []Op) (refused []string, err error)

	// Finish records that everything up to offset is written, and as of when;
	// repaired clears the repair flag.
	Finish(ctx context.Context, offset int64, asOf AsOf, repaired bool) error

	// Look compares the fence with what this writer last wrote.
	Look(ctx context.Context) error

	// Fence returns what this writer last wrote.
	Fence() Fence

	// Sweep deletes the rows, windows and lists under the query's keys that
	// this partition owns and does not want.
	Sweep(ctx context.Context, offset int64, s Sweep) (refused []string, err error)
}

// AsOf says what a merge partition's results include.
type AsOf struct {
	Vector map[string]map[int32]int64 // topic, partition → the position before which everything is included
	Time   *int64                     // least watermark of the streams that there always are, ms since 1970; nil before the first
	Times  map[string]int64           // by stream, its watermark, ms since 1970; without those before their first and after their end
	Ended  bool                       // every input has ended
}

// WindowSpan is a window's bounds in milliseconds since 1970, end excluded.
type WindowSpan struct{ Start, End int64 }

// Op is one operation on the store.
type Op interface{ op() }

// RowsOp sets and deletes whole rows of a query, in a window's hash where
// Window is set.
type RowsOp struct {
	Query   string
	Epoch   int64
	Known   bool // this writer has seen the epoch in the store: gone means loss
	Window  *WindowSpan
	Set     []Row
	Del     []string      // group keys
	Expires time.Duration // when the window goes, from now on; 0: as it was
}

// Row is one result row.
type Row struct {
	Key  string // canonical JSON array of the group key
	JSON []byte // the row, a JSON object
}

// TopOp replaces an ordered list.
type TopOp struct {
	Query   string
	Epoch   int64
	Known   bool
	Window  *WindowSpan
	Rows    []Row         // in order
	Expires time.Duration // when the window goes, from now on; 0: as it was
}

// LogOp appends to a row log. Entries already there are skipped by the store,
// by their ids.
type LogOp struct {
	Query   string
	Epoch   int64
	Known   bool
	Gap     bool // entries before these may be missing
	Entries []LogEntry
	MaxLen  int64 // 0: unlimited
}

// LogEntry is one row of a row log; its id is (Offset, Index).
type LogEntry struct {
	Offset int64
	Index  int64
	JSON   []byte
}

// MetaOp sets fields of a query's meta, its line in the listing, and this
// partition's share of its counters; what is nil is left alone.
type MetaOp struct {
	Query    string
	Epoch    int64
	Known    bool
	Keep     bool  // the query has ended, and what the store has of the epoch Kept stays
	Kept     int64 // with Keep
	Fields   map[string]string
	Listing  []byte
	Counters map[string]int64
}

// ForgetWindowOp deletes a window with its rows.
type ForgetWindowOp struct {
	Query  string
	Epoch  int64
	Known  bool
	Window WindowSpan
}

// DropOp drops a query: its results expire, its epoch stays for a day.
type DropOp struct {
	Query string
	Epoch int64
}

func (RowsOp) op()         {}
func (TopOp) op()          {}
func (LogOp) op()          {}
func (MetaOp) op()         {}
func (ForgetWindowOp) op() {}
func (DropOp) op()         {}

// Sweep says which of a query's rows in the store stay.
type Sweep struct {
	Query string
	Epoch int64

	// Stays reports whether the row of the key (canonical JSON) stays; it
	// answers true for rows that other partitions own. window is nil for rows
	// outside windows.
	Stays func(window *WindowSpan, key string) bool

	// StaysTop reports the same for an ordered list.
	StaysTop func(window *WindowSpan) bool
}
