package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/millrace/millrace/services/millrace/internal/bench"
	"github.com/millrace/millrace/services/millrace/internal/bench/mix"
	"github.com/millrace/millrace/services/millrace/internal/bench/stand"
)

// scanLimit is how long a round of the scan in one process may last.
const scanLimit = time.Minute

// runner is a run.
type runner struct {
	Config
	*stand.Stand
	filled string // how the tweets topic is compressed that holds the input; "": it does not
}

// cell is a mix and a compression.
type cell struct {
	mix, compression string
	texts            []string

	drained []drained
	scanned []bench.Line // in the same rounds
	latency *loaded
	steady  *loaded
}

// Run measures all cells and returns a line for each, behind one for the scan in one
// process of the same rounds.
func Run(ctx context.Context, cfg Config) (lines []Line, err error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	r := &runner{Config: cfg}
	if err := r.open(ctx); err != nil {
		return nil, err
	}
	defer r.Close()
	defer func() {
		r.tell("deleting what was made")
		err = errors.Join(err, r.Clear(ctx))
	}()
	var cells []*cell
	for _, compression := range r.Compressions {
		some, err := r.cells(ctx, compression)
		if err != nil {
			return nil, err
		}
		cells = append(cells, some...)
	}
	return report(&r.Config, cells), nil
}

// open reaches the servers.
func (r *runner) open(ctx context.Context) (err error) {
	r.Stand, err = stand.Open(ctx, stand.Options{Name: "bench pipeline", Servers: r.Servers, Reset: r.Reset, Command: r.Command, Tell: r.tell})
	return err
}

// cells measures the cells of one compression.
func (r *runner) cells(ctx context.Context, compression string) ([]*cell, error) {
	var cells []*cell
	for _, name := range r.Mixes {
		m, _ := mix.Lookup(name)
		cells = append(cells, &cell{mix: name, compression: compression, texts: m.Queries(r.Seed, r.Queries)})
	}
	r.filled = ""
	for round := range r.Rounds {
		for i, c := range cells {
			r.tell("round %d of %d: %s, %d queries, compression %s", round+1, r.Rounds, c.mix, len(c.texts), c.compression)
			lines, err := r.scan(ctx, c)
			if err != nil {
				return nil, err
			}
			c.scanned = append(c.scanned, lines...)
			last := compression == r.Compressions[len(r.Compressions)-1] && round == r.Rounds-1 && i == len(cells)-1
			var profile io.Writer
			if last {
				profile = r.Profile
			}
			if err := r.once(ctx, c, profile); err != nil {
				return nil, fmt.Errorf("%s, %d queries, compression %s: %w", c.mix, len(c.texts), c.compression, err)
			}
		}
	}
	for _, c := range cells {
		if err := r.under(ctx, c); err != nil {
			return nil, fmt.Errorf("%s, %d queries, compression %s, under load: %w", c.mix, len(c.texts), c.compression, err)
		}
	}
	return cells, nil
}

// scan measures the same in this process, with nothing else running.
func (r *runner) scan(ctx context.Context, c *cell) ([]bench.Line, error) {
	return bench.Run(ctx, bench.Config{
		Queries: []int{r.Queries}, Mixes: []string{c.mix}, Engines: []string{"shared"}, Levels: []string{"all"},
		Input: r.Input, Cores: []int{1}, Rounds: 1, Round: r.Round, Limit: scanLimit, Seed: r.Seed,
	})
}

// once drains the topic, which it fills if need be, and writes a profile of that.
func (r *runner) once(ctx context.Context, c *cell, profile io.Writer) error {
	if err := r.Fresh(ctx, r.filled != ""); err != nil {
		return err
	}
	if r.filled == "" {
		if err := r.fill(ctx, c.compression); err != nil {
			return err
		}
	}
	d, err := r.drain(ctx, c.texts, profile)
	if err != nil {
		return err
	}
	c.drained = append(c.drained, d)
	r.tell("%d documents in %s: %.0f a second, %.2f of the scan in one process", d.documents, d.took.Round(time.Millisecond),
		d.speed(), d.speed()/c.scanned[len(c.scanned)-1].TweetsPerS)
	return nil
}

// under measures what is measured under load.
func (r *runner) under(ctx context.Context, c *cell) error {
	rate := r.Load * bench.MedianOf(len(c.drained), func(i int) float64 { return c.drained[i].speed() })
	for _, kind := range []struct {
		what         string
		lasts, every time.Duration
		into         **loaded
	}{
		{"latency", r.Latency, 0, &c.latency},
		{"growth", r.Steady, r.Sample, &c.steady},
	} {
		if kind.lasts == 0 {
			continue
		}
		r.tell("%s at %.0f documents a second for %s: %s, compression %s", kind.what, rate, kind.lasts, c.mix, c.compression)
		r.filled = ""
		if err := r.Fresh(ctx, r.filled != ""); err != nil {
			return err
		}
		l, err := r.load(ctx, c.texts, c.compression, rate, kind.lasts, kind.every)
		if err != nil {
			return err
		}
		*kind.into = &l
	}
	return nil
}

// speed returns documents per second.
func (d *drained) speed() float64 { return float64(d.documents) / d.took.Seconds() }
