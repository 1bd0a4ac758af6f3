package results_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"github.com/millrace/millrace/libs/results"
)

// server is a Redis to test against.
type server struct {
	addr string
	rdb  redis.UniversalClient
	mini *miniredis.Miniredis // nil: a real one
}

// expire lets the time pass after which keys with a TTL are gone.
func (s *server) expire(t *testing.T, ttl time.Duration) {
	t.Helper()
	if s.mini != nil {
		s.mini.FastForward(ttl)
		return
	}
	time.Sleep(ttl + 5*time.Millisecond)
}

// eachServer runs a test on miniredis, and on a real Redis where a redis-server
// is installed.
func eachServer(t *testing.T, test func(t *testing.T, s *server)) {
	t.Helper()
	t.Run("miniredis", func(t *testing.T) {
		m := miniredis.RunT(t)
		test(t, connect(t, m.Addr(), m))
	})
	t.Run("redis", func(t *testing.T) {
		test(t, connect(t, startRedis(t), nil))
	})
}

func connect(t *testing.T, addr string, m *miniredis.Miniredis) *server {
	t.Helper()
	rdb := results.Connect(results.Server{Addr: addr})
	t.Cleanup(func() { rdb.Close() })
	return &server{addr: addr, rdb: rdb, mini: m}
}

// startRedis starts a real Redis without persistence on a free port.
func startRedis(t testing.TB, args ...string) string {
	t.Helper()
	bin, err := exec.LookPath("redis-server")
	if err != nil {
		t.Skip("skipped: no redis-server on PATH to test against")
	}
	for range 5 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		port := l.Addr().(*net.TCPAddr).Port
		l.Close()
		cmd := exec.Command(bin, append([]string{
			"--port", fmt.Sprint(port), "--bind", "127.0.0.1", "--dir", t.TempDir(), "--save", "", "--appendonly", "no",
			"--maxmemory-policy", "noeviction",
		}, args...)...)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		exited := make(chan struct{})
		go func() {
			_ = cmd.Wait()
			close(exited)
		}()
		stop := func() {
			_ = cmd.Process.Kill()
			<-exited
		}
		addr := fmt.Sprintf("127.0.0.1:%d", port)
		if answers(addr, exited) {
			t.Cleanup(stop)
			return addr
		}
		stop()
	}
	t.Fatal("redis-server does not start")
	return ""
}

func answers(addr string, exited <-chan struct{}) bool {
	rdb := redis.NewClient(&redis.Options{Addr: addr, MaxRetries: -1})
	defer rdb.Close()
	for range 500 {
		select {
		case <-exited:
			return false
		default:
		}
		if rdb.Ping(context.Background()).Err() == nil {
			return true
		}
		time.Sleep(10 * time.Millisecond)
	}
	return false
}

func TestCheckServer(t *testing.T) {
	ctx := context.Background()
	t.Run("noeviction", func(t *testing.T) {
		s := connect(t, startRedis(t), nil)
		if err := results.CheckServer(ctx, s.rdb); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("eviction", func(t *testing.T) {
		s := connect(t, startRedis(t, "--maxmemory-policy", "allkeys-lru"), nil)
		err := results.CheckServer(ctx, s.rdb)
		if !errors.Is(err, results.ErrUnsuitable) || !strings.Contains(err.Error(), "allkeys-lru") {
			t.Fatalf("got %v", err)
		}
	})
	t.Run("cluster", func(t *testing.T) {
		s := connect(t, startRedis(t, "--cluster-enabled", "yes"), nil)
		if err := results.CheckServer(ctx, s.rdb); !errors.Is(err, results.ErrUnsuitable) {
			t.Fatalf("got %v", err)
		}
	})
	t.Run("miniredis tells nothing", func(t *testing.T) {
		s := connect(t, miniredis.RunT(t).Addr(), nil)
		if err := results.CheckServer(ctx, s.rdb); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("away", func(t *testing.T) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		addr := l.Addr().String()
		l.Close()
		s := connect(t, addr, nil)
		if err := results.CheckServer(ctx, s.rdb); !errors.Is(err, results.ErrUnavailable) {
			t.Fatalf("got %v", err)
		}
	})
}

func TestReset(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		ctx := context.Background()
		w := taken(t, s, 0, 1)
		for i := range 700 {
			apply(t, w, 1, rows(fmt.Sprintf("q%d", i), 1, "[]", `{"n":1}`))
		}
		if err := s.rdb.Set(ctx, "other", "stays", 0).Err(); err != nil {
			t.Fatal(err)
		}
		n, err := results.Reset(ctx, s.rdb)
		if err != nil || n != 700*3+2 { // rows, meta, versions; fence, topics
			t.Fatalf("deleted %d keys, %v", n, err)
		}
		keys, err := s.rdb.Keys(ctx, "*").Result()
		if err != nil || len(keys) != 1 || keys[0] != "other" {
			t.Fatalf("left %v, %v", keys, err)
		}
	})
}
