package registry

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/millrace/millrace/services/millrace/internal/bench"
	"github.com/millrace/millrace/services/millrace/internal/bench/mix"
	"github.com/millrace/millrace/services/millrace/internal/bench/stand"
)

// What a profile may be of.
const (
	OfStart = "start" // the last start, until the scheduler is ready
	OfAdds  = "adds"  // adding one query at a time
	OfMany  = "many"  // adding many at once
	OfDrop  = "drop"  // dropping all
)

// Profiled returns what a profile may be of.
func Profiled() []string { return []string{OfStart, OfAdds, OfMany, OfDrop} }

// What a profile of memory may be of.
const (
	OfAll     = "all"     // with all queries
	OfDropped = "dropped" // when all are dropped
)

// Heaps returns what a profile of memory may be of.
func Heaps() []string { return []string{OfAll, OfDropped} }

// Config says what is measured, and where.
type Config struct {
	Servers stand.Servers
	Reset   bool     // delete what the servers hold of Millrace's before
	Command []string // a process that runs [stand.Child]

	Mix     string // of package mix
	Seed    uint64
	Queries int // registered
	Starts  int // of a scheduler that finds them and its own checkpoints; medians are told
	Adds    int // added one at a time
	Many    int // added at once

	Input *bench.Input  // posts that come while queries are added
	Rate  float64       // of them in a second
	Quiet time.Duration // for how long posts come before anything is added, to compare with
	Rest  time.Duration // for how long the scheduler is left alone when all are dropped, until memory is looked at again

	// Checkpointed is after how long whatever there was is in a checkpoint.
	Checkpointed time.Duration

	Profile   io.Writer // takes a processor profile; nil: none is made
	ProfileOf string
	Heap      io.Writer // takes a profile of the memory that is in use; nil: none is made
	HeapOf    string

	Progress func(text string) // is told what is being done; nil: nobody is
}

func (c *Config) check() error {
	switch m, ok := mix.Lookup(c.Mix); {
	case !ok:
		return fmt.Errorf("there is no mix %s", c.Mix)
	case m.Churns:
		return fmt.Errorf("the queries of mix %s are those of another", c.Mix)
	case c.Input == nil || c.Input.Documents == 0:
		return errors.New("the input has no documents")
	case len(c.Command) == 0 || c.Queries < 1 || c.Starts < 1 || c.Adds < 1 || c.Many < 1 || c.Rate <= 0:
		return errors.New("nothing to measure")
	case c.Profile != nil && !slices.Contains(Profiled(), c.ProfileOf):
		return fmt.Errorf("there is no profile of %s", c.ProfileOf)
	case c.Heap != nil && !slices.Contains(Heaps(), c.HeapOf):
		return fmt.Errorf("there is no profile of memory of %s", c.HeapOf)
	}
	return nil
}

func (c *Config) tell(format string, args ...any) {
	if c.Progress != nil {
		c.Progress(fmt.Sprintf(format, args...))
	}
}
