package kill

import (
	"context"
	"flag"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/millrace/millrace/integration/pipeline"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/services/millrace"
)

var (
	seedFlag     = flag.Uint64("seed", 0, "seed of the kills, the files and the queries; 0 for another one each time")
	kills        = flag.Int("kills", 30, "how often a service is killed")
	rate         = flag.Float64("rate", 600, "lines written per second while services are killed")
	monitorKills = flag.Int("monitor-kills", 25, "how often directory-monitor is killed")
	monitorBytes = flag.Int64("monitor-bytes", 200_000_000, "size of the large .gz, unpacked")
)

// layout has few partitions, so that each is busy.
func layout() kafka.Layout { return kafka.Layout{Partitions: 4, ExchangePartitions: 3} }

// servers skips the test where no real servers are named; else it clears them,
// now and when the test is over, and makes the topics.
func servers(ctx context.Context, t *testing.T) millrace.Config {
	t.Helper()
	cfg, named := pipeline.Servers()
	if !named {
		t.Skip("needs a real Kafka and a real Redis: set MILLRACE_BROKERS and MILLRACE_REDIS to servers that may be cleared")
	}
	if err := pipeline.Clear(ctx); err != nil {
		t.Fatalf("clear the servers: %v", err)
	}
	t.Cleanup(func() {
		// Groups whose members were stopped gracefully are empty at once.
		if err := pipeline.Clear(context.WithoutCancel(ctx)); err != nil {
			t.Errorf("clear the servers: %v", err)
		}
	})
	if _, err := kafka.Ensure(ctx, cfg.Kafka, layout()); err != nil {
		t.Fatalf("make the topics: %v", err)
	}
	return cfg
}

// binaries builds binaries, given by their main packages, and returns the folder
// that they are in.
func binaries(ctx context.Context, t *testing.T, packages ...string) string {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cmd := exec.CommandContext(ctx, "go", append([]string{"build", "-trimpath", "-o", dir + "/"}, packages...)...)
	cmd.Dir = root
	cmd.Env = append(cmd.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return dir
}

// random returns a source of random numbers for each purpose, all of one seed,
// which it prints.
func random(t *testing.T) func(purpose uint64) *rand.Rand {
	t.Helper()
	seed := *seedFlag
	for seed == 0 {
		seed = rand.Uint64() >> 40
	}
	t.Logf("seed: -seed %d", seed)
	return func(purpose uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, purpose)) }
}
