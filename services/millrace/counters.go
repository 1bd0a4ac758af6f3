package millrace

import (
	"fmt"

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
			v += int64(m.GetCounter().GetValue())
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
