// Command directory-monitor puts the documents of files into Kafka; see package monitor.
package main

import (
	"context"
	"os"

	"github.com/millrace/millrace/libs/daemon"
	monitor "github.com/millrace/millrace/services/directory-monitor"
)

func main() {
	var settings monitor.Settings
	os.Exit(daemon.Main(daemon.Program{
		Name:    "directory-monitor",
		Summary: "puts the documents of files into Kafka, each exactly once",
		Port:    monitor.DefaultPort,
		Flags:   settings.Flags,
		Run: func(ctx context.Context, p *daemon.Process) error {
			return monitor.RunAll(ctx, settings.Config(p), settings.Watch)
		},
	}, os.Args[1:]))
}
