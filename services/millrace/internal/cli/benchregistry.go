package cli

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/millrace/millrace/libs/daemon"
	"github.com/millrace/millrace/services/millrace/internal/bench"
	"github.com/millrace/millrace/services/millrace/internal/bench/registry"
	"github.com/millrace/millrace/services/scheduler"
)

// benchRegistry is the flags of `millrace bench registry`.
type benchRegistry struct {
	benchStand
	source          benchScan // of the input
	mix             string
	queries, starts int
	adds, many      int
	rate            int
	quiet, rest     time.Duration
	of              string
	heap, heapOf    string
}

func benchRegistryCommand() *cobra.Command {
	var b benchRegistry
	cmd := &cobra.Command{
		Use:   "registry",
		Short: "Measure how queries come and go, over a Kafka and a Redis",
		Long: "Measures, with a scheduler on one pinned core over a Kafka and a Redis that are given, how soon it is ready when\n" +
			"it starts with --queries registered, how soon one query that is added beside them is in the plan and live while\n" +
			"posts come, how soon --many that are added at once are, for how long the scan stands still meanwhile, and whether\n" +
			"memory comes back when all are dropped. Registrations are written to the registry as query-parser writes them,\n" +
			"without it: what it takes to check a submission is not in these times.\n\n" +
			"Kafka and Redis must not hold anything of Millrace's, for names are fixed; what was made is deleted in the\n" +
			"end. Kafka and Redis are best on this machine, and no other work.",
		Example: "  millrace bench registry --brokers 127.0.0.1:9092 --redis 127.0.0.1:6379\n" +
			"  millrace bench registry --queries 10000 --many 1000 --format json\n" +
			"  millrace bench registry --profile start.prof --profile-of start",
		Args: noArguments,
	}
	b.flags(cmd, "", b.more, b.run)
	return cmd
}

// more are its own flags.
func (b *benchRegistry) more(f *daemon.Flags) {
	f.Int(&b.queries, "queries", 100_000, 1, 1_000_000, "`NUMBER` of queries that are registered")
	f.Choice(&b.mix, "mix", "mixed", standing(), "which queries, as of bench scan")
	f.Int(&b.starts, "starts", 3, 1, 1000, "how often a scheduler is started with them; medians are printed")
	f.Int(&b.adds, "adds", 200, 1, 1_000_000, "`NUMBER` of queries that are added one at a time")
	f.Int(&b.many, "many", 10_000, 1, 1_000_000, "`NUMBER` of queries that are added at once")
	f.Int(&b.rate, "rate", 20, 1, 1_000_000, "generated tweets a second that come while queries are added")
	f.Duration(&b.quiet, "quiet", 5*time.Second, 0, time.Hour, "for how long tweets come before queries do, to compare with")
	f.Duration(&b.rest, "rest", 90*time.Second, 0, time.Hour, "for how long the scheduler is left alone when all are dropped, until memory is looked at again")
	f.Choice(&b.of, "profile-of", registry.OfStart, registry.Profiled(), "what --profile is of: the last start, one query at a time, many at once, or dropping all")
	f.String(&b.heap, "heap-profile", "", "`FILE` that takes a profile of the scheduler's memory")
	f.Choice(&b.heapOf, "heap-profile-of", registry.OfAll, registry.Heaps(), "what --heap-profile is of: with all queries, or when all are dropped")
}

func (b *benchRegistry) run(cmd *cobra.Command) error {
	servers, command, err := b.servers("registry")
	if err != nil {
		return err
	}
	cfg := registry.Config{
		Servers: servers, Command: command, Reset: b.reset,
		Mix: b.mix, Seed: uint64(b.seed), Queries: b.queries, Starts: b.starts, Adds: b.adds, Many: b.many,
		Rate: float64(b.rate), Quiet: b.quiet, Rest: b.rest, ProfileOf: b.of, HeapOf: b.heapOf,
		Checkpointed: scheduler.DefaultCheckpointInterval * 3 / 2,
		Progress:     func(text string) { fmt.Fprintln(cmd.ErrOrStderr(), text) },
	}
	// Batches of about 20 posts, so that they come evenly.
	const documents, batch = 2000, 96 << 10
	b.source.input, b.source.documents, b.source.seed = "generated", documents, uint64(b.seed)
	in, err := b.source.read()
	if err != nil {
		return err
	}
	cfg.Input = in.Cut(batch)
	var line registry.Line
	err = profiled("profile", b.profile, &cfg.Profile, func() error {
		return profiled("heap-profile", b.heap, &cfg.Heap, func() (err error) {
			line, err = registry.Run(cmd.Context(), cfg)
			return err
		})
	})
	if err != nil {
		return err
	}
	if b.format == "json" {
		return bench.WriteJSON(cmd.OutOrStdout(), []registry.Line{line})
	}
	return registry.WriteTable(cmd.OutOrStdout(), &line)
}
