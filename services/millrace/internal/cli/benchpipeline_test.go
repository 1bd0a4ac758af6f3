package cli

import (
	"strings"
	"testing"

	"github.com/millrace/millrace/libs/daemon"
)

// The environment may say where the servers are, and nothing else.
func TestBenchPipelineEnvironment(t *testing.T) {
	t.Setenv("MILLRACE_BROKERS", "127.0.0.1:1")
	t.Setenv("MILLRACE_REDIS", "nowhere")
	if code, _, stderr := runBench(t, "pipeline"); code != daemon.ExitUsage || !strings.Contains(stderr, `"nowhere" is not allowed here`) {
		t.Errorf("exit code %d: %s", code, stderr)
	}
	t.Setenv("MILLRACE_REDIS", "127.0.0.1:1")
	t.Setenv("MILLRACE_RESET", "perhaps")
	code, _, stderr := runBench(t, "pipeline", "--documents", "1")
	if code != daemon.ExitFailed || !strings.Contains(stderr, "127.0.0.1:1") || !strings.Contains(stderr, "MILLRACE_RESET is no setting, and is ignored") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
}

// bench pipeline says what it needs, before it talks to anyone.
func TestBenchPipelineUsage(t *testing.T) {
	empty := write(t, "empty.ndjson", "\n")
	at := []string{"pipeline", "--brokers", "127.0.0.1:1", "--redis", "127.0.0.1:1"}
	for want, args := range map[string][]string{
		"as in `millrace bench pipeline --brokers 127.0.0.1:9092 --redis":      {"pipeline"},
		"bench pipeline measures over a Kafka and a Redis that run":            {"pipeline", "--brokers", "127.0.0.1:1"},
		`--mix: there is no "keywrods", did you mean keywords?`:                append(at, "--mix", "keywrods"),
		`--mix: "churn" is not allowed here; allowed: keywords, mixed`:         append(at, "--mix", "churn"),
		`--compression: "zstd" is not allowed here; allowed: lz4, none`:        append(at, "--compression", "lz4,zstd"),
		`--load: "much" is not allowed here; allowed: a share such as 0.5`:     append(at, "--load", "much"),
		`--load: "0" is not allowed here`:                                      append(at, "--load", "0"),
		`--queries`:                                                            append(at, "--queries", "0"),
		`--batch`:                                                              append(at, "--batch", "2MiB"),
		`--lean says how tweets are generated, and does not go with --input`:   append(at, "--lean", "--input", empty),
		`empty.ndjson has no documents`:                                        append(at, "--input", empty),
		`--brokers: "nowhere" is not allowed here; allowed: host:port`:         {"pipeline", "--brokers", "nowhere", "--redis", "127.0.0.1:1"},
		"this command is for `millrace bench` to start":                        {childName},
		"unknown command \"pipelin\": did you mean `millrace bench pipeline`?": {"pipelin"},
	} {
		code, _, stderr := runBench(t, args...)
		if code != daemon.ExitUsage || !strings.Contains(stderr, want) {
			t.Errorf("%v: exit code %d, %s; want 2 and %s", args, code, stderr, want)
		}
	}
	code, stdout, _ := runBench(t, "--help")
	if code != 0 || !strings.Contains(stdout, "pipeline") || strings.Contains(stdout, childName) {
		t.Errorf("help: exit code %d, %s", code, stdout)
	}
}
