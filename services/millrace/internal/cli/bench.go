package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/millrace/millrace/libs/daemon"
	"github.com/millrace/millrace/libs/sql"
	"github.com/millrace/millrace/services/millrace"
	"github.com/millrace/millrace/services/millrace/internal/bench"
	"github.com/millrace/millrace/services/millrace/internal/bench/engine"
	"github.com/millrace/millrace/services/millrace/internal/bench/mix"
	"github.com/millrace/millrace/services/millrace/internal/replay"
)

func benchCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "bench",
		Short: "Measure how fast this machine answers many queries",
		Args:  noArguments,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(benchScanCommand(), benchPipelineCommand(), benchRegistryCommand(), benchChildCommand())
	return cmd
}

// benchScan is the flags of `millrace bench scan`.
type benchScan struct {
	queries, mixes, engines []string
	levels                  []string
	input, script, format   string
	profile                 string
	cores, decoders         []string
	documents               int
	rounds                  int
	seed                    uint64
	round, limit            time.Duration
	lean, verify            bool
}

func benchScanCommand() *cobra.Command {
	var b benchScan
	cmd := &cobra.Command{
		Use:   "scan",
		Short: "Measure the scan in one process: decode, evaluate, aggregate",
		Long: "Measures how fast documents are decoded and evaluated under many standing queries, in this process, over\n" +
			"input that is in memory, on pinned cores. Nothing is sent anywhere. Every combination of --mix, --engine,\n" +
			"--share and --queries is a cell; in every round each is made anew, in turn, and medians are printed.\n\n" +
			"Mixes of queries:\n" + mixList() + "\n" +
			"Engines: shared is Millrace; closure has our decoder, and a compiled closure for each query; segmentio is the\n" +
			"same over documents that segmentio/encoding decodes into a struct.\n\n" +
			"Levels of sharing, for the engine shared, each with all before it: " + strings.Join(engine.Ladder(), ", ") + ";\n" +
			"all,-NAME leaves one out. scan: one decoder and one set of indexes for all queries. subexpressions: equal\n" +
			"predicates, combinations, selections and values are one (without it, no two queries have anything above them\n" +
			"in common either). aggregations: one table for each selection and grouping, with every aggregate once, and\n" +
			"the keys of groups once for all tables. fragments, the last step to all: posts are counted by the disjoint\n" +
			"pieces of overlapping ranges, not range by range.",
		Example: "  millrace bench scan --mix mixed --queries 1,100,1000,10000\n" +
			"  millrace bench scan --mix overlap --queries 1000 --share none --share all,-aggregations --share all\n" +
			"  millrace bench scan --sql queries.sql --engine shared,closure --input tweets.ndjson.zst --format json\n" +
			"  millrace bench scan --verify --mix mixed --queries 100 --documents 2000",
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return measured(cmd, b.run) },
	}
	f := cmd.Flags()
	f.StringSliceVar(&b.queries, "queries", []string{"1", "100", "1000", "10000"}, "`NUMBERS` of standing queries")
	f.StringSliceVar(&b.mixes, "mix", []string{"mixed"}, "`NAMES` of mixes of queries")
	f.StringVar(&b.script, "sql", "", "`FILE` of queries of your own instead of a mix, as run -f takes it")
	f.StringSliceVar(&b.engines, "engine", []string{"shared"}, "`NAMES` of engines: "+strings.Join(engine.Names(), ", "))
	f.StringArrayVar(&b.levels, "share", []string{"all"}, "a `LEVEL` of sharing; may be repeated")
	f.StringVar(&b.input, "input", "generated", "`FILE` of JSON lines (.gz, .zst), or generated")
	f.IntVar(&b.documents, "documents", 0, "most documents held in memory (default all of a file, 20000 generated ones)")
	f.BoolVar(&b.lean, "lean", false, "generate tweets of about 700 bytes instead of 4.5 KB")
	f.StringSliceVar(&b.cores, "cores", []string{"1"}, "`NUMBERS` of cores that are used, and pinned to; 1,2 tells the ratio")
	f.StringSliceVar(&b.decoders, "decoder", []string{bench.Auto}, "`NAMES` of paths of the decoder: auto, the best that this machine has, or portable, in plain Go")
	f.IntVar(&b.rounds, "rounds", 3, "how often each cell is measured; medians are printed")
	f.DurationVar(&b.round, "round", time.Second, "how long a cell is measured in one round, at least")
	f.DurationVar(&b.limit, "limit", 30*time.Second, "how long a cell is measured in all; slow ones run on a prefix of the input")
	f.Uint64Var(&b.seed, "seed", 1, "another seed gives other queries and other generated tweets")
	f.StringVar(&b.format, "format", "table", "how the figures are printed: table or json")
	f.StringVar(&b.profile, "profile", "", "`FILE` that takes a processor profile of the last cell, for go tool pprof")
	f.BoolVar(&b.verify, "verify", false, "measure nothing, and compare results query by query: of all engines, levels and decoders that were not left out")
	return cmd
}

// measured runs what measures. To be interrupted is a failure: nothing has been told.
func measured(cmd *cobra.Command, run func(cmd *cobra.Command) error) error {
	err := run(cmd)
	if errors.Is(err, context.Canceled) && cmd.Context().Err() != nil {
		return errors.New("interrupted before the end: there are no figures")
	}
	return err
}

// mixList describes the mixes, one a line.
func mixList() string {
	var b strings.Builder
	for _, m := range mix.All() {
		fmt.Fprintf(&b, "  %-13s %s\n", m.Name, m.Doc)
	}
	return b.String()
}

func (b *benchScan) run(cmd *cobra.Command) error {
	if b.verify {
		b.whatIsVerified(cmd)
	}
	cfg, err := b.config(cmd)
	if err != nil {
		return err
	}
	if cfg.Own, err = b.own(); err != nil {
		return err
	}
	if cfg.Own != nil && !cmd.Flags().Changed("queries") {
		cfg.Queries = nil
	}
	cfg.Progress = func(text string) { fmt.Fprintln(cmd.ErrOrStderr(), text) }
	cfg.Progress("reading " + b.input)
	if cfg.Input, err = b.read(); err != nil {
		return err
	}
	out := cmd.OutOrStdout()
	if b.verify {
		verified, err := bench.Verify(cmd.Context(), cfg)
		for _, v := range verified {
			fmt.Fprintf(out, "%s, %d queries over %d documents: equal: closure; %s\n", v.Mix, v.Queries, v.Documents, strings.Join(v.Against, "; "))
		}
		return err
	}
	var lines []bench.Line
	err = profiled("profile", b.profile, &cfg.Profile, func() (err error) {
		lines, err = bench.Run(cmd.Context(), cfg)
		return err
	})
	if err != nil {
		return err
	}
	if b.format == "json" {
		return bench.WriteJSON(out, lines)
	}
	return bench.WriteTable(out, lines)
}

// profiled runs what writes a profile to into, which is the file that was named by the
// flag, or stays nil where none was.
func profiled(flag, name string, into *io.Writer, run func() error) (err error) {
	if name == "" {
		return run()
	}
	file, err := os.Create(name)
	if err != nil {
		return daemon.Usagef("--%s: %w", flag, err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	*into = file
	return run()
}

// whatIsVerified makes everything that was not chosen everything there is.
func (b *benchScan) whatIsVerified(cmd *cobra.Command) {
	given := cmd.Flags().Changed
	if !given("engine") {
		b.engines = engine.Names()
	}
	if !given("share") {
		b.levels = append(engine.Ladder(), engine.LeftOut()...)
	}
	if !given("mix") {
		b.mixes = mix.Names()
	}
	if !given("decoder") {
		b.decoders = bench.Decoders()
	}
	if !given("queries") {
		b.queries = []string{"100"}
	}
	if !given("documents") {
		b.documents = 2000
	}
}

// config checks the flags.
func (b *benchScan) config(cmd *cobra.Command) (bench.Config, error) {
	cfg := bench.Config{
		Engines: b.engines, Levels: b.levels, Mixes: b.mixes, Decoders: b.decoders,
		Rounds: b.rounds, Round: b.round, Limit: b.limit, Seed: b.seed, Spare: 1000,
	}
	var err error
	if cfg.Queries, err = numbers("queries", b.queries, 1_000_000, "as in 1,100,1000"); err != nil {
		return cfg, err
	}
	if cfg.Cores, err = numbers("cores", b.cores, runtime.NumCPU(), "which this machine has"); err != nil {
		return cfg, err
	}
	for _, name := range b.mixes {
		if err := known("mix", name, mix.Names()); err != nil {
			return cfg, err
		}
	}
	for _, name := range b.engines {
		if err := known("engine", name, engine.Names()); err != nil {
			return cfg, err
		}
	}
	for _, name := range b.decoders {
		if err := known("decoder", name, bench.Decoders()); err != nil {
			return cfg, err
		}
	}
	for _, text := range b.levels {
		if _, err := engine.ParseLevel(text); err != nil {
			return cfg, daemon.Usagef("--share: %w", err)
		}
	}
	if err := known("format", b.format, []string{"table", "json"}); err != nil {
		return cfg, err
	}
	switch {
	case b.rounds < 1 || b.documents < 0 || b.round < 0 || b.limit <= 0:
		return cfg, daemon.Usagef("--rounds, --documents, --round and --limit must not be negative, nor --rounds and --limit zero")
	case b.script != "" && cmd.Flags().Changed("mix"):
		return cfg, daemon.Usagef("--sql and --mix do not go together: the queries are those of the file")
	case b.lean && b.input != "generated":
		return cfg, daemon.Usagef("--lean says how tweets are generated, and does not go with --input %s", b.input)
	}
	return cfg, nil
}

// numbers reads a list of numbers from 1 to most; what says more about those.
func numbers(flag string, list []string, most int, what string) ([]int, error) {
	var out []int
	for _, text := range list {
		n, err := strconv.Atoi(strings.TrimSpace(text))
		if err != nil || n < 1 || n > most {
			return nil, daemon.Usagef("--%s: %q is not allowed here; allowed: numbers from 1 to %d, %s", flag, text, most, what)
		}
		out = append(out, n)
	}
	return out, nil
}

// known refuses a name that is not among those allowed.
func known(flag, name string, allowed []string) error {
	if slices.Contains(allowed, name) {
		return nil
	}
	if near := daemon.Nearest(name, allowed); near != "" {
		return daemon.Usagef("--%s: there is no %q, did you mean %s?", flag, name, near)
	}
	return daemon.Usagef("--%s: %q is not allowed here; allowed: %s", flag, name, strings.Join(allowed, ", "))
}

// own reads the file of queries, if there is one.
func (b *benchScan) own() (*bench.Script, error) {
	if b.script == "" {
		return nil, nil
	}
	own, err := statements(nil, []string{b.script})
	if err != nil {
		return nil, err
	}
	s := &bench.Script{Name: "sql:" + filepath.Base(b.script)}
	for _, st := range own.stmts {
		root, err := sql.CompileStanding(st.SQL, own.catalog)
		if err != nil {
			return nil, own.place(&millrace.StatementError{ID: st.ID, Err: err})
		}
		s.IDs, s.Plans = append(s.IDs, st.ID), append(s.Plans, root)
	}
	return s, nil
}

// read reads or makes the documents.
func (b *benchScan) read() (in *bench.Input, err error) {
	if b.input == "generated" {
		n := b.documents
		if n == 0 {
			n = 20_000
		}
		return bench.Generated(b.seed, n, b.lean)
	}
	file, err := replay.Open(b.input)
	if err != nil {
		return nil, daemon.Usagef("--input: %w", err)
	}
	defer func(file io.Closer) { err = errors.Join(err, file.Close()) }(file)
	if in, err = bench.Read(b.input, file, b.documents); err != nil {
		return nil, err
	}
	if in.Documents == 0 {
		return nil, daemon.Usagef("--input: %s has no documents", b.input)
	}
	return in, nil
}
