package faults

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/millrace/millrace/integration/ledger"
)

// store is the harness's own Redis. It writes every change into its append-only
// file before it acknowledges it, so that only FLUSHALL and an older file lose
// what was acknowledged.
type store struct {
	*process
	direct string
	dir    string
	client *redis.Client
}

func newStore(j *journal, cfg *Config, p *ports) (*store, error) {
	s := &store{direct: p.next(), dir: filepath.Join(cfg.Dir, "redis")}
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return nil, err
	}
	host, port, err := net.SplitHostPort(s.direct)
	if err != nil {
		return nil, err
	}
	conf := filepath.Join(cfg.Dir, "redis.conf")
	text := fmt.Sprintf("port %s\nbind %s\ndir %s\nsave \"\"\nappendonly yes\nappendfsync no\nauto-aof-rewrite-percentage 0\nmaxmemory-policy noeviction\n", port, host, s.dir)
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		return nil, err
	}
	s.process, err = newProcess(j, cfg.Dir, cfg.Redis, "redis", conf)
	s.client = redis.NewClient(&redis.Options{Addr: s.direct, DialTimeout: time.Second, ReadTimeout: 2 * time.Second})
	return s, err
}

// turnBack copies the append-only file, and a while later starts Redis over the
// copy: what it acknowledged in between is lost, which it says while Redis is down. It
// returns when Redis was killed.
func (s *store) turnBack(ctx context.Context, age, away time.Duration, lost func()) (struck time.Time, err error) {
	files, old := filepath.Join(s.dir, "appendonlydir"), filepath.Join(s.dir, "old")
	if err := os.RemoveAll(old); err != nil {
		return struck, err
	}
	if err := os.CopyFS(old, os.DirFS(files)); err != nil {
		return struck, err
	}
	ledger.Pause(ctx, age)
	struck = time.Now()
	s.down(syscall.SIGKILL, redisEnds)
	ledger.Pause(ctx, away)
	lost()
	if err := os.RemoveAll(files); err != nil {
		return struck, err
	}
	if err := os.Rename(old, files); err != nil {
		return struck, err
	}
	return struck, s.start()
}
