// Command faults runs the services under faults; see package faults.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/millrace/millrace/integration/faults"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := faults.Main(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}
