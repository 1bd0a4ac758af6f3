package kafka

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// TransactionTimeout is how long a broker lets a transaction last before it
// aborts it and fences its producer.
const TransactionTimeout = 10 * time.Second

// closeTimeout bounds what a Close still has to say to brokers.
const closeTimeout = 3 * time.Second

// Txn writes in transactions under one transactional id, without a consumer
// group. It belongs to one goroutine.
type Txn struct {
	cl   *kgo.Client
	out  outbox
	open bool
}

// NewTxn takes the transactional id over at once: a transaction that a former
// owner left open is aborted, and whatever the former owner still tries fails
// with [ErrFenced]. A timeout of 0 is [TransactionTimeout]. Brokers that cannot
// be reached are an [UnreachableError] within seconds.
func NewTxn(ctx context.Context, cfg Config, transactionalID string, timeout time.Duration) (*Txn, error) {
	if transactionalID == "" {
		return nil, errors.New("a transactional id is needed")
	}
	if timeout == 0 {
		timeout = TransactionTimeout
	}
	cl, err := cfg.client(kgo.TransactionalID(transactionalID), kgo.TransactionTimeout(timeout))
	if err != nil {
		return nil, err
	}
	if err := initProducer(ctx, cfg, cl, transactionalID); err != nil {
		cl.Close()
		return nil, err
	}
	return &Txn{cl: cl}, nil
}

// initProducer makes the client the owner of its transactional id.
func initProducer(ctx context.Context, cfg Config, cl *kgo.Client, id string) error {
	if _, _, err := cl.ProducerID(ctx); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if unreachable(err) {
			err = cfg.unreachable(err)
		}
		return fmt.Errorf("take over transactional id %s: %w", id, fenced(err))
	}
	return nil
}

// Begin opens a transaction.
func (t *Txn) Begin() error {
	t.out.reset()
	if err := t.cl.BeginTransaction(); err != nil {
		return fmt.Errorf("begin a transaction: %w", fenced(err))
	}
	t.open = true
	return nil
}

// Produce adds a record to the open transaction. It returns before the record
// is acknowledged, and waits only while too much is buffered; what goes wrong
// is an error of Commit. The record must not be changed until then, when its
// Offset is set.
func (t *Txn) Produce(ctx context.Context, rec *Record) {
	t.cl.Produce(ctx, toKgo(rec), t.out.promise(rec))
}

// Commit ends the transaction: every record becomes visible, or none does. On
// an error it is not known which, and the Txn is of no further use: close it
// and make a new one, after which it is decided.
func (t *Txn) Commit(ctx context.Context) error {
	if err := t.cl.Flush(ctx); err != nil {
		return fmt.Errorf("flush a transaction: %w", err)
	}
	if err := t.out.failed(); err != nil {
		return err
	}
	if err := t.out.settle(ctx, t.cl); err != nil {
		return err
	}
	t.open = false
	if err := t.cl.EndTransaction(ctx, kgo.TryCommit); err != nil {
		return fmt.Errorf("commit a transaction: %w", fenced(err))
	}
	return nil
}

// Abort ends the transaction without its records. On an error close the Txn.
func (t *Txn) Abort(ctx context.Context) error {
	if err := t.cl.AbortBufferedRecords(ctx); err != nil {
		return fmt.Errorf("abort a transaction: %w", err)
	}
	t.open = false
	if err := t.cl.EndTransaction(ctx, kgo.TryAbort); err != nil {
		return fmt.Errorf("abort a transaction: %w", fenced(err))
	}
	return nil
}

// Close aborts a transaction that is still open, if the brokers answer within
// seconds, and lets go of the connections.
func (t *Txn) Close() {
	if t.open && !errors.Is(t.out.failed(), ErrFenced) {
		ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
		defer cancel()
		// A transaction that cannot be aborted now ends with its time-out.
		_ = t.Abort(ctx)
	}
	t.cl.Close()
}
