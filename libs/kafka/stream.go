package kafka

import (
	"context"
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kerr"
)

// StreamTopic is a topic that carries the documents of a stream, as it is found.
type StreamTopic struct {
	ID   string  // see [Topics.ID]
	Ends []int64 // by partition: the offset that its next record will have
}

// RefusedError says that the brokers will not have a topic made or looked at, or that it
// cannot carry a stream: it is for whoever named it, and trying again does not help.
type RefusedError struct{ Err error }

// Error says why.
func (e *RefusedError) Error() string { return e.Err.Error() }

// Unwrap returns the brokers' error.
func (e *RefusedError) Unwrap() error { return e.Err }

// EnsureStream makes the topic of a stream where it is missing, with the settings and
// partitions that the layout gives the tweets, and looks at it; one that is there may
// have any number of partitions, and must not be compacted. It may be called again, and
// by several processes at once. Errors that trying again does not mend are
// [*RefusedError]s.
func (a *Admin) EnsureStream(ctx context.Context, layout Layout, name string) (StreamTopic, error) {
	out, err := a.ensureStream(ctx, layout, name)
	if err != nil {
		return StreamTopic{}, refused(err)
	}
	return out, nil
}

func (a *Admin) ensureStream(ctx context.Context, layout Layout, name string) (out StreamTopic, err error) {
	table := []topic{layout.stream(name)}
	found, err := a.Topics(ctx, name)
	if err != nil {
		return out, err
	}
	if found.Partitions(name) == 0 {
		if err := a.create(ctx, layout, table, found); err != nil {
			return out, err
		}
		if found, err = a.await(ctx, []string{name}); err != nil {
			return out, err
		}
	}
	if err := a.checkPolicies(ctx, table, found); err != nil {
		return out, err
	}
	ends, err := a.Ends(ctx, name)
	if err != nil {
		return out, err
	}
	out = StreamTopic{ID: found.ID(name), Ends: make([]int64, found.Partitions(name))}
	for p := range out.Ends {
		end, ok := ends[int32(p)]
		if !ok {
			return out, fmt.Errorf("ask for the ends of %s: partition %d is not told of", name, p)
		}
		out.Ends[p] = end
	}
	return out, nil
}

// refused marks what brokers answer because of the topic itself.
func refused(err error) error {
	var policy *policyError
	if errors.As(err, &policy) {
		return &RefusedError{fmt.Errorf("it has cleanup.policy=%s, and a stream's must be delete", policy.has)}
	}
	for _, e := range []*kerr.Error{
		kerr.PolicyViolation, kerr.TopicAuthorizationFailed, kerr.ClusterAuthorizationFailed, kerr.InvalidTopicException,
		kerr.InvalidReplicationFactor, kerr.InvalidPartitions, kerr.InvalidConfig,
	} {
		if errors.Is(err, e) {
			return &RefusedError{err}
		}
	}
	return err
}
