package millrace

import (
	"fmt"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
)

// counters reads the scheduler's metrics of a bounded run.
type counters struct {
	reg *prometheus.Registry
}

func (c *counters) registry() *prometheus.Registry {
	if c.reg == nil {
		c.reg = prometheus.NewRegistry()
	}
	return c.reg
}

// read fills in what the metrics say.
func (c *counters) read(out *Outcome) error {
	families, err := c.registry().Gather()
	if err != nil {
		return fmt.Errorf("gather metrics: %w", err)
	}
	for _, f := range families {
		v := int64(0)
		for _, m := range f.GetMetric() {
			n := int64(m.GetCounter().GetValue())
			v += n
			if f.GetName() != "millrace_documents_total" {
				continue
			}
			for _, l := range m.GetLabel() {
				if i, err := strconv.Atoi(l.GetValue()); err == nil && l.GetName() == labelScheduler && i < len(out.ScannedBy) {
					out.ScannedBy[i] = n
				}
			}
		}
		switch f.GetName() {
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
	families, err := c.registry().Gather()
	if err != nil {
		return 0, fmt.Errorf("gather metrics: %w", err)
	}
	have := map[string]bool{}
	for _, f := range families {
		if f.GetName() != "millrace_scan_lag" {
			continue
		}
		for _, m := range f.GetMetric() {
			for _, l := range m.GetLabel() {
				if l.GetName() == labelScheduler {
					have[l.GetValue()] = true
				}
			}
		}
	}
	return len(have), nil
}
