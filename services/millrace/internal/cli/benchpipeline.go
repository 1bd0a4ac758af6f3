package cli

import (
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/millrace/millrace/libs/daemon"
	"github.com/millrace/millrace/services/millrace/internal/bench"
	"github.com/millrace/millrace/services/millrace/internal/bench/mix"
	"github.com/millrace/millrace/services/millrace/internal/bench/pipeline"
)

// benchPipeline is the flags of `millrace bench pipeline`.
type benchPipeline struct {
	benchStand
	source              benchScan // of the input
	mixes, compressions []string
	queries, documents  int
	bytes, batch        int64
	rounds              int
	round               time.Duration
	latency, steady     time.Duration
	sample, warm        time.Duration
	load                string
	lean                bool
	input               string
}

func benchPipelineCommand() *cobra.Command {
	var b benchPipeline
	cmd := &cobra.Command{
		Use:   "pipeline",
		Short: "Measure all of it, over a Kafka and a Redis",
		Long: "Measures how fast a scheduler on one pinned core answers standing queries over a Kafka and a Redis that are\n" +
			"given: posts are in the tweets topic beforehand, nobody writes to it meanwhile, and the clock goes from the\n" +
			"first fetch until Redis has the results of the last post. The same queries over the same posts are measured\n" +
			"in this process too, as `bench scan` does, on the same core in the same rounds, and the ratio is told.\n\n" +
			"--latency measures from before the produce request of a batch until results with all of it can be read from\n" +
			"Redis, while posts come at --load of the measured speed. --steady watches the scheduler under that load, and\n" +
			"tells how memory, goroutines and lag have changed over the second half. Posts that results have are deleted\n" +
			"from the topic; Kafka gives their place back only as often as log.retention.check.interval.ms says.\n\n" +
			"Kafka and Redis must not hold anything of Millrace's, for names are fixed; what was made is deleted in the\n" +
			"end. Kafka and Redis are best on this machine, and no other work.",
		Example: "  millrace bench pipeline --brokers 127.0.0.1:9092 --redis 127.0.0.1:6379\n" +
			"  millrace bench pipeline --mix mixed --compression lz4 --latency 30s --format json\n" +
			"  millrace bench pipeline --mix mixed --compression lz4 --rounds 1 --steady 10m",
		Args: noArguments,
	}
	b.flags(cmd, " in the last round of the last cell", b.more, b.run)
	return cmd
}

// more are its own flags.
func (b *benchPipeline) more(f *daemon.Flags) {
	f.Int(&b.queries, "queries", 1000, 1, 1_000_000, "`NUMBER` of standing queries")
	f.List(&b.mixes, "mix", []string{"keywords", "mixed"}, "`NAMES` of mixes of queries, as of bench scan")
	f.String(&b.input, "input", "generated", "`FILE` of JSON lines (.gz, .zst), or generated")
	f.Int(&b.documents, "documents", 0, 0, 1<<40, "most documents held in memory (default all of a file, 40000 generated ones)")
	f.Bool(&b.lean, "lean", false, "generate tweets of about 700 bytes instead of 4.5 KB")
	f.Size(&b.bytes, "bytes", 1<<30, 0, 1<<50, "least bytes in the topic: the documents are repeated until it has them; 0 for once")
	f.Size(&b.batch, "batch", bench.BatchBytes, 1, 1<<20, "bytes of a batch, which is a record of the topic")
	f.List(&b.compressions, "compression", pipeline.Compressions(), "`NAMES` of compressions of the topic: "+strings.Join(pipeline.Compressions(), ", "))
	f.Int(&b.rounds, "rounds", 3, 1, 1000, "how often each cell is measured; medians are printed")
	f.Duration(&b.round, "round", 2*time.Second, time.Millisecond, time.Minute, "how long the scan in this process is measured in one round, at least")
	f.Duration(&b.latency, "latency", 0, 0, 24*time.Hour, "for how long latencies are measured under load; 0: they are not")
	f.Duration(&b.steady, "steady", 0, 0, 7*24*time.Hour, "for how long it is watched whether anything grows; 0: it is not")
	f.Duration(&b.sample, "sample", 5*time.Second, 10*time.Millisecond, time.Hour, "how often --steady looks at the scheduler")
	f.String(&b.load, "load", "0.5", "`SHARE` of the measured speed at which posts come, of --latency and --steady")
	f.Duration(&b.warm, "warm", 3*time.Second, 0, time.Hour, "how long a load lasts before anything is counted")
}

// warnings logs what services of a benchmark warn of.
func warnings(cmd *cobra.Command) *slog.Logger {
	return slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), &slog.HandlerOptions{Level: slog.LevelWarn}))
}

func (b *benchPipeline) run(cmd *cobra.Command) error {
	cfg, err := b.config()
	if err != nil {
		return err
	}
	cfg.Log = warnings(cmd)
	cfg.Progress = func(text string) { fmt.Fprintln(cmd.ErrOrStderr(), text) }
	cfg.Progress("reading " + b.input)
	b.source.input, b.source.documents, b.source.lean, b.source.seed = b.input, b.documents, b.lean, uint64(b.seed)
	if b.source.documents == 0 && b.input == "generated" {
		b.source.documents = 40_000
	}
	in, err := b.source.read()
	if err != nil {
		return err
	}
	cfg.Input = in.Cut(int(b.batch))
	var lines []pipeline.Line
	err = profiled("profile", b.profile, &cfg.Profile, func() (err error) {
		lines, err = pipeline.Run(cmd.Context(), cfg)
		return err
	})
	if err != nil {
		return err
	}
	if b.format == "json" {
		return bench.WriteJSON(cmd.OutOrStdout(), lines)
	}
	return pipeline.WriteTable(cmd.OutOrStdout(), lines)
}

// config checks the flags.
func (b *benchPipeline) config() (pipeline.Config, error) {
	cfg := pipeline.Config{
		Reset: b.reset,
		Bytes: b.bytes, Compressions: b.compressions, Mixes: b.mixes, Queries: b.queries, Seed: uint64(b.seed),
		Rounds: b.rounds, Round: b.round, Latency: b.latency, Steady: b.steady, Sample: b.sample, Warm: b.warm,
	}
	for _, name := range b.mixes {
		if err := known("mix", name, standing()); err != nil {
			return cfg, err
		}
	}
	for _, name := range b.compressions {
		if err := known("compression", name, pipeline.Compressions()); err != nil {
			return cfg, err
		}
	}
	if _, err := fmt.Sscanf(b.load, "%g", &cfg.Load); err != nil || cfg.Load <= 0 || cfg.Load > 10 {
		return cfg, daemon.Usagef("--load: %q is not allowed here; allowed: a share such as 0.5, above 0 and up to 10", b.load)
	}
	switch {
	case len(b.mixes) == 0 || len(b.compressions) == 0:
		return cfg, daemon.Usagef("--mix and --compression must not be empty")
	case b.lean && b.input != "generated":
		return cfg, daemon.Usagef("--lean says how tweets are generated, and does not go with --input %s", b.input)
	}
	var err error
	cfg.Servers, cfg.Command, err = b.servers("pipeline")
	return cfg, err
}

// standing returns the names of the mixes whose queries stay.
func standing() []string {
	var names []string
	for _, m := range mix.All() {
		if !m.Churns {
			names = append(names, m.Name)
		}
	}
	return names
}
