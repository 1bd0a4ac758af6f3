package faults

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/millrace/millrace/libs/results"
)

// Main is the command of this package: it reads the arguments, runs, prints, and
// returns the exit code: 1 when the promise was broken, 2 when the run could not be
// made.
func Main(ctx context.Context, args []string) int {
	var cfg Config
	flag := flag.NewFlagSet("faults", flag.ContinueOnError)
	var only string
	var keep bool
	flag.Uint64Var(&cfg.Seed, "seed", 0, "seed of the faults, files and queries; 0 for another one each time")
	flag.DurationVar(&cfg.Duration, "duration", 2*time.Minute, "how long faults strike; settling and checking come on top")
	flag.Float64Var(&cfg.Rate, "rate", 300, "lines written per second")
	flag.StringVar(&only, "only", "", "names, or beginnings of names, of faults; comma separated")
	flag.BoolVar(&cfg.Alone, "alone", false, "never two faults at once")
	flag.StringVar(&cfg.Bin, "bin", "bin/faults", "folder with the services, built with the tag faults")
	flag.StringVar(&cfg.Dir, "dir", "", "folder for logs and data; empty: a temporary one, kept if the run fails")
	flag.BoolVar(&keep, "keep", false, "keep logs and data in any case")
	if flag.Parse(args) != nil {
		return 2
	}
	if only != "" {
		cfg.Only = strings.Split(only, ",")
	}
	err := cfg.FromEnvironment()
	temporary := cfg.Dir == ""
	if err == nil && temporary {
		cfg.Dir, err = os.MkdirTemp("", "millrace-faults-")
	}
	if err == nil {
		err = os.MkdirAll(cfg.Dir, 0o700)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "faults:", err)
		return 2
	}
	history, err := os.Create(filepath.Join(cfg.Dir, "history.log"))
	if err != nil {
		fmt.Fprintln(os.Stderr, "faults:", err)
		return 2
	}
	defer history.Close()
	results.LogClient(slog.New(slog.DiscardHandler)) // Redis is away on purpose
	cfg.Out = io.MultiWriter(os.Stdout, history)
	report, err := Run(ctx, cfg)
	if printErr := report.Print(cfg.Out); printErr != nil {
		return 2
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "faults: %v\nrepeat it: make faults SEED=%d DURATION=%s; logs are in %s\n", err, report.Seed(), cfg.Duration, cfg.Dir)
		return 1
	}
	if temporary && !keep {
		_ = os.RemoveAll(cfg.Dir)
	}
	return 0
}
