package faults

import (
	"context"
	"errors"
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
	var only, drills, written, sum string
	var keep, hurry bool
	var count int
	flag.Uint64Var(&cfg.Seed, "seed", 0, "seed of the faults, files and queries; 0 for another one each time")
	flag.DurationVar(&cfg.Duration, "duration", 2*time.Minute, "how long faults strike; settling and checking come on top")
	flag.Float64Var(&cfg.Rate, "rate", 300, "lines written per second")
	flag.StringVar(&only, "only", "", "names, or beginnings of names, of faults; comma separated")
	flag.BoolVar(&cfg.Alone, "alone", false, "never two faults at once")
	flag.StringVar(&cfg.Bin, "bin", "bin/faults", "folder with the services, built with the tag faults")
	flag.StringVar(&cfg.Dir, "dir", "", "folder for logs and data; empty: a temporary one, kept if the run fails")
	flag.StringVar(&drills, "drill", "", "names of drills to run instead, comma separated; all of them: all")
	flag.IntVar(&count, "count", 0, "how often a drill does what it does; 0: as often as it usually does")
	flag.Float64Var(&cfg.Slack, "slack", 1, "factor for the bounds of drills, for a machine that does other things, too")
	flag.BoolVar(&hurry, "hurry", false, "have drills do less")
	flag.StringVar(&cfg.Planted, "planted", "", "a bug that the services are to have; the run succeeds if it is caught")
	flag.StringVar(&written, "report", "", "file that the run is written down in, as one more line of JSON")
	flag.StringVar(&sum, "sum", "", "only print the table of all runs that are written down in this file")
	flag.BoolVar(&keep, "keep", false, "keep logs and data in any case")
	if flag.Parse(args) != nil {
		return 2
	}
	if sum != "" {
		if err := Sum(sum, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, "faults:", err)
			return 2
		}
		return 0
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
	if drills == "" {
		err = once(ctx, cfg, written)
	} else {
		err = Drills(ctx, cfg, strings.Split(drills, ","), count, hurry)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "faults: %v\nlogs are in %s\n", err, cfg.Dir)
		return 1
	}
	if temporary && !keep {
		_ = os.RemoveAll(cfg.Dir)
	}
	return 0
}

// once makes one run of faults, prints its report, and writes it down where that is
// asked for.
func once(ctx context.Context, cfg Config, written string) error {
	report, err := Run(ctx, cfg)
	if err != nil {
		err = fmt.Errorf("%w\nrepeat it: make faults SEED=%d DURATION=%s", err, report.Seed(), cfg.Duration)
	}
	if written != "" {
		err = errors.Join(err, report.Append(written))
	}
	return errors.Join(report.Print(cfg.Out), err)
}
