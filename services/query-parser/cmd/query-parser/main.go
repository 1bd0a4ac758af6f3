// Command query-parser turns submissions on millrace.queries into registered
// standing queries.
package main

import (
	"context"
	"os"

	"github.com/millrace/millrace/libs/daemon"
	queryparser "github.com/millrace/millrace/services/query-parser"
)

func main() {
	var settings queryparser.Settings
	os.Exit(daemon.Main(daemon.Program{
		Name:    "query-parser",
		Summary: "checks submitted queries and registers them for the schedulers",
		Port:    8082,
		Flags:   settings.Flags,
		Run: func(ctx context.Context, p *daemon.Process) error {
			return queryparser.Run(ctx, settings.Config(p))
		},
	}, os.Args[1:]))
}
