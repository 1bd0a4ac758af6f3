package daemon

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"log/slog"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// clientFiles makes a certificate and its key, and returns their files.
func clientFiles(t *testing.T) (certFile, keyFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	write := func(name, kind string, der []byte) string {
		file := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	return write("cert.pem", "CERTIFICATE", der), write("key.pem", "EC PRIVATE KEY", keyDER)
}

// parseServers reads the settings of Kafka and Redis.
func parseServers(args []string, pairs map[string]string) (k KafkaSettings, r RedisSettings, err error) {
	f := NewFlags("thing")
	f.Kafka(&k)
	f.Redis(&r)
	err = f.Parse(args, env(pairs))
	return k, r, err
}

// Where a setting comes from makes no difference, and a file that only TLS has
// use for turns it on.
func TestSecuritySettings(t *testing.T) {
	cert, key := clientFiles(t)
	config := filepath.Join(t.TempDir(), "millrace.yaml")
	text := "sasl-user: anna\ntls-key: " + key + "\nredis-user: results\n"
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	k, r, err := parseServers(
		[]string{"--config", config, "--brokers", "a:1,b:2", "--tls-cert", cert, "--redis-tls-ca", cert},
		map[string]string{
			"MILLRACE_SASL_MECHANISM": "scram-sha-512", "MILLRACE_SASL_PASSWORD": "s3cret", "MILLRACE_TLS_CA": cert,
			"MILLRACE_REDIS_PASSWORD": "hidden",
		})
	if err != nil {
		t.Fatal(err)
	}
	c := k.Config("thing", slog.New(slog.DiscardHandler))
	if !c.TLS || c.TLSCAFile != cert || c.TLSCertFile != cert || c.TLSKeyFile != key ||
		c.SASLMechanism != "scram-sha-512" || c.SASLUser != "anna" || c.SASLPassword != "s3cret" || len(c.Brokers) != 2 {
		t.Errorf("kafka: %+v", c)
	}
	if err := c.Validate(); err != nil {
		t.Error(err)
	}
	if !r.TLS.Enabled || r.User != "results" || r.Password != "hidden" {
		t.Errorf("redis: %+v", r)
	}
	tls, err := r.TLS.Config()
	if err != nil || tls == nil || tls.RootCAs == nil || len(tls.Certificates) != 0 || tls.InsecureSkipVerify {
		t.Errorf("redis: TLS %+v, %v", tls, err)
	}
	if tls, err = k.TLS.Config(); err != nil || len(tls.Certificates) != 1 {
		t.Errorf("kafka: TLS %+v, %v", tls, err)
	}
}

// Wrong settings are told before anything is started, with the flag, the file
// and what is allowed; a password is not shown.
func TestWrongSecuritySettings(t *testing.T) {
	cert, key := clientFiles(t)
	for _, test := range []struct {
		args []string
		want []string
	}{
		{[]string{"--tls-ca", "/does/not/exist"}, []string{"--tls-ca", "/does/not/exist"}},
		{[]string{"--tls-ca", key}, []string{"--tls-ca", key, "no PEM certificate"}},
		{[]string{"--tls-cert", cert}, []string{"--tls-cert and --tls-key go together"}},
		{[]string{"--tls-cert", key, "--tls-key", key}, []string{"--tls-cert", "certificate PEM data"}},
		{[]string{"--redis-tls-key", key}, []string{"--redis-tls-cert and --redis-tls-key go together"}},
		{[]string{"--redis-tls-ca", key}, []string{"--redis-tls-ca", key}},
		{[]string{"--sasl-mechanism", "scram-sha-512", "--sasl-password", "s3cret"}, []string{"--sasl-user"}},
		{[]string{"--sasl-mechanism", "gssapi", "--sasl-password", "s3cret"}, []string{"--sasl-mechanism", "gssapi", "scram-sha-256"}},
		{[]string{"--brokers", "kafka"}, []string{"--brokers", "kafka", "host:port"}},
		{[]string{"--redis", "redis://127.0.0.1:6379"}, []string{"--redis", "host:port"}},
	} {
		_, _, err := parseServers(test.args, nil)
		if err == nil || ExitCode(err) != ExitUsage {
			t.Errorf("%q: %v, exit %d", test.args, err, ExitCode(err))
			continue
		}
		for _, want := range test.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%q: %v, want %q in it", test.args, err, want)
			}
		}
		if strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%q: the password is shown: %v", test.args, err)
		}
	}
}
