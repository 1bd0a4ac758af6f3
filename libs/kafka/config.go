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

	// Embedded marks the in-process log of package embedded, whose version is
	// not checked.
	Embedded bool

	// Logger hears when brokers cannot be reached and when they answer again.
	// nil: nothing is logged.
	Logger *slog.Logger
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
