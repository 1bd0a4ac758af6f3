package kafka

import (
	"context"
	"errors"
	"net"
	"os"
	"strings"
	"time"
)

// errSilent is what is said of a server that takes connections and stays silent.
var errSilent = errors.New("connected, but it does not answer as Kafka (is this Redis, or a TLS port?)")

// timedOut reports whether err is of a wait that was in vain.
func timedOut(err error) bool {
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded)
}

// How long Kafka may take to answer before it is asked what it is, and a
// stranger to that question.
const (
	probeAfter = time.Second
	probeTime  = time.Second
)

// stranger asks the servers at the brokers' addresses what they are by what
// Kafka does not answer, and says so of the first that is something else.
func (c Config) stranger(ctx context.Context) error {
	for _, addr := range c.Brokers {
		if err := c.named(probe(ctx, addr)); err != nil {
			if c.Reach != nil {
				c.Reach.failed(addr, err)
			}
			return err
		}
	}
	return nil
}

// named tells by the first bytes of an answer what a server is that is not Kafka.
func (c Config) named(head string) error {
	switch {
	case strings.HasPrefix(head, "+PONG"), strings.HasPrefix(head, "-NOAUTH"), strings.HasPrefix(head, "-DENIED"), strings.HasPrefix(head, "-ERR"):
		return errors.New("connected, but it does not answer as Kafka: it is Redis; are --brokers and --redis swapped?")
	case strings.HasPrefix(head, "HTTP/"):
		return errors.New("connected, but it does not answer as Kafka: it is an HTTP server; give Kafka's address in --brokers")
	case !c.TLS && strings.HasPrefix(head, "\x15\x03"):
		return errors.New("connected, but it does not answer as Kafka: this port speaks TLS: set --tls, or --tls-ca")
	default:
		return nil
	}
}

// probe returns the first bytes that a server answers to Redis' PING, "" if none
// come.
func probe(ctx context.Context, addr string) string {
	ctx, cancel := context.WithTimeout(ctx, probeTime)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", addr)
	if err != nil {
		return ""
	}
	defer conn.Close()
	deadline, _ := ctx.Deadline()
	if conn.SetDeadline(deadline) != nil {
		return ""
	}
	if _, err := conn.Write([]byte("PING\r\n")); err != nil {
		return ""
	}
	head := make([]byte, 16)
	n, _ := conn.Read(head)
	return string(head[:n])
}

// connects reports whether one of the brokers' addresses takes connections.
func (c Config) connects(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, probeTime)
	defer cancel()
	for _, addr := range c.Brokers {
		if conn, err := new(net.Dialer).DialContext(ctx, "tcp", addr); err == nil {
			_ = conn.Close()
			return true
		}
	}
	return false
}
