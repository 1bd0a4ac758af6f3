package daemon

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/pflag"

	"github.com/millrace/millrace/libs/metrics"
)

// DefaultDrain is the default of --drain: with what is left of ten seconds the
// process ends by itself before Docker, which waits that long, kills it.
const DefaultDrain = 8 * time.Second

// Program describes one binary.
type Program struct {
	Name    string // as it is called: directory-monitor
	Summary string // one line of help
	// Port is the default port of --listen on loopback.
	Port int
	// OwnServer: Run serves HTTP on Process.Listen by itself (with
	// [AdminRoutes]); otherwise Main serves /healthz, /readyz and /metrics.
	OwnServer bool
	// Flags registers the program's own settings; those for logging, --listen,
	// --drain and --config are there already. May be nil.
	Flags func(*Flags)
	// Run is the program. It returns soon after ctx ends.
	Run func(ctx context.Context, p *Process) error
}

// Process is what [Main] has set up for a running program.
type Process struct {
	Name, Version string
	Log           *slog.Logger
	Clock         Clock
	Registry      *metrics.Registry
	Ready         *Readiness
	Listen        string        // address of --listen, "" if turned off
	Drain         time.Duration // time to finish in after a signal
}

// Main runs a program with the arguments that follow its name and returns its
// exit code. Besides flags it knows the subcommands healthcheck, healthcheck
// ready and version.
func Main(program Program, args []string) int {
	return run(program, args, os.LookupEnv, os.Stdout, os.Stderr)
}

func run(program Program, args []string, env LookupEnv, stdout, stderr io.Writer) int {
	var (
		logging LogSettings
		listen  string
		drain   time.Duration
		version bool
	)
	flags := NewFlags(program.Name)
	if program.Flags != nil {
		program.Flags(flags)
	}
	serves := "`ADDRESS` of /healthz, /readyz and /metrics, host:port; empty for none"
	if program.OwnServer {
		serves = "`ADDRESS` of the HTTP API, /healthz, /readyz and /metrics, host:port"
	}
	flags.Listen(&listen, program.Port, serves)
	flags.Duration(&drain, "drain", DefaultDrain, 0, 10*time.Minute, "how long to finish work after SIGTERM or SIGINT")
	flags.Log(&logging)
	flags.Bool(&version, "version", false, "print the version")
	flags.set.SetOutput(io.Discard)
	flags.set.Usage = func() {}

	command := ""
	if len(args) > 0 && (args[0] == "healthcheck" || args[0] == "version") {
		command, args = args[0], args[1:]
	}
	check := Healthcheck
	if command == "healthcheck" && len(args) > 0 && args[0] == "ready" {
		check, args = Readycheck, args[1:]
	}
	if command != "" {
		flags.checks = nil // an image's health check need not repeat the program's settings
	}
	err := flags.Parse(args, env)
	if errors.Is(err, pflag.ErrHelp) {
		printHelp(stdout, program, flags)
		return ExitOK
	}
	if (err == nil && version) || command == "version" {
		fmt.Fprintln(stdout, program.Name, Version())
		return ExitOK
	}
	if err == nil && command == "healthcheck" {
		err = check(context.Background(), listen)
	} else if err == nil {
		process := &Process{
			Name: program.Name, Version: Version(), Log: logging.Logger(stderr).With("service", program.Name),
			Clock: RealClock{}, Registry: NewRegistry(), Ready: NewReadiness(), Listen: listen, Drain: drain,
		}
		return supervise(program, process)
	}
	if err != nil {
		fmt.Fprintf(stderr, "%s: %v\n", program.Name, err)
	}
	return ExitCode(err)
}

// NewRegistry returns a registry with the metrics of the Go runtime and the
// process.
func NewRegistry() *metrics.Registry {
	registry := metrics.NewRegistry()
	registry.Register(metrics.GoRuntime())
	registry.Register(metrics.Process())
	return registry
}

// supervise runs the program and its admin server until one of them ends or a
// signal comes, and gives them the drain time to finish. A second signal ends
// the wait.
func supervise(program Program, p *Process) int {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	defer signal.Stop(signals)

	parts := []func(context.Context) error{func(ctx context.Context) error { return program.Run(ctx, p) }}
	if !program.OwnServer && p.Listen != "" {
		mux := http.NewServeMux()
		AdminRoutes(mux, p.Registry, p.Ready)
		parts = append(parts, func(ctx context.Context) error { return Serve(ctx, p.Log, p.Listen, mux, p.Drain) })
	}
	p.Log.Info("starting", "version", p.Version)
	for _, text := range UnknownVariables(os.Environ()) {
		p.Log.Warn(text)
	}
	ended := make(chan error, len(parts))
	for _, part := range parts {
		go func() { ended <- part(ctx) }()
	}
	err := await(p, len(parts), ended, signals, cancel)
	if code := ExitCode(err); code != ExitOK {
		p.Log.Error("stopped", "error", err)
		return code
	}
	p.Log.Info("stopped")
	return ExitOK
}

// sameSignal is how soon after one signal another means the same: a terminal and
// the program that started this one may both send it.
const sameSignal = time.Second

// await collects the ends of all parts. The first end, or a signal, stops the
// others and starts the drain time. It returns the first real error.
func await(p *Process, parts int, ended <-chan error, signals <-chan os.Signal, cancel func()) error {
	var (
		first    error
		deadline <-chan time.Time
		stopped  time.Time
	)
	stop := func() {
		cancel()
		if deadline == nil {
			stopped = p.Clock.Now()
			deadline = p.Clock.After(p.Drain)
		}
	}
	for parts > 0 {
		select {
		case err := <-ended:
			parts--
			if ExitCode(err) != ExitOK && first == nil {
				first = err
			}
			stop()
		case s := <-signals:
			switch {
			case deadline == nil:
			case p.Clock.Now().Sub(stopped) < sameSignal:
				continue
			default:
				return fmt.Errorf("%s came again before the work was finished", s)
			}
			p.Log.Info("stopping", "signal", s.String(), "drain", p.Drain.String())
			stop()
		case <-deadline:
			if first != nil {
				return first
			}
			return fmt.Errorf("not finished %s after being told to stop (--drain)", p.Drain)
		}
	}
	return first
}
