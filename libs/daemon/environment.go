package daemon

import (
	"fmt"
	"slices"
	"strings"
)

// settings are the names of all settings of all programs, for environments that
// several of them share. A test of the command line holds it against their flags.
func settings() []string {
	return []string{
		"all", "allow-host", "backlog-bytes", "brokers", "checkpoint-interval", "columns", "commit-interval",
		"config", "count", "disorder", "drain", "exchange-partitions", "format", "full", "id", "input-format",
		"lean", "limit", "listen", "live", "live-watermarks", "log-format", "log-level", "log-rows", "malformed",
		"max-declared-streams", "max-groups", "max-line", "max-result-bytes", "max-rows-per-second", "max-state-bytes", "max-streams", "name", "no-open",
		"output", "owner", "partitions", "rate", "redis", "redis-db", "redis-password", "redis-tls", "redis-tls-ca",
		"redis-tls-cert", "redis-tls-key", "redis-user", "replication-factor", "rescan", "retention",
		"sasl-mechanism", "sasl-password", "sasl-user", "seed", "server", "settle", "sharing", "slot", "start", "state",
		"step", "timeout", "tls", "tls-ca", "tls-cert", "tls-key", "tweets-bytes", "tweets-retention", "version", "wait",
		"watch", "yes",
	}
}

// IsSetting reports whether one of the programs has a setting of that name.
func IsSetting(name string) bool { return slices.Contains(settings(), name) }

// UnknownVariables returns a line for each variable of environ, as os.Environ
// gives it, that looks like a setting and is none: it would be ignored in
// silence.
func UnknownVariables(environ []string) []string {
	var known, out []string
	for _, name := range settings() {
		known = append(known, strings.TrimPrefix(EnvName(name), envPrefix))
	}
	for _, v := range environ {
		name, _, _ := strings.Cut(v, "=")
		rest, ours := strings.CutPrefix(name, envPrefix)
		if !ours || slices.Contains(known, rest) {
			continue
		}
		text := fmt.Sprintf("the environment variable %s is no setting, and is ignored", name)
		if near := Nearest(rest, known); near != "" {
			text += fmt.Sprintf("; did you mean %s%s?", envPrefix, near)
		}
		out = append(out, text)
	}
	slices.Sort(out)
	return out
}
