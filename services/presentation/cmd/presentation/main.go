// Command presentation serves standing queries and their results over HTTP.
package main

import (
	"context"
	"os"

	"github.com/millrace/millrace/libs/daemon"
	"github.com/millrace/millrace/libs/results"
	"github.com/millrace/millrace/services/presentation"
)

func main() {
	var settings presentation.Settings
	os.Exit(daemon.Main(daemon.Program{
		Name:      "presentation",
		Summary:   "serves standing queries and their results over HTTP",
		Port:      presentation.DefaultPort,
		OwnServer: true,
		Flags:     settings.Flags,
		Run: func(ctx context.Context, p *daemon.Process) error {
			results.LogClient(p.Log)
			cfg, err := settings.Config(p)
			if err != nil {
				return err
			}
			return presentation.Run(ctx, cfg)
		},
	}, os.Args[1:]))
}
