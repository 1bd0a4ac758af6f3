package results

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// Server says where Redis is and how to get in.
type Server struct {
	Addr     string // host:port
	Username string
	Password string
	DB       int
	TLS      *tls.Config // nil: none
}

// AnswerTimeout is how long an answer of Redis is waited for; then the client asks
// again, three times.
const AnswerTimeout = 5 * time.Second

// Connect returns a client that connects when it is first used. The caller
// closes it.
func Connect(s Server) redis.UniversalClient {
	return redis.NewClient(&redis.Options{
		Addr:      s.Addr,
		Username:  s.Username,
		Password:  s.Password,
		DB:        s.DB,
		TLSConfig: s.TLS,

		ReadTimeout: AnswerTimeout,
	})
}

// LogClient makes the Redis client tell its troubles with connections to log, at
// level debug: callers report what follows from them. It sets a variable of the
// client's package, so a program calls it once, before its first [Connect].
func LogClient(log *slog.Logger) { redis.SetLogger(clientLog{log}) }

type clientLog struct{ log *slog.Logger }

// Printf logs one line.
func (c clientLog) Printf(ctx context.Context, format string, args ...any) {
	c.log.DebugContext(ctx, fmt.Sprintf(format, args...))
}

// ErrUnsuitable says that a Redis server is set up in a way in which it would
// lose results.
var ErrUnsuitable = errors.New("redis is not set up for results")

// checkPatience bounds [CheckServer].
const checkPatience = 3 * time.Second

// CheckServer reads INFO and fails with ErrUnsuitable if the server evicts keys
// when memory is out, is a replica or part of a Redis Cluster. What the server
// does not tell is taken to be right. A server that stays silent is given up
// after some seconds, as one is that gets a TLS handshake and does not speak TLS.
func CheckServer(ctx context.Context, rdb redis.UniversalClient) error {
	ctx, cancel := context.WithTimeout(ctx, checkPatience)
	defer cancel()
	text, err := rdb.Info(ctx).Result()
	if err != nil {
		return fmt.Errorf("read INFO of redis: %w", advise(rdb, classify(err)))
	}
	info := map[string]string{}
	for line := range strings.Lines(text) {
		if k, v, ok := strings.Cut(strings.TrimSpace(line), ":"); ok {
			info[k] = v
		}
	}
	if p, ok := info["maxmemory_policy"]; ok && p != "noeviction" {
		return fmt.Errorf("%w: maxmemory-policy is %s, so Redis may throw results away; set it to noeviction", ErrUnsuitable, p)
	}
	if info["redis_mode"] == "cluster" {
		return fmt.Errorf("%w: it is part of a Redis Cluster, which is not supported; use one primary with replicas", ErrUnsuitable)
	}
	if info["role"] == "slave" {
		return fmt.Errorf("%w: it is a replica of %s:%s; use the primary", ErrUnsuitable, info["master_host"], info["master_port"])
	}
	return nil
}

// Reset deletes everything that this package has ever written, whoever wrote it.
// Nothing may be writing at the time.
func Reset(ctx context.Context, rdb redis.UniversalClient) (keys int64, err error) {
	it := rdb.Scan(ctx, 0, prefix+"*", 1000).Iterator()
	var batch []string
	flush := func() error {
		if len(batch) == 0 {
			return nil
		}
		n, err := rdb.Unlink(ctx, batch...).Result()
		keys, batch = keys+n, batch[:0]
		return err
	}
	for it.Next(ctx) {
		if batch = append(batch, it.Val()); len(batch) == 500 {
			if err := flush(); err != nil {
				return keys, fmt.Errorf("delete results: %w", classify(err))
			}
		}
	}
	if err := it.Err(); err != nil {
		return keys, fmt.Errorf("list results: %w", classify(err))
	}
	if err := flush(); err != nil {
		return keys, fmt.Errorf("delete results: %w", classify(err))
	}
	return keys, nil
}
