package kafka_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"

	"github.com/millrace/millrace/libs/kafka"
)

func TestConfigValidate(t *testing.T) {
	for want, c := range map[string]kafka.Config{
		"no Kafka brokers given":          {},
		"an empty broker address":         {Brokers: []string{"a:1", ""}},
		"needs both":                      {Brokers: []string{"a:1"}, TLSCertFile: "x"},
		"but no mechanism":                {Brokers: []string{"a:1"}, SASLUser: "x"},
		`unknown SASL mechanism "gssapi"`: {Brokers: []string{"a:1"}, SASLMechanism: "gssapi"},
	} {
		if err := c.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", c, err, want)
		}
	}
}

// certificate makes a self-signed one for 127.0.0.1 and returns its file.
func certificate(t *testing.T) (tls.Certificate, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(t, err)
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "millrace test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	check(t, err)
	file := filepath.Join(t.TempDir(), "ca.pem")
	check(t, os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, file
}

// TLS and every mechanism are spoken; a wrong password is refused.
func TestSecurity(t *testing.T) {
	cert, ca := certificate(t)
	mechanisms := map[string]string{"plain": "PLAIN", "scram-sha-256": "SCRAM-SHA-256", "scram-sha-512": "SCRAM-SHA-512"}
	opts := []kfake.Opt{
		kfake.NumBrokers(1), kfake.EnableSASL(), kfake.TLS(&tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}),
	}
	for _, name := range mechanisms {
		opts = append(opts, kfake.Superuser(name, "user", "secret"))
	}
	c, err := kfake.NewCluster(opts...)
	check(t, err)
	defer c.Close()
	for mechanism := range mechanisms {
		cfg := kafka.Config{
			Brokers: c.ListenAddrs(), TLS: true, TLSCAFile: ca,
			SASLMechanism: mechanism, SASLUser: "user", SASLPassword: "secret", Embedded: true,
		}
		a := admin(t, cfg)
		if _, err := a.Topics(within(t), "none"); err != nil {
			t.Errorf("%s: %v", mechanism, err)
		}
		cfg.SASLPassword = "guess"
		if err := admin(t, cfg).Ping(within(t)); err == nil {
			t.Errorf("%s: a wrong password was taken", mechanism)
		}
	}
}

func TestResetCommand(t *testing.T) {
	for want, c := range map[string]kafka.Config{
		"millrace reset --yes --brokers a:1,b:2 --redis r:3":         {Brokers: []string{"a:1", "b:2"}, Redis: "r:3"},
		"millrace reset --yes --brokers a:1 --redis HOST:PORT --tls": {Brokers: []string{"a:1"}, TLS: true},
		"millrace reset --yes --brokers a:1 --redis r:3 --tls-ca ca.pem --sasl-mechanism plain --sasl-user anna": {
			Brokers: []string{"a:1"}, Redis: "r:3", TLS: true, TLSCAFile: "ca.pem", SASLMechanism: "plain", SASLUser: "anna", SASLPassword: "secret",
		},
	} {
		if got := c.ResetCommand(false); got != want {
			t.Errorf("%q, want %q", got, want)
		}
		if got := c.ResetCommand(true); got != strings.Replace(want, "reset ", "reset --all ", 1) {
			t.Errorf("all: %q", got)
		}
	}
}
