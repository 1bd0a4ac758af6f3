package pipeline

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/millrace/millrace/services/millrace/internal/bench"
	"github.com/millrace/millrace/services/millrace/internal/bench/mix"
	"github.com/millrace/millrace/services/millrace/internal/bench/stand"
)

// Ways in which batches are compressed in the tweets topic.
const (
	LZ4  = stand.LZ4
	None = stand.None
)

// Compressions returns them.
func Compressions() []string { return []string{LZ4, None} }

// Config says what is measured, and where.
type Config struct {
	Servers stand.Servers
	Reset   bool     // delete what the servers hold of Millrace's before
	Command []string // a process that runs [stand.Child]

	Input        *bench.Input
	Bytes        int64 // the least of the topic: the input is repeated until it has so many
	Compressions []string
	Mixes        []string // of package mix
	Queries      int
	Seed         uint64

	Rounds int           // odd, so that there is a median
	Round  time.Duration // how long a round of the scan in one process lasts, at least

	Latency time.Duration // for how long latencies are measured; 0: they are not
	Steady  time.Duration // for how long it is watched whether anything grows; 0: it is not
	Sample  time.Duration // between two looks, of Steady
	Load    float64       // share of the measured speed at which posts come, of Latency and Steady
	Warm    time.Duration // of a load, at its beginning, during which nothing is counted

	Profile  io.Writer         // takes a processor profile of the last scheduler measured; nil: none is made
	Progress func(text string) // is told what is being done; nil: nobody is
	Log      *slog.Logger      // of the services; nil: nothing is logged
}

func (c *Config) check() error {
	switch {
	case c.Input == nil || c.Input.Documents == 0:
		return errors.New("the input has no documents")
	case len(c.Command) == 0 || len(c.Compressions) == 0 || len(c.Mixes) == 0 || c.Queries < 1 || c.Rounds < 1:
		return errors.New("nothing to measure")
	case (c.Latency > 0 || c.Steady > 0) && c.Load <= 0, c.Steady > 0 && c.Sample <= 0:
		return errors.New("a load, and how often it is looked at, must be positive")
	}
	for _, name := range c.Mixes {
		m, ok := mix.Lookup(name)
		switch {
		case !ok:
			return fmt.Errorf("there is no mix %s", name)
		case m.Churns:
			return fmt.Errorf("the queries of mix %s come and go, which is measured in one process only", name)
		}
	}
	for _, name := range c.Compressions {
		if name != LZ4 && name != None {
			return fmt.Errorf("there is no compression %s", name)
		}
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return nil
}

func (c *Config) tell(format string, args ...any) {
	if c.Progress != nil {
		c.Progress(fmt.Sprintf(format, args...))
	}
}
