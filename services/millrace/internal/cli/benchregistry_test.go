package cli

import (
	"strings"
	"testing"

	"github.com/millrace/millrace/libs/daemon"
)

// bench registry says what it needs, before it talks to anyone.
func TestBenchRegistryUsage(t *testing.T) {
	at := []string{"registry", "--brokers", "127.0.0.1:1", "--redis", "127.0.0.1:1"}
	for want, args := range map[string][]string{
		"as in `millrace bench registry --brokers 127.0.0.1:9092 --redis": {"registry"},
		"bench registry measures over a Kafka and a Redis that run":       {"registry", "--brokers", "127.0.0.1:1"},
		`--mix: "churn" is not allowed here; allowed: keywords, mixed`:    append(at, "--mix", "churn"),
		`--queries`: append(at, "--queries", "0"),
		`--profile-of: "all" is not allowed here; allowed: start, adds`: append(at, "--profile-of", "all"),
		`--heap-profile: `: append(at, "--heap-profile", "/no/such/folder/file"),
		`--brokers: "nowhere" is not allowed here; allowed: host:port`:          {"registry", "--brokers", "nowhere", "--redis", "127.0.0.1:1"},
		"unknown command \"registri\": did you mean `millrace bench registry`?": {"registri"},
	} {
		code, _, stderr := runBench(t, args...)
		if code != daemon.ExitUsage || !strings.Contains(stderr, want) {
			t.Errorf("%v: exit code %d, %s; want 2 and %s", args, code, stderr, want)
		}
	}
}
