package kafka

import (
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// What real brokers answer to wrong settings is told with the setting to change.
func TestAdvice(t *testing.T) {
	dial := func(err error) error { return fmt.Errorf("unable to dial: %w", err) }
	for _, test := range []struct {
		cfg  Config
		err  error
		want string
	}{
		{Config{TLS: true}, dial(x509.UnknownAuthorityError{}), "with --tls-ca"},
		{Config{TLS: true, TLSCAFile: "ca.pem"}, dial(x509.UnknownAuthorityError{}), "an authority in ca.pem"},
		{Config{TLS: true}, dial(x509.HostnameError{Certificate: &x509.Certificate{}, Host: "b"}), "--brokers"},
		{Config{TLS: true}, errors.New("remote error: tls: bad certificate"), "--tls-cert and --tls-key"},
		{Config{TLS: true, TLSCertFile: "me.pem"}, errors.New("remote error: tls: bad certificate"), "me.pem"},
		{Config{}, errors.New("the first three bytes received appear to be a tls alert record for TLS v1.2"), "set --tls"},
		{Config{}, &kgo.ErrFirstReadEOF{}, "set --tls;"},
		{Config{}, &kgo.ErrFirstReadEOF{}, "--sasl-mechanism"},
		{Config{SASLMechanism: "plain"}, &kgo.ErrFirstReadEOF{}, "set --tls"},
		{Config{TLS: true}, &kgo.ErrFirstReadEOF{}, "--sasl-mechanism"},
		{Config{TLS: true, SASLMechanism: "plain"}, &kgo.ErrFirstReadEOF{}, "leave --tls"},
		{Config{}, kerr.SaslAuthenticationFailed, "--sasl-password"},
		{Config{}, kerr.IllegalSaslState, "leave --sasl-mechanism away"},
		{Config{SASLMechanism: "plain"}, kerr.UnsupportedSaslMechanism, "does not take plain"},
		{Config{SASLUser: "anna"}, kerr.TopicAuthorizationFailed, `let "anna"`},
		{Config{}, kerr.TransactionalIDAuthorizationFailed, "millrace-"},
	} {
		got := test.cfg.advise(test.err)
		if !errors.Is(got, test.err) || !strings.HasPrefix(got.Error(), test.err.Error()+"; ") || !strings.Contains(got.Error(), test.want) {
			t.Errorf("%v: %v, want %q in it", test.err, got, test.want)
		}
	}
	if err := errors.New("connection refused"); !errors.Is((Config{}).advise(err), err) || (Config{}).advice(err) != "" {
		t.Error("advice where there is none to give")
	}
}
