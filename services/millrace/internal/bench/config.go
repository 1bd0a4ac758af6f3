package bench

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/libs/sql/plan"
	"github.com/millrace/millrace/services/millrace/internal/bench/engine"
	"github.com/millrace/millrace/services/millrace/internal/bench/mix"
)

// stream is what the documents are.
const stream = "tweets"

// Config says what is measured.
type Config struct {
	Queries []int    // numbers of standing queries
	Mixes   []string // of package mix
	Own     *Script  // queries of one's own instead; all of them if Queries is empty
	Engines []string // of package engine
	Levels  []string // of sharing, for the engine shared
	Cores   []int    // numbers of cores
	// Decoders are of [Decoders]; none: [Auto].
	Decoders []string
	Input    *Input
	Rounds   int           // odd, so that there is a median
	Round    time.Duration // least time of one cell in one round
	Limit    time.Duration // most time of one cell in all rounds, about: slow ones run on a prefix
	Seed     uint64
	// Spare is how many queries of a mix there are beyond those that stand: to be
	// added one by one, or to come and go under churn.
	Spare int
	// Profile, if not nil, takes a processor profile of what is measured of the last
	// cell in the last round.
	Profile io.Writer
	// Progress is told what is being done; nil: nobody is.
	Progress func(text string)
}

// Script is a named list of queries.
type Script struct {
	Name  string
	IDs   []string
	Plans []*plan.Output
}

// The paths of our decoder: the best one of the machine, and the one in plain Go.
const (
	Auto     = "auto"
	Portable = "portable"
)

// Decoders returns the names of the paths.
func Decoders() []string { return []string{Auto, Portable} }

// commitEvery is how often a scan stage ends a transaction.
const commitEvery = 100 * time.Millisecond

func (c *Config) check() error {
	switch {
	case c.Input == nil || c.Input.Documents == 0:
		return errors.New("the input has no documents")
	case len(c.Engines) == 0 || len(c.Mixes) == 0 && c.Own == nil || len(c.Levels) == 0 || len(c.Cores) == 0 || slices.Min(c.Cores) < 1 || c.Rounds < 1:
		return errors.New("nothing to measure")
	}
	if len(c.Decoders) == 0 {
		c.Decoders = []string{Auto}
	}
	if c.Own != nil {
		if len(c.Queries) == 0 {
			c.Queries = []int{1, len(c.Own.Plans)}
		}
		for _, n := range c.Queries {
			if n > len(c.Own.Plans) {
				return fmt.Errorf("%s has %d queries, not %d", c.Own.Name, len(c.Own.Plans), n)
			}
		}
	}
	if len(c.Queries) == 0 {
		return errors.New("nothing to measure")
	}
	return nil
}

func (c *Config) tell(format string, args ...any) {
	if c.Progress != nil {
		c.Progress(fmt.Sprintf(format, args...))
	}
}

// cell is one combination of what is measured.
type cell struct {
	engine string
	level  string // "" where there are no levels
	set    *set
	n      int // queries
	cores  int

	opts engine.Options

	prefix  int // documents that a pass goes over
	passes  int
	samples []sample
	adds    []time.Duration

	profiled bool // in this round
}

// cells returns all combinations, and the sets of queries that they use.
func (c *Config) cells(cat *catalog.Catalog) ([]*cell, error) {
	sets, err := c.sets(cat)
	if err != nil {
		return nil, err
	}
	var out []*cell
	for _, s := range sets {
		for _, name := range c.Engines {
			some, err := c.cellsOf(cat, s, name)
			if err != nil {
				return nil, err
			}
			out = append(out, some...)
		}
	}
	return out, nil
}

// cellsOf returns the cells of an engine with some queries. Levels are those of the
// engine shared, and segmentio has a decoder of its own.
func (c *Config) cellsOf(cat *catalog.Catalog, s *set, name string) ([]*cell, error) {
	levels, decoders := c.Levels, c.Decoders
	if name != "shared" {
		levels = []string{""}
	}
	if name == "segmentio" {
		decoders = decoders[:1]
	}
	var out []*cell
	for _, text := range levels {
		level := engine.All()
		if text != "" {
			var err error
			if level, err = engine.ParseLevel(text); err != nil {
				return nil, err
			}
		}
		for _, path := range decoders {
			opts := engine.Options{Catalog: cat, Stream: stream, Portable: path == Portable, Level: level}
			for _, n := range c.Queries {
				for _, cores := range c.Cores {
					out = append(out, &cell{engine: name, level: text, set: s, n: n, cores: cores, opts: opts})
				}
			}
		}
	}
	return out, nil
}

func (c *cell) String() string {
	text := fmt.Sprintf("%s, %s, %d queries", c.set.name, c.engine, c.n)
	if c.level != "" {
		text += ", share " + c.level
	}
	if c.opts.Portable {
		text += ", portable"
	}
	if c.cores > 1 {
		text += fmt.Sprintf(", %d cores", c.cores)
	}
	return text
}

// sets compiles the queries.
func (c *Config) sets(cat *catalog.Catalog) ([]*set, error) {
	most := 0
	for _, n := range c.Queries {
		most = max(most, n)
	}
	if c.Own != nil {
		return []*set{scriptSet(c.Own)}, nil
	}
	var out []*set
	for _, name := range c.Mixes {
		m, ok := mix.Lookup(name)
		if !ok {
			return nil, fmt.Errorf("there is no mix %s", name)
		}
		c.tell("compiling the queries of %s", name)
		s, err := mixSet(m, c.Seed, most+c.Spare, cat)
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}
