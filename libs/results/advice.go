package results

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"

	"github.com/redis/go-redis/v9"
)

// advise adds what to do to an error of a connection that a wrong TLS or login
// setting explains. Any other comes back as it is.
func advise(rdb redis.UniversalClient, err error) error {
	advice := ""
	var (
		authority x509.UnknownAuthorityError
		host      x509.HostnameError
		network   net.Error
	)
	client, ok := rdb.(*redis.Client)
	tls := ok && client.Options().TLSConfig != nil
	switch silent := errors.Is(err, io.EOF) || errors.Is(err, context.DeadlineExceeded) || errors.As(err, &network) && network.Timeout(); {
	case Reason(err) == reasonAuth:
		advice = "check --redis-user and --redis-password"
	case errors.As(err, &authority):
		advice = "name the authority that Redis's certificate comes from with --redis-tls-ca"
	case errors.As(err, &host):
		advice = "name Redis in --redis as its certificate does"
	case silent && tls:
		advice = "if this port does not speak TLS, leave --redis-tls and --redis-tls-ca away"
	case silent:
		advice = "if this port speaks TLS, set --redis-tls, or --redis-tls-ca"
	}
	if advice == "" {
		return err
	}
	return fmt.Errorf("%w; %s", err, advice)
}
