package kafka

import (
	"crypto/x509"
	"errors"
	"fmt"
	"strings"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// advise adds what to do to an error that a wrong TLS or SASL setting explains.
// Any other comes back as it is.
func (c Config) advise(err error) error {
	if advice := c.advice(err); advice != "" {
		return fmt.Errorf("%w; %s", err, advice)
	}
	return err
}

func (c Config) advice(err error) string {
	var (
		authority x509.UnknownAuthorityError
		host      x509.HostnameError
		closed    *kgo.ErrFirstReadEOF
	)
	switch {
	case errors.As(err, &authority) && c.TLSCAFile == "":
		return "name the authority that the brokers' certificate comes from with --tls-ca"
	case errors.As(err, &authority):
		return fmt.Sprintf("the brokers' certificate does not come from an authority in %s (--tls-ca)", c.TLSCAFile)
	case errors.As(err, &host):
		return "name the brokers in --brokers as their certificate does"
	case strings.Contains(err.Error(), "remote error: tls:") && c.TLSCertFile == "":
		return "if the brokers want a client certificate, give it with --tls-cert and --tls-key"
	case strings.Contains(err.Error(), "remote error: tls:"):
		return fmt.Sprintf("the brokers did not take the client certificate in %s (--tls-cert)", c.TLSCertFile)
	case strings.Contains(err.Error(), "tls alert record"):
		return "this port speaks TLS: set --tls, or --tls-ca"
	case errors.As(err, &closed) && c.TLS && c.SASLMechanism == "":
		return "if this port does not speak TLS, leave --tls and --tls-ca away; if it wants a login, set --sasl-mechanism, --sasl-user and --sasl-password"
	case errors.As(err, &closed) && c.TLS:
		return "if this port does not speak TLS, leave --tls and --tls-ca away"
	case errors.As(err, &closed) && c.SASLMechanism == "":
		return "if this port speaks TLS, set --tls; if it wants a login, set --sasl-mechanism, --sasl-user and --sasl-password"
	case errors.As(err, &closed):
		return "if this port speaks TLS, set --tls"
	case errors.Is(err, kerr.SaslAuthenticationFailed):
		return "check --sasl-mechanism, --sasl-user and --sasl-password"
	case errors.Is(err, kerr.IllegalSaslState):
		return "this port wants no login: leave --sasl-mechanism away, or name the port that does"
	case errors.Is(err, kerr.UnsupportedSaslMechanism):
		return fmt.Sprintf("this port does not take %s: choose another --sasl-mechanism", c.SASLMechanism)
	case Denied(err):
		return fmt.Sprintf("let %q do everything on topics that begin with millrace. and on groups and transactional ids that begin with millrace-", c.SASLUser)
	default:
		return ""
	}
}
