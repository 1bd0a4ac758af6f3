// Command scheduler scans the streams for all registered queries and writes
// their results to Redis.
package main

import (
	"context"
	"os"

	"github.com/millrace/millrace/libs/daemon"
	"github.com/millrace/millrace/libs/results"
	"github.com/millrace/millrace/services/scheduler"
)

func main() {
	var settings scheduler.Settings
	os.Exit(daemon.Main(daemon.Program{
		Name:    "scheduler",
		Summary: "answers all registered queries in one shared scan",
		Port:    8083,
		Flags:   settings.Flags,
		Run: func(ctx context.Context, p *daemon.Process) error {
			results.LogClient(p.Log)
			cfg, err := settings.Config(p)
			if err != nil {
				return err
			}
			return scheduler.Run(ctx, cfg)
		},
	}, os.Args[1:]))
}
