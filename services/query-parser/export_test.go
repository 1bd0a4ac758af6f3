package queryparser

import (
	"context"

	"github.com/millrace/millrace/libs/kafka"
)

// Brokers is what is asked of Kafka about topics of streams.
type Brokers = brokers

// RunOver is [Run] with something between it and these answers.
func RunOver(ctx context.Context, cfg Config, over func(Brokers) Brokers) error {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return err
	}
	r := newRunner(cfg)
	r.brokers = func(a *kafka.Admin) brokers { return over(a) }
	return r.run(ctx)
}

// How long a topic that was found silent is left alone, and remembered.
const (
	SilentRest   = silentRest
	SilentMemory = silentMemory
)
