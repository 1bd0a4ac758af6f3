package bench

import (
	"context"
	"fmt"
	"runtime"
	"slices"

	"github.com/millrace/millrace/libs/sql/catalog"
)

// Run measures all cells, round by round, and returns a line for each.
func Run(ctx context.Context, cfg Config) ([]Line, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	cat, err := catalog.Default()
	if err != nil {
		return nil, err
	}
	cells, err := cfg.cells(cat)
	if err != nil {
		return nil, err
	}
	cpus, release, err := Pin(slices.Max(cfg.Cores))
	if err != nil {
		return nil, fmt.Errorf("pin to %d cores: %w", slices.Max(cfg.Cores), err)
	}
	defer release()
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for round := range cfg.Rounds {
		for i, c := range cells {
			cfg.tell("round %d of %d, cell %d of %d: %s", round+1, cfg.Rounds, i+1, len(cells), c)
			c.profiled = cfg.Profile != nil && round == cfg.Rounds-1 && i == len(cells)-1
			pinned := cpus[:min(c.cores, len(cpus))]
			if err := repin(pinned); err != nil {
				return nil, fmt.Errorf("pin to %d cores: %w", c.cores, err)
			}
			runtime.GOMAXPROCS(c.cores)
			if err := c.round(ctx, &cfg, pinned); err != nil {
				return nil, fmt.Errorf("%s: %w", c, err)
			}
		}
	}
	return report(&cfg, cells, len(cpus) > 0), nil
}
