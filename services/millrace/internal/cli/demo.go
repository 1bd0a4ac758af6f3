package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/millrace/millrace/libs/daemon"
	"github.com/millrace/millrace/libs/embedded"
	"github.com/millrace/millrace/libs/results"
	"github.com/millrace/millrace/services/millrace"
	"github.com/millrace/millrace/services/presentation"
)

// portsTried is how many ports from the default one on the demo tries.
const portsTried = 100

func demoCommand() *cobra.Command {
	var (
		d      millrace.Demo
		rate   int
		seed   int
		listen string
		closed bool
		level  daemon.LogSettings
	)
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Show Millrace at work: everything embedded, tweets flowing, 200 queries, the web page",
		Long: "Runs all services over an embedded log and result store, submits 200 sample queries, lets generated\n" +
			"tweets flow and opens the web page. Nothing else is needed, and nothing is left when it ends (Ctrl-C).",
		Example: "  millrace demo\n" +
			"  millrace demo --rate 2000 --no-open",
		Args: noArguments,
	}
	f := daemon.WrapFlags(cmd.Flags())
	f.Int(&rate, "rate", 200, 1, 100_000, "how many tweets flow per second")
	f.Bool(&d.Full, "full", false, "tweets as long as real ones, 4.5 KB instead of 700 bytes")
	f.Int(&seed, "seed", 1, 0, 1<<31-1, "another seed gives other tweets")
	f.Listen(&listen, presentation.DefaultPort, "`ADDRESS` of the web page, host:port; without this flag the next free port is taken")
	f.Bool(&closed, "no-open", false, "do not open the page in a browser")
	f.Choice(&level.Level, "log-level", "warn", []string{"debug", "info", "warn", "error"}, "least severe messages that are logged")
	f.Choice(&level.Format, "log-format", "auto", []string{"auto", "text", "json"}, "auto is text on a terminal, else json")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := f.Resolve(os.LookupEnv); err != nil {
			return err
		}
		if listen == "" {
			return daemon.Usagef("--listen is empty: give an address, as in --listen 127.0.0.1:%d", presentation.DefaultPort)
		}
		begun := time.Now()
		log := level.Logger(cmd.ErrOrStderr())
		results.LogClient(log)
		listener, err := listenNear(cmd.Context(), listen, !f.Given("listen"))
		if err != nil {
			return err
		}
		stack, err := millrace.Open(millrace.Config{Layout: millrace.DemoLayout(), Log: log})
		if err != nil {
			return errors.Join(err, listener.Close())
		}
		out := cmd.OutOrStdout()
		page := pageAddress(listener.Addr())
		fmt.Fprintf(out, "%s: nothing is left when this ends\n", stack.Embedded())
		if !isPort(listener.Addr(), listen) {
			fmt.Fprintf(out, "%s is taken: the page is on another port\n", listen)
		}
		d.Rate, d.Seed = float64(rate), uint64(seed)
		d.Options = millrace.Options{Limits: millrace.DemoLimits(), Listener: listener, Metrics: daemon.NewRegistry()}
		d.Tell = millrace.DemoTold{
			Ready: func() {
				fmt.Fprintf(out, "\n  %s\n\n", page)
				if !closed {
					openPage(page)
				}
			},
			Live: func(queries int) {
				fmt.Fprintf(out, "%d queries are live; %d tweets per second begin to flow %s\n", queries, rate, embedded.Label)
			},
			First: func() {
				fmt.Fprintf(out, "first results after %.1f s; Ctrl-C ends it\n", time.Since(begun).Seconds())
			},
		}
		err = stack.Demo(cmd.Context(), d)
		stack.Close()
		if err == nil {
			fmt.Fprintln(out, "ended; nothing is left")
		}
		return err
	}
	return cmd
}

// listenNear listens on an address or, if its port is taken and others will do, on
// one of the next ports that is free.
func listenNear(ctx context.Context, address string, others bool) (net.Listener, error) {
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", address)
	host, text, _ := net.SplitHostPort(address)
	port, _ := strconv.Atoi(text)
	for next := port + 1; others && errors.Is(err, syscall.EADDRINUSE) && next < port+portsTried; next++ {
		if free, other := config.Listen(ctx, "tcp", net.JoinHostPort(host, strconv.Itoa(next))); other == nil {
			return free, nil
		}
	}
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %s (choose another address with --listen): %w", address, err)
	}
	return l, nil
}

// isPort reports whether an address has the port that was asked for; 0 is any.
func isPort(addr net.Addr, asked string) bool {
	_, have, _ := net.SplitHostPort(addr.String())
	_, want, _ := net.SplitHostPort(asked)
	return have == want || want == "0"
}

// pageAddress is where a browser on this computer finds the page.
func pageAddress(addr net.Addr) string {
	host, port, err := net.SplitHostPort(addr.String())
	if ip := net.ParseIP(host); err == nil && ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port)
}

// openPage opens the page in a browser where there is a display. Its address is
// printed anyway.
func openPage(address string) {
	var cmd *exec.Cmd
	switch runtime.GOOS {
	case "darwin":
		cmd = exec.Command("open", address)
	case "windows":
		cmd = exec.Command("rundll32", "url.dll,FileProtocolHandler", address)
	default:
		if os.Getenv("DISPLAY") == "" && os.Getenv("WAYLAND_DISPLAY") == "" {
			return
		}
		cmd = exec.Command("xdg-open", address)
	}
	if cmd.Start() == nil {
		go func() { _ = cmd.Wait() }()
	}
}
