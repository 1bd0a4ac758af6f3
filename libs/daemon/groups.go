package daemon

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"os"
	"strconv"
)

// RedisSettings say how to reach Redis.
type RedisSettings struct {
	Address        string // host:port
	Optional       bool   // no address is allowed: the result store is embedded
	User, Password string
	TLS            TLSSettings
	DB             int
}

// Redis registers --redis and its user, password, TLS and database.
func (f *Flags) Redis(r *RedisSettings) {
	f.String(&r.Address, "redis", "127.0.0.1:6379", "Redis `ADDRESS`, host:port")
	f.String(&r.User, "redis-user", "", "`USER` name for Redis")
	f.Secret(&r.Password, "redis-password", "`PASSWORD` for Redis (better given by "+EnvName("redis-password")+")")
	f.Int(&r.DB, "redis-db", 0, 0, 1<<20, "number of the Redis database")
	f.TLS(&r.TLS, "redis-", "Redis")
	f.Check(func() error {
		if r.Address == "" && r.Optional {
			return nil
		}
		return checkAddress("--redis", r.Address)
	})
}

// TLSSettings name the PEM files of a TLS client.
type TLSSettings struct {
	Enabled       bool
	CA, Cert, Key string
}

// TLS registers --PREFIXtls, --PREFIXtls-ca, --PREFIXtls-cert and --PREFIXtls-key
// for reaching peer.
func (f *Flags) TLS(t *TLSSettings, prefix, peer string) {
	f.Bool(&t.Enabled, prefix+"tls", false, "reach "+peer+" over TLS (also when a CA or certificate is given)")
	f.String(&t.CA, prefix+"tls-ca", "", "PEM `FILE` with the authorities that "+peer+"'s certificate may come from")
	f.String(&t.Cert, prefix+"tls-cert", "", "PEM `FILE` with the client's certificate for "+peer)
	f.String(&t.Key, prefix+"tls-key", "", "PEM `FILE` with the client's key for "+peer)
	f.Check(func() error { return t.check("--" + prefix + "tls-") })
}

// check also turns TLS on when a file is named.
func (t *TLSSettings) check(prefix string) error {
	if (t.Cert == "") != (t.Key == "") {
		return Usagef("%scert and %skey go together: give both or neither", prefix, prefix)
	}
	if t.CA != "" || t.Cert != "" {
		t.Enabled = true
	}
	if _, err := t.Config(); err != nil {
		return Usagef("%sca, %scert, %skey: %w", prefix, prefix, prefix, err)
	}
	return nil
}

// Config reads the files. It is nil when TLS is off.
func (t *TLSSettings) Config() (*tls.Config, error) {
	if !t.Enabled {
		return nil, nil
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if t.CA != "" {
		pem, err := os.ReadFile(t.CA)
		if err != nil {
			return nil, err
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("%s holds no PEM certificate", t.CA)
		}
	}
	if t.Cert != "" {
		pair, err := tls.LoadX509KeyPair(t.Cert, t.Key)
		if err != nil {
			return nil, err
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return config, nil
}

// Listen registers --listen with a default port on loopback. The empty text
// turns the listener off.
func (f *Flags) Listen(p *string, port int, usage string) {
	f.String(p, "listen", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), usage)
	f.Check(func() error {
		if *p == "" {
			return nil
		}
		return checkAddress("--listen", *p)
	})
}

// checkAddress wants host:port; the host may be empty.
func checkAddress(flag, address string) error {
	_, port, err := net.SplitHostPort(address)
	if err == nil {
		if n, perr := strconv.ParseUint(port, 10, 16); perr == nil && (n > 0 || flag == "--listen") {
			return nil
		}
	}
	return Usagef("%s: %q is not allowed here; allowed: host:port, such as 127.0.0.1:9092", flag, address)
}
