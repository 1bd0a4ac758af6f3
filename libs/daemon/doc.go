// Package daemon is what every Millrace program has in common around its
// Run(ctx, Config): settings, logging, health, metrics, a clock, shutdown.
//
// Its main noun is the [Program]: a name, the settings that it registers on
// [Flags], and the function that is the program. [Main] reads the settings
// (flag, else environment variable, else configuration file, else default),
// checks them once, sets up slog, serves /healthz, /readyz and /metrics, turns
// SIGTERM and SIGINT into a cancelled context with a bounded time to finish,
// and returns the exit code: 0 done, 1 failed, 2 wrong usage.
//
// It holds no state outside of the values that it returns and knows nothing of
// topics, queries or results.
//
//	func main() {
//		var settings monitor.Settings
//		os.Exit(daemon.Main(daemon.Program{
//			Name:  "directory-monitor",
//			Flags: settings.Flags,
//			Run: func(ctx context.Context, p *daemon.Process) error {
//				return monitor.Run(ctx, settings.Config(p))
//			},
//		}, os.Args[1:]))
//	}
package daemon
