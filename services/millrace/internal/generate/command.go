package generate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/spf13/cobra"

	"github.com/millrace/millrace/libs/daemon"
)

// Command returns `millrace generate`.
func Command() *cobra.Command {
	o := Options{Seed: 1, Disorder: DefaultDisorder}
	var count int64
	var rate float64
	var start, output string
	var live bool
	var brokers daemon.KafkaSettings
	var level daemon.LogSettings
	cmd := &cobra.Command{
		Use:   "generate",
		Short: "Write seeded synthetic tweets, one JSON document per line",
		Long: "Write seeded synthetic v1.1 tweets, one JSON document per line, to standard output or a file.\n" +
			"The same options give the same bytes everywhere.\n" +
			"With --live they are posted now, at a pace, to Kafka, until the command is stopped.",
		Example: "  millrace generate --count 100000 --output tweets.ndjson.gz\n" +
			"  millrace generate --lean --malformed 0.01 --rate 500\n" +
			"  millrace generate --live --lean --rate 200 --brokers kafka:9092",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return daemon.Usagef("unexpected argument %q: name the file to write with --output", args[0])
			}
			return nil
		},
	}
	flags := daemon.WrapFlags(cmd.Flags())
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := flags.Resolve(os.LookupEnv); err != nil {
			return err
		}
		if live {
			for _, name := range []string{"start", "step", "output"} {
				if flags.Given(name) {
					return daemon.Usagef("--%s does not go with --live, which posts to Kafka now", name)
				}
			}
		}
		if start != "" {
			at, err := time.Parse(time.RFC3339, start)
			if err != nil {
				return daemon.Usagef("--start: %q is not allowed here; allowed: a time such as 2016-10-01T00:00:00Z", start)
			}
			o.Start = at
		}
		if count < 0 || rate < 0 {
			return daemon.Usagef("--count and --rate must not be negative")
		}
		g, err := New(o)
		if err != nil {
			return &daemon.UsageError{Err: err}
		}
		if live {
			if !flags.Given("count") {
				count = 0
			}
			if rate == 0 {
				rate = DefaultLiveRate
			}
			log := level.Logger(cmd.ErrOrStderr())
			return toKafka(cmd.Context(), brokers.Config("millrace-generate", log), log, g, Live{Rate: rate, Count: count, Clock: daemon.RealClock{}})
		}
		out, err := create(output, cmd.OutOrStdout())
		if err != nil {
			return err
		}
		return errors.Join(Write(cmd.Context(), g, out, count, rate), out.Close())
	}
	f := cmd.Flags()
	f.Int64VarP(&count, "count", "n", 10_000, "how many lines; 0 for no end, which is the default with --live")
	f.Uint64Var(&o.Seed, "seed", o.Seed, "another seed gives other tweets")
	f.BoolVar(&o.Lean, "lean", false, "only the fields that queries can name: about 700 bytes a line instead of 4.5 KB")
	f.Float64Var(&o.Malformed, "malformed", 0, "share of lines that are broken, from 0 to 1")
	f.StringVar(&start, "start", "", "created_at of the first tweet (default 2016-10-01T00:00:00Z)")
	f.DurationVar(&o.Step, "step", 10*time.Millisecond, "created_at advances by this much from tweet to tweet")
	f.DurationVar(&o.Disorder, "disorder", o.Disorder, "how far created_at may lie back behind earlier lines")
	f.Float64Var(&rate, "rate", 0, "lines per second (default as fast as possible; with --live 200)")
	f.StringVarP(&output, "output", "o", "", "file to write; compressed if it ends in .gz or .zst (default standard output)")
	flags.Bool(&live, "live", false, "post to Kafka's tweets topic, with created_at = now, until stopped")
	flags.Kafka(&brokers)
	flags.Log(&level)
	return cmd
}

// DefaultLiveRate is how many lines a second --live posts.
const DefaultLiveRate = 200

// blockSize is how much is written at once.
const blockSize = 256 << 10

// Write writes count lines of g, or lines without end if count is 0, at the
// given number of lines per second, or as fast as w takes them if rate is 0.
// Lines are never cut by the end of a write.
func Write(ctx context.Context, g *Generator, w io.Writer, count int64, rate float64) error {
	buf := make([]byte, 0, blockSize+64<<10)
	begun := time.Now()
	for i := int64(0); i < count || count == 0; i++ {
		if rate > 0 {
			due := begun.Add(time.Duration(float64(i) / rate * float64(time.Second)))
			if ahead := time.Until(due); ahead > 0 {
				if _, err := w.Write(buf); err != nil {
					return fmt.Errorf("write tweets: %w", err)
				}
				buf = buf[:0]
				// Several lines at once where they come thick and fast.
				if err := (daemon.RealClock{}).Sleep(ctx, max(ahead, 10*time.Millisecond)); err != nil {
					return err
				}
			}
		}
		buf = g.Append(buf, i)
		if len(buf) < blockSize {
			continue
		}
		if _, err := w.Write(buf); err != nil {
			return fmt.Errorf("write tweets: %w", err)
		}
		buf = buf[:0]
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	if _, err := w.Write(buf); err != nil {
		return fmt.Errorf("write tweets: %w", err)
	}
	return nil
}

// create opens what is written to: a file, compressed by its name, or stdout.
func create(name string, stdout io.Writer) (io.WriteCloser, error) {
	if name == "" || name == "-" {
		return stack{Writer: stdout}, nil
	}
	file, err := os.Create(name)
	if err != nil {
		return nil, fmt.Errorf("create output: %w", err)
	}
	switch filepath.Ext(name) {
	case ".gz":
		z := gzip.NewWriter(file)
		return stack{Writer: z, closers: []io.Closer{z, file}}, nil
	case ".zst":
		z, err := zstd.NewWriter(file)
		if err != nil {
			return nil, errors.Join(err, file.Close())
		}
		return stack{Writer: z, closers: []io.Closer{z, file}}, nil
	}
	return file, nil
}

// stack is a writer above others; closing it closes them in order.
type stack struct {
	io.Writer
	closers []io.Closer
}

func (s stack) Close() error {
	var errs []error
	for _, c := range s.closers {
		errs = append(errs, c.Close())
	}
	return errors.Join(errs...)
}
