package generate

import (
	"errors"
	"fmt"
	"time"
)

// Options say what is generated. The zero value of a field means its default,
// if it names one.
type Options struct {
	Seed      uint64        // another seed, other posts
	Lean      bool          // only the fields that the tweets stream reads: about 700 bytes a line, not 4.5 KB
	Malformed float64       // share of lines that are no JSON document, from 0 to 1
	Start     time.Time     // created_at of the first post; default 2016-10-01T00:00:00Z
	Step      time.Duration // from one post to the next; default 10 ms
	Disorder  time.Duration // how far a post may lie before the ones ahead of it; 0: all in order
}

// DefaultDisorder is what the command line uses: below the lateness that the
// tweets stream allows.
const DefaultDisorder = 2 * time.Second

func (o Options) withDefaults() (Options, error) {
	if o.Start.IsZero() {
		o.Start = time.Date(2016, 10, 1, 0, 0, 0, 0, time.UTC)
	}
	if o.Step == 0 {
		o.Step = 10 * time.Millisecond
	}
	switch {
	case o.Malformed < 0 || o.Malformed > 1:
		return o, fmt.Errorf("--malformed: %v is not allowed here; allowed: a share of the lines, from 0 to 1", o.Malformed)
	case o.Step < 0:
		return o, fmt.Errorf("--step: %v is not allowed here; allowed: a positive duration such as 10ms", o.Step)
	case o.Disorder < 0:
		return o, fmt.Errorf("--disorder: %v is not allowed here; allowed: a positive duration such as 2s", o.Disorder)
	case o.Start.UnixMilli() < snowflakeEpoch:
		return o, errors.New("--start is before November 2010, when tweets had no ids like today's")
	}
	return o, nil
}
