package kafka

import (
	"context"
	"errors"
	"fmt"
	"strings"
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

// Ping asks any broker for a sign of life, within the dial time-out.
func (a *Admin) Ping(ctx context.Context) error {
	timed, cancel := context.WithTimeout(ctx, a.cfg.dialTimeout())
	defer cancel()
	if err := a.cl.Ping(timed); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if errors.Is(err, kerr.SaslAuthenticationFailed) {
			return fmt.Errorf("the brokers at %s refused the login of %q: %w", strings.Join(a.cfg.Brokers, ","), a.cfg.SASLUser, a.cfg.advise(err))
		}
		return &UnreachableError{Brokers: a.cfg.Brokers, Err: a.cfg.advise(err)}
	}
	return nil
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
		return fmt.Errorf("%s: %w", what, &UnreachableError{Brokers: a.cfg.Brokers, Err: a.cfg.advise(err)})
	default:
		return fmt.Errorf("%s: %w", what, a.cfg.advise(err))
	}
}
