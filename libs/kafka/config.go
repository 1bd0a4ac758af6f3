package kafka

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"
)

// DefaultMaxRecordBytes is the largest record batch that the topics take unless
// told otherwise: room for a line of 1 MiB on top of a batch of 1 MiB, with
// headers, escapes and blocks of deltas to spare.
const DefaultMaxRecordBytes = 4 << 20

// Config says where the brokers are and how to talk to them.
type Config struct {
	Brokers  []string // host:port; at least one
	ClientID string   // shown in the broker's logs and metrics; "millrace" if empty

	TLS           bool
	TLSCAFile     string // PEM; empty: the system's roots
	TLSCertFile   string // PEM, for client authentication; with TLSKeyFile
	TLSKeyFile    string
	TLSServerName string // empty: the broker's host name
	TLSSkipVerify bool

	SASLMechanism string // empty, plain, scram-sha-256 or scram-sha-512
	SASLUser      string
	SASLPassword  string

	DialTimeout    time.Duration // 0: 5 s
	MaxRecordBytes int           // largest record batch to produce; 0: DefaultMaxRecordBytes
	Uncompressed   bool          // record batches are written as they are, for measurements; else with lz4

	// Embedded marks the in-process log of package embedded, whose version is
	// not checked.
	Embedded bool

	// Logger hears when brokers cannot be reached and when they answer again.
	// nil: nothing is logged.
	Logger *slog.Logger

	// Reach says it instead, once for all clients of a process that share it.
	// nil: each client says it by itself.
	Reach *Reach

	// Redis is the address of the result store, for messages that name a command
	// to type; empty where the process does not know it.
	Redis string
}

// ResetCommand is the command line that clears derived state with these servers,
// or, with everything, every topic and all results. Passwords are left out.
func (c Config) ResetCommand(everything bool) string {
	args := []string{"millrace reset"}
	if everything {
		args = append(args, "--all")
	}
	redis := c.Redis
	if redis == "" {
		redis = "HOST:PORT"
	}
	args = append(args, "--yes --brokers", strings.Join(c.Brokers, ","), "--redis", redis)
	for _, f := range [][2]string{
		{"--tls-ca", c.TLSCAFile},
		{"--tls-cert", c.TLSCertFile},
		{"--tls-key", c.TLSKeyFile},
		{"--sasl-mechanism", c.SASLMechanism},
		{"--sasl-user", c.SASLUser},
	} {
		if f[1] != "" {
			args = append(args, f[0], f[1])
		}
	}
	if c.TLS && c.TLSCAFile == "" && c.TLSCertFile == "" {
		args = append(args, "--tls")
	}
	return strings.Join(args, " ")
}

// withReach gives a Config with a Logger a Reach of its own if it has none.
func (c Config) withReach() Config {
	if c.Reach == nil && c.Logger != nil {
		c.Reach = NewReach(c.Logger)
	}
	return c
}

// unreachable says that no broker answers.
func (c Config) unreachable(err error) *UnreachableError {
	return &UnreachableError{Brokers: c.Brokers, Err: c.advise(err), Told: c.Reach.told()}
}

// Validate checks the settings without talking to anyone.
func (c Config) Validate() error {
	if len(c.Brokers) == 0 {
		return errors.New("no Kafka brokers given: set --brokers to host:port,…")
	}
	for _, b := range c.Brokers {
		if strings.TrimSpace(b) == "" {
			return fmt.Errorf("an empty broker address among %q: write --brokers as host:port,…", strings.Join(c.Brokers, ","))
		}
	}
	if (c.TLSCertFile == "") != (c.TLSKeyFile == "") {
		return errors.New("client authentication by TLS needs both a certificate file and a key file")
	}
	if c.SASLMechanism == "" && (c.SASLUser != "" || c.SASLPassword != "") {
		return errors.New("a SASL user or password is set but no mechanism: use plain, scram-sha-256 or scram-sha-512")
	}
	_, err := c.mechanism()
	return err
}

func (c Config) maxRecordBytes() int32 {
	if c.MaxRecordBytes > 0 {
		return int32(c.MaxRecordBytes)
	}
	return DefaultMaxRecordBytes
}

func (c Config) dialTimeout() time.Duration {
	if c.DialTimeout > 0 {
		return c.DialTimeout
	}
	return 5 * time.Second
}
