package kafka

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// ErrFenced says that the transactional id has been taken over by another
// process, or that the broker ended the transaction because it lasted longer
// than its time-out. The producer is of no further use: close it.
var ErrFenced = errors.New("fenced: another process uses this transactional id, or the transaction timed out")

// ErrStale says that a partition was revoked, lost or assigned anew since the
// generation that the call names.
var ErrStale = errors.New("the partition's assignment has changed")

// UnreachableError says that no broker answers. Whoever meets it retries.
type UnreachableError struct {
	Brokers []string
	Err     error // of the last broker tried
	Told    bool  // the log of the Config has said so (see [Reach])
}

// Error names the brokers and what the last of them did.
func (e *UnreachableError) Error() string {
	return fmt.Sprintf("cannot reach Kafka at %s: %v", strings.Join(e.Brokers, ","), e.Err)
}

// Unwrap returns the last broker's error.
func (e *UnreachableError) Unwrap() error { return e.Err }

// PartitionError is a partition that cannot be read on: the offset is no longer
// or not yet there, data was lost, or the topic was deleted.
type PartitionError struct {
	Topic     string
	Partition int32
	Err       error
}

// Error names the partition and what happened.
func (e *PartitionError) Error() string {
	return fmt.Sprintf("read %s partition %d: %v", e.Topic, e.Partition, e.Err)
}

// Unwrap returns the cause.
func (e *PartitionError) Unwrap() error { return e.Err }

// OutOfRange reports whether err says that an offset to be read lies outside
// of what its partition holds.
func OutOfRange(err error) bool { return errors.Is(err, kerr.OffsetOutOfRange) }

// Denied reports whether err says that the brokers do not let this login do what it tried.
func Denied(err error) bool {
	return errors.Is(err, kerr.TopicAuthorizationFailed) || errors.Is(err, kerr.GroupAuthorizationFailed) ||
		errors.Is(err, kerr.TransactionalIDAuthorizationFailed) || errors.Is(err, kerr.ClusterAuthorizationFailed)
}

// Reasons that [Reason] gives.
const (
	ReasonFenced  = "fenced"  // see ErrFenced
	ReasonTimeout = "timeout" // the brokers did not answer, or not in time
	ReasonError   = "error"   // anything else
)

// Reason names the cause of an error in one word, for metrics.
func Reason(err error) string {
	var away *UnreachableError
	switch {
	case errors.Is(err, ErrFenced):
		return ReasonFenced
	case errors.As(err, &away), unreachable(err),
		errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled), // of who waited for the answer
		errors.Is(err, kgo.ErrRecordTimeout), errors.Is(err, kerr.RequestTimedOut):
		return ReasonTimeout
	default:
		return ReasonError
	}
}

// unreachable tells the errors of the network from those that brokers answer.
func unreachable(err error) bool {
	var netErr net.Error
	return errors.As(err, &netErr) || errors.Is(err, io.EOF) || errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, syscall.ECONNREFUSED)
}

// fenced wraps the errors by which a broker refuses a former owner of a
// transactional id, so that errors.Is(err, ErrFenced) holds.
func fenced(err error) error {
	if err == nil || errors.Is(err, ErrFenced) {
		return err
	}
	for _, e := range []error{kerr.ProducerFenced, kerr.InvalidProducerEpoch, kerr.InvalidProducerIDMapping, kerr.InvalidTxnState} {
		if errors.Is(err, e) {
			return fmt.Errorf("%w: %w", ErrFenced, err)
		}
	}
	return err
}
