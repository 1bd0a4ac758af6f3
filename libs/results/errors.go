package results

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/redis/go-redis/v9"
)

// What can be wrong with a call. Everything else that the functions of this
// package return is a fault of the caller or a key that another program has
// written.
var (
	// ErrFenced says that a newer owner has the partition: leave the stage.
	ErrFenced = errors.New("a newer owner has taken this merge partition")
	// ErrLost says that Redis does not hold what this writer last wrote:
	// nothing was changed; take the fence again ([Writer.TakeLost]) and
	// republish.
	ErrLost = errors.New("redis has lost what was last written")
	// ErrBehind says that Redis holds results of a greater exchange offset than
	// the one given: nothing was changed; fold on first.
	ErrBehind = errors.New("redis holds results of a later exchange offset")
	// ErrRefused says that Redis answered and does not write (out of memory,
	// disk, permission): no acknowledgement; wait and send again.
	ErrRefused = errors.New("redis refuses")
	// ErrUnavailable says that there was no answer, or that this server cannot
	// serve writes now (loading, replica): send again.
	ErrUnavailable = errors.New("redis is unavailable")
	// ErrIncarnation says that the results in Redis were made from other
	// topics of the same names.
	ErrIncarnation = errors.New("redis holds the results of other topics of the same names")
)

// Refusals by the server that pass by themselves without a write being lost.
var unavailablePrefixes = []string{"LOADING", "READONLY", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN", "BUSY", "NOSCRIPT", "MOVED", "ASK"}

// classify wraps an error of go-redis in ErrRefused or ErrUnavailable. An error
// of the context stays what it is.
func classify(err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	var reply redis.Error
	if !errors.As(err, &reply) {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	msg := strings.TrimPrefix(reply.Error(), "-")
	for _, p := range unavailablePrefixes {
		if strings.HasPrefix(msg, p) {
			return fmt.Errorf("%w: %w", ErrUnavailable, err)
		}
	}
	return fmt.Errorf("%w: %w", ErrRefused, err)
}

// What [Reason] answers.
const (
	reasonOOM         = "oom"
	reasonDisk        = "disk"
	reasonAuth        = "auth"
	reasonFenced      = "fenced"
	reasonLost        = "lost"
	reasonBehind      = "behind"
	reasonIncarnation = "incarnation"
	reasonUnavailable = "unavailable"
	reasonOther       = "other"
)

// Reasons lists what [Reason] answers.
func Reasons() []string {
	return []string{
		reasonOOM, reasonDisk, reasonAuth, reasonFenced, reasonLost, reasonBehind,
		reasonIncarnation, reasonUnavailable, reasonOther,
	}
}

// Reason names the cause of an error of this package in one word, one of
// [Reasons], for the metric millrace_redis_refused_total; "" for no error.
func Reason(err error) string {
	switch {
	case err == nil:
		return ""
	case errors.Is(err, ErrFenced):
		return reasonFenced
	case errors.Is(err, ErrLost):
		return reasonLost
	case errors.Is(err, ErrBehind):
		return reasonBehind
	case errors.Is(err, ErrIncarnation):
		return reasonIncarnation
	case errors.Is(err, ErrUnavailable):
		return reasonUnavailable
	}
	msg := err.Error()
	switch {
	case strings.Contains(msg, "OOM "):
		return reasonOOM
	case strings.Contains(msg, "MISCONF "):
		return reasonDisk
	case strings.Contains(msg, "NOAUTH"), strings.Contains(msg, "NOPERM"), strings.Contains(msg, "WRONGPASS"):
		return reasonAuth
	default:
		return reasonOther
	}
}
