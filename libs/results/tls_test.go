package results_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"net"
	"os"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"

	"github.com/millrace/millrace/libs/results"
)

// selfSigned makes a certificate for loopback, and a pool that trusts it.
func selfSigned(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "millrace test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

// checkServer asks a Redis once.
func checkServer(t *testing.T, s results.Server) error {
	t.Helper()
	rdb := results.Connect(s)
	defer rdb.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	return results.CheckServer(ctx, rdb)
}

func TestTLSAndLogin(t *testing.T) {
	cert, pool := selfSigned(t)
	m, err := miniredis.RunTLS(&tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	m.RequireUserAuth("user", "secret")
	checkLogin(t, results.Server{
		Addr: m.Addr(), Username: "user", Password: "secret",
		TLS: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12},
	})
}

// A real Redis, where the environment names one that wants TLS and a login.
func TestTLSAndLoginRealRedis(t *testing.T) {
	addr := os.Getenv("MILLRACE_TLS_REDIS")
	if addr == "" {
		t.Skip("MILLRACE_TLS_REDIS is not set: no real Redis with TLS and a login (beside it MILLRACE_REDIS_TLS_CA, " +
			"MILLRACE_REDIS_USER and MILLRACE_REDIS_PASSWORD)")
	}
	pem, err := os.ReadFile(os.Getenv("MILLRACE_REDIS_TLS_CA"))
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	checkLogin(t, results.Server{
		Addr: addr, Username: os.Getenv("MILLRACE_REDIS_USER"), Password: os.Getenv("MILLRACE_REDIS_PASSWORD"),
		TLS: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12},
	})
}

// checkLogin wants the right settings to be taken, and each wrong one to be told
// for what it is: none of them may look like a Redis that is set up wrongly,
// which would end a service.
func checkLogin(t *testing.T, right results.Server) {
	t.Helper()
	if err := checkServer(t, right); err != nil {
		t.Fatalf("the right settings: %v", err)
	}
	_, other := selfSigned(t)
	for name, c := range map[string]struct {
		change func(*results.Server)
		reason string
	}{
		"wrong password":    {func(s *results.Server) { s.Password = "guess" }, "auth"},
		"no login":          {func(s *results.Server) { s.Username, s.Password = "", "" }, "auth"},
		"unknown authority": {func(s *results.Server) { s.TLS = &tls.Config{RootCAs: other, MinVersion: tls.VersionTLS12} }, "unavailable"},
		"no TLS":            {func(s *results.Server) { s.TLS = nil }, "unavailable"},
	} {
		s := right
		c.change(&s)
		err := checkServer(t, s)
		if err == nil || errors.Is(err, results.ErrUnsuitable) || results.Reason(err) != c.reason {
			t.Errorf("%s: %v, reason %q, want %q", name, err, results.Reason(err), c.reason)
		}
		var unknown x509.UnknownAuthorityError
		if name == "unknown authority" && !errors.As(err, &unknown) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
