package scan

import (
	"context"
	"time"
)

// Record is one record of the stage's input topic.
type Record struct {
	Partition int32
	Offset    int64
	Value     []byte
	Lines     bool // one document per line; else Value is one document
	End       bool // the marker of the end of a bounded input
	Control   bool // a transaction marker: only its offset matters

	Time time.Time // when it was appended to the log

	// Place says where the document that begins at an offset of Value comes
	// from; nil where that is not known.
	Place func(at int) Place

	// Release, if not nil, is called once nothing of Value is used any more, by the
	// stage or by what it has made of it. A record that is not released is left to
	// the garbage collector.
	Release func()
}

// Place is where a document comes from; zero: not known.
type Place struct {
	File string
	Line int64 // in the file, from 1
	Byte int64 // of its first byte in the (decompressed) file, from 0
}

// Assigned is an input partition that the consumer group gave this member.
type Assigned struct {
	Offset     int64  // where reading begins
	Generation uint64 // changes whenever the partition is assigned anew
}

// Polled is what one poll found.
type Polled struct {
	// Assignment, if not nil, has taken the place of the one before it, whether
	// or not the same partitions are in it: what was read and not committed is
	// void and comes again.
	Assignment map[int32]Assigned

	// Revoked says that the assignment has ended, and, without an Assignment,
	// that there is no new one yet.
	Revoked bool

	// Records are in order per partition. They are valid until the next poll, and
	// their Values for as long as anything refers to them: rows do.
	Records []Record

	// Lost are partitions whose next record does not exist. They give none,
	// and are named again and again, until Seek.
	Lost []int32
}

// DeadLetter is a document that could not be read.
type DeadLetter struct {
	Partition int32
	Offset    int64
	Line      int64 // among the record's documents, from 1
	Place     Place
	Data      []byte
	Reason    string
}

// Log is what the stage needs of Kafka: membership of the consumer group over
// the input topic, and transactions of that member into the exchange. It is used
// by one goroutine. Any error means that the member has to be given up.
type Log interface {
	// Poll waits for records or a change of the assignment, at most for the
	// time given. After an abort records come again from the last commit on.
	Poll(ctx context.Context, wait time.Duration) (Polled, error)

	// Begin opens a transaction.
	Begin() error

	// Block and Seal write to an exchange partition, in order; DeadLetter
	// writes a dead letter. What goes wrong is an error of End. The values are
	// kept until then.
	Block(ctx context.Context, partition int32, value []byte)
	Seal(ctx context.Context, partition int32, value []byte)
	DeadLetter(ctx context.Context, letter DeadLetter)

	// End commits the transaction together with exactly these offsets of input
	// partitions, which fences a member that was expelled. It returns false
	// when the transaction was aborted, as it is after a rebalance.
	End(ctx context.Context, offsets map[int32]int64) (bool, error)

	// Reason names the cause of an error of End or Begin in one word, for the
	// metrics.
	Reason(err error) string

	// Starts and Ends return the first offset and the high watermark of every
	// input partition, as the brokers say now.
	Starts(ctx context.Context) (map[int32]int64, error)
	Ends(ctx context.Context) (map[int32]int64, error)

	// Seek goes on reading at offset, unless the partition's generation is
	// another by now.
	Seek(ctx context.Context, partition int32, generation uint64, offset int64) error

	// Pause stops fetching, Resume goes on with it.
	Pause()
	Resume()

	// Backlog returns about how many bytes of the exchange the merge stages
	// have not checkpointed yet, as they were written: before compression,
	// counted once however many replicas there are.
	Backlog(ctx context.Context) (int64, error)
}

// Programs is the process's reader of the registry, as programs. It may be asked
// by several goroutines.
type Programs interface {
	// Current returns the newest program and its plan position: the last
	// offset of the registry that it takes account of, -1 for none.
	Current() (*Program, int64)

	// End returns the high watermark of the registry as it is now.
	End(ctx context.Context) (int64, error)

	// Wait waits until Current takes account of everything below the offset.
	Wait(ctx context.Context, end int64) error
}

// Clock tells the time. Seals carry it, and intervals are measured with it.
type Clock interface {
	Now() time.Time
}
