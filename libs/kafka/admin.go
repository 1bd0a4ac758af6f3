package kafka

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"syscall"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Admin asks brokers about topics and groups. It may be used by many
// goroutines. Every call ends within seconds; a broker that cannot be reached
// is an [UnreachableError], which the caller retries.
type Admin struct {
	cfg Config
	cl  *kgo.Client
	adm *kadm.Client
}

// adminTimeout bounds one request to a broker that has stopped answering.
const adminTimeout = 15 * time.Second

// NewAdmin returns an Admin. It does not connect: see [Admin.Ping].
func NewAdmin(cfg Config) (*Admin, error) {
	cfg = cfg.withReach()
	cl, err := cfg.client()
	if err != nil {
		return nil, err
	}
	adm := kadm.NewClient(cl)
	adm.SetTimeoutMillis(int32(adminTimeout.Milliseconds()))
	return &Admin{cfg: cfg, cl: cl, adm: adm}, nil
}

// Close lets go of the connections.
func (a *Admin) Close() { a.cl.Close() }

// Ping asks any broker for a sign of life, within the dial time-out. Of a server
// that is not Kafka it says what it is, where that can be found out.
func (a *Admin) Ping(ctx context.Context) error {
	timed, cancel := context.WithTimeout(ctx, a.cfg.dialTimeout())
	defer cancel()
	answer := make(chan error, 1)
	go func() { answer <- a.cl.Ping(timed) }()
	var err error
	select {
	case err = <-answer:
	case <-time.After(probeAfter):
		if what := a.cfg.stranger(timed); what != nil {
			return a.cfg.unreachable(what)
		}
		// The client may wait for longer than its context does.
		select {
		case err = <-answer:
		case <-timed.Done():
			err = timed.Err()
		}
	}
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if errors.Is(err, kerr.SaslAuthenticationFailed) {
		return fmt.Errorf("the brokers at %s refused the login of %q: %w", strings.Join(a.cfg.Brokers, ","), a.cfg.SASLUser, a.cfg.advise(err))
	}
	switch {
	case timedOut(err):
		if a.cfg.connects(ctx) {
			err = fmt.Errorf("%w: %w", errSilent, err)
		}
	case !errors.Is(err, syscall.ECONNREFUSED):
		if what := a.cfg.stranger(ctx); what != nil {
			err = what
		}
	}
	return a.cfg.unreachable(err)
}

// call runs one request under the time-out and names what it was for.
func (a *Admin) call(ctx context.Context, what string, fn func(context.Context) error) error {
	timed, cancel := context.WithTimeout(ctx, adminTimeout)
	defer cancel()
	err := fn(timed)
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case timed.Err() != nil, unreachable(err):
		return fmt.Errorf("%s: %w", what, a.cfg.unreachable(err))
	default:
		return fmt.Errorf("%s: %w", what, a.cfg.advise(err))
	}
}
