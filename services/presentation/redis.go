package presentation

import (
	"context"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/millrace/millrace/libs/daemon"
	"github.com/millrace/millrace/libs/results"
)

// watchRedis reports whether Redis answers, and warns of one that would lose
// results.
func watchRedis(ctx context.Context, cfg Config, rdb redis.UniversalClient) error {
	outage := daemon.NewOutage(cfg.Clock, cfg.Log, "reach redis at "+cfg.Redis.Addr)
	warned := false
	for {
		timed, cancel := context.WithTimeout(ctx, redisEvery)
		err := results.CheckServer(timed, rdb)
		cancel()
		if ctx.Err() != nil {
			return nil
		}
		if errors.Is(err, results.ErrUnsuitable) {
			if !warned {
				cfg.Log.Warn("results may be lost", "error", err)
			}
			warned, err = true, nil
		}
		cfg.Ready.Report(readyRedis, err)
		wait := redisEvery
		if err != nil {
			outage.Failed(err)
			wait = time.Second
		} else {
			outage.Recovered()
		}
		if cfg.Clock.Sleep(ctx, wait) != nil {
			return nil
		}
	}
}
