package kafka_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/millrace/millrace/libs/kafka"
)

// authority makes certificates.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	file string // PEM, its own certificate
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(t, err)
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "millrace test authority"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	check(t, err)
	cert, err := x509.ParseCertificate(der)
	check(t, err)
	return &authority{cert: cert, key: key, file: writePEM(t, "ca.pem", "CERTIFICATE", der)}
}

// issue makes a certificate for the addresses, and returns its files.
func (a *authority) issue(t *testing.T, addresses ...net.IP) (certFile, keyFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(t, err)
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "millrace test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IPAddresses: addresses,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, a.cert, &key.PublicKey, a.key)
	check(t, err)
	keyDER, err := x509.MarshalECPrivateKey(key)
	check(t, err)
	return writePEM(t, "cert.pem", "CERTIFICATE", der), writePEM(t, "key.pem", "EC PRIVATE KEY", keyDER)
}

// server is the TLS setup of brokers on loopback. With clients they want a
// certificate of the authority.
func (a *authority) server(t *testing.T, clients bool) *tls.Config {
	t.Helper()
	pair, err := tls.LoadX509KeyPair(a.issue(t, net.IPv4(127, 0, 0, 1)))
	check(t, err)
	config := &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	if clients {
		config.ClientCAs = x509.NewCertPool()
		config.ClientCAs.AddCert(a.cert)
		config.ClientAuth = tls.RequireAndVerifyClientCert
	}
	return config
}

func writePEM(t *testing.T, name, kind string, der []byte) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	check(t, os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600))
	return file
}

func fakeBrokers(t *testing.T, opts ...kfake.Opt) []string {
	t.Helper()
	c, err := kfake.NewCluster(append(opts, kfake.NumBrokers(1))...)
	check(t, err)
	t.Cleanup(c.Close)
	return c.ListenAddrs()
}

// Transactions, readers and groups work over TLS with a login.
func TestWorkOverTLSWithLogin(t *testing.T) {
	a := newAuthority(t)
	writeAndRead(t, kafka.Config{
		Brokers: fakeBrokers(t, kfake.TLS(a.server(t, false)), kfake.EnableSASL(), kfake.Superuser("SCRAM-SHA-512", "user", "secret")),
		TLS:     true, TLSCAFile: a.file, SASLMechanism: "scram-sha-512", SASLUser: "user", SASLPassword: "secret", Embedded: true,
	})
}

// The same where brokers know their clients by certificates.
func TestWorkWithClientCertificate(t *testing.T) {
	a := newAuthority(t)
	cfg := kafka.Config{
		Brokers: fakeBrokers(t, kfake.TLS(a.server(t, true))),
		TLS:     true, TLSCAFile: a.file, Embedded: true,
	}
	refused(t, cfg, "tls: ")
	cfg.TLSCertFile, cfg.TLSKeyFile = newAuthority(t).issue(t)
	refused(t, cfg, "tls: ")
	cfg.TLSCertFile, cfg.TLSKeyFile = a.issue(t)
	writeAndRead(t, cfg)
}

// Real brokers, where the environment names some that want TLS and a login.
func TestWorkOverTLSRealBrokers(t *testing.T) {
	brokers := os.Getenv("MILLRACE_TLS_BROKERS")
	if brokers == "" {
		t.Skip("MILLRACE_TLS_BROKERS is not set: no real brokers with TLS (beside it MILLRACE_TLS_CA, " +
			"MILLRACE_SASL_MECHANISM, MILLRACE_SASL_USER and MILLRACE_SASL_PASSWORD)")
	}
	cfg := kafka.Config{
		Brokers: strings.Split(brokers, ","), TLS: true, TLSCAFile: os.Getenv("MILLRACE_TLS_CA"),
		SASLMechanism: os.Getenv("MILLRACE_SASL_MECHANISM"), SASLUser: os.Getenv("MILLRACE_SASL_USER"),
		SASLPassword: os.Getenv("MILLRACE_SASL_PASSWORD"),
	}
	writeAndRead(t, cfg)
	wrong := cfg
	wrong.TLSCAFile = newAuthority(t).file
	refused(t, wrong, "unknown authority")
	wrong = cfg
	wrong.TLS, wrong.TLSCAFile = false, ""
	refused(t, wrong, "TLS")
	if cfg.SASLMechanism != "" {
		wrong = cfg
		wrong.SASLPassword = "not " + cfg.SASLPassword
		loginRefused(t, wrong)
	}
}

// Every wrong setting is told within seconds, with the brokers and the reason.
func TestWrongSecuritySettings(t *testing.T) {
	a := newAuthority(t)
	login := []kfake.Opt{kfake.EnableSASL(), kfake.Superuser("SCRAM-SHA-256", "user", "secret")}
	plain := kafka.Config{Brokers: fakeBrokers(t, login...), Embedded: true, DialTimeout: 2 * time.Second}
	over := plain
	over.Brokers = fakeBrokers(t, append(login, kfake.TLS(a.server(t, false)))...)
	over.TLS, over.TLSCAFile = true, a.file
	for _, c := range []*kafka.Config{&plain, &over} {
		c.SASLMechanism, c.SASLUser, c.SASLPassword = "scram-sha-256", "user", "secret"
		check(t, admin(t, *c).Ping(within(t)))
	}

	wrong := over
	wrong.TLSCAFile = newAuthority(t).file
	refused(t, wrong, "unknown authority")
	wrong.TLSCAFile = ""
	refused(t, wrong, "certificate")
	wrong.TLS = false
	refused(t, wrong, "")
	wrong = plain
	wrong.TLS, wrong.TLSCAFile = true, a.file
	refused(t, wrong, "")

	wrong = over
	wrong.SASLPassword = "guess"
	refused(t, wrong, "") // these brokers close the connection; real ones answer

	wrong = over
	wrong.TLSCAFile = filepath.Join(t.TempDir(), "none.pem")
	if _, err := kafka.NewAdmin(wrong); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), wrong.TLSCAFile) {
		t.Errorf("no such file: %v", err)
	}
	_, keyFile := a.issue(t)
	wrong.TLSCAFile = keyFile
	if _, err := kafka.NewAdmin(wrong); err == nil || !strings.Contains(err.Error(), "no certificate in "+keyFile) {
		t.Errorf("a key in place of certificates: %v", err)
	}
}

// Brokers that answer a login with a refusal, as real ones do, are not asked
// again.
func TestRefusedLogin(t *testing.T) {
	c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.EnableSASL(), kfake.Superuser("PLAIN", "user", "secret"))
	check(t, err)
	t.Cleanup(c.Close)
	c.ControlKey(int16(kmsg.SASLAuthenticate), func(req kmsg.Request) (kmsg.Response, error, bool) {
		c.KeepControl()
		resp := req.ResponseKind().(*kmsg.SASLAuthenticateResponse)
		resp.ErrorCode = kerr.SaslAuthenticationFailed.Code
		return resp, nil, true
	})
	loginRefused(t, kafka.Config{
		Brokers: c.ListenAddrs(), SASLMechanism: "plain", SASLUser: "user", SASLPassword: "guess", Embedded: true,
	})
}

// refused wants the brokers to be out of reach, which is retried, and told so.
func refused(t *testing.T, cfg kafka.Config, why string) {
	t.Helper()
	cfg.DialTimeout = 2 * time.Second
	err := admin(t, cfg).Ping(within(t))
	var unreachable *kafka.UnreachableError
	if !errors.As(err, &unreachable) || !strings.Contains(err.Error(), cfg.Brokers[0]) || !strings.Contains(err.Error(), why) {
		t.Errorf("%v; want an UnreachableError that names %s and says %q", err, cfg.Brokers[0], why)
	}
}

// loginRefused wants an error that does not pass by itself and names the user.
func loginRefused(t *testing.T, cfg kafka.Config) {
	t.Helper()
	_, err := kafka.Ensure(within(t), cfg, kafka.Layout{})
	var unreachable *kafka.UnreachableError
	if err == nil || errors.As(err, &unreachable) || !strings.Contains(err.Error(), cfg.Brokers[0]) || !strings.Contains(err.Error(), `login of "`+cfg.SASLUser+`"`) {
		t.Errorf("%v; want one that names %s and %q", err, cfg.Brokers[0], cfg.SASLUser)
	}
	if err != nil && strings.Contains(err.Error(), cfg.SASLPassword) {
		t.Errorf("the error shows the password: %v", err)
	}
}

// writeAndRead makes a topic, commits to it in a transaction, reads it back, and
// joins a group over it.
func writeAndRead(t *testing.T, cfg kafka.Config) {
	t.Helper()
	topics, err := kafka.Ensure(within(t), cfg, kafka.Layout{})
	check(t, err)
	ends, err := admin(t, cfg).Ends(within(t), kafka.TopicDeadLetters)
	check(t, err)
	write(t, newTxn(t, cfg, unique(t, "txn")), kafka.TopicDeadLetters, "one", "two")
	if got := readAll(t, cfg, kafka.TopicDeadLetters, ends[0]); !strings.Contains(got, ":one") || !strings.Contains(got, ":two") {
		t.Errorf("read %q", got)
	}
	if topics.ID(kafka.TopicDeadLetters) == "" {
		t.Error("the topic has no id")
	}
	assigned(t, join(t, cfg, unique(t, "group"), kafka.TopicDeadLetters, unique(t, "member")), 1)
}
