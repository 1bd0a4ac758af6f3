package daemon

import (
	"errors"
	"slices"
	"strconv"
	"testing"

	"github.com/spf13/pflag"
)

func TestUnknownVariables(t *testing.T) {
	got := UnknownVariables([]string{"PATH=/bin", "MILLRACE_BROKERS=a:1", "MILLRACE_REDDIS=b:2", "MILLRACE_WHATEVERITIS=1"})
	want := []string{
		"the environment variable MILLRACE_REDDIS is no setting, and is ignored; did you mean MILLRACE_REDIS?",
		"the environment variable MILLRACE_WHATEVERITIS is no setting, and is ignored",
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

// What pflag's own values say of a wrong text is told in words.
func TestExplainPlainValues(t *testing.T) {
	set := pflag.NewFlagSet("x", pflag.ContinueOnError)
	set.Int64("count", 0, "")
	set.Uint64("seed", 0, "")
	set.Float64("rate", 0, "")
	set.Duration("step", 0, "")
	set.Bool("lean", false, "")
	for arg, want := range map[string]string{
		"--count=x":   `--count: "x" is not allowed here; allowed: a whole number`,
		"--seed=-1":   `--seed: "-1" is not allowed here; allowed: a whole number from 0`,
		"--rate=fast": `--rate: "fast" is not allowed here; allowed: a number`,
		"--step=1":    `--step: "1" is not allowed here; allowed: a duration such as 500ms, 10s, 2h`,
		"--lean=oui":  `--lean: "oui" is not allowed here; allowed: true or false`,
	} {
		err := (&Flags{set: set}).Explain(set.Parse([]string{arg}))
		var usage *UsageError
		if err == nil || err.Error() != want || !errors.As(err, &usage) || errors.Is(err, strconv.ErrSyntax) {
			t.Errorf("%s: %v, want %s", arg, err, want)
		}
	}
}
