package millrace

import (
	"fmt"
	"strconv"

	"github.com/millrace/millrace/libs/metrics"
)

// counters reads the scheduler's metrics of a bounded run.
type counters struct {
	registry *metrics.Registry
}

// read fills in what the metrics say.
func (c *counters) read(out *Outcome) error {
	families, err := c.registry.Gather()
	if err != nil {
		return fmt.Errorf("gather metrics: %w", err)
	}
	for _, f := range families {
		v := int64(0)
		for _, s := range f.Series {
			n := int64(s.Value)
			v += n
			if f.Name != "millrace_documents_total" {
				continue
			}
			if i, err := strconv.Atoi(s.Label(labelScheduler)); err == nil && i < len(out.ScannedBy) {
				out.ScannedBy[i] = n
			}
		}
		switch f.Name {
		case "millrace_documents_total":
			out.Documents = v
		case "millrace_bytes_total":
			out.Bytes = v
		case "millrace_scan_dead_letters_total":
			out.DeadLetters = v
		case "millrace_predicate_evaluations_total":
			out.Evaluations = v
		}
	}
	return nil
}

// scanning returns how many of several schedulers have partitions to scan.
func (c *counters) scanning() (int, error) {
	families, err := c.registry.Gather()
	if err != nil {
		return 0, fmt.Errorf("gather metrics: %w", err)
	}
	have := map[string]bool{}
	for _, f := range families {
		if f.Name != "millrace_scan_lag" {
			continue
		}
		for _, s := range f.Series {
			have[s.Label(labelScheduler)] = true
		}
	}
	delete(have, "") // one that is not one of several
	return len(have), nil
}
