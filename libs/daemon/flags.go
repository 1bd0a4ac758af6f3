package daemon

import (
	"strings"
	"time"

	"github.com/spf13/pflag"
)

// envPrefix begins the environment variable of every flag.
const envPrefix = "MILLRACE_"

// EnvName returns the environment variable of a flag: brokers → MILLRACE_BROKERS.
func EnvName(flag string) string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// Flags is the set of settings of one program. A setting is registered once
// (with where to put it, its default, what is allowed and one line of help) and
// can then be given as a flag, an environment variable or a line of the
// configuration file; see [Flags.Parse].
type Flags struct {
	set    *pflag.FlagSet
	config string
	checks []func() error
}

// NewFlags returns an empty set for the program called name, with --config.
func NewFlags(name string) *Flags {
	set := pflag.NewFlagSet(name, pflag.ContinueOnError)
	set.SortFlags = false
	return WrapFlags(set)
}

// WrapFlags registers on a set that somebody else parses, as cobra does for its
// commands; call [Flags.Resolve] after it has been parsed. A set that is wrapped
// already is so only to [Flags.Explain] errors.
func WrapFlags(set *pflag.FlagSet) *Flags {
	f := &Flags{set: set}
	if set.Lookup("config") != nil {
		return f
	}
	f.String(&f.config, "config", "", "YAML `FILE` with settings (flag name: value), below flags and environment")
	return f
}

// Set returns the underlying flag set.
func (f *Flags) Set() *pflag.FlagSet { return f.set }

// Check adds a test that runs once after all settings have been read. Its error
// should name the flag, its value and what is allowed; it becomes a [UsageError].
func (f *Flags) Check(check func() error) { f.checks = append(f.checks, check) }

// String registers a text.
func (f *Flags) String(p *string, name, value, usage string) {
	*p = value
	f.set.Var(stringValue{p}, name, usage)
}

// Secret registers a text that is never shown.
func (f *Flags) Secret(p *string, name, usage string) {
	f.set.Var(secretValue{p}, name, usage)
}

// Bool registers a switch.
func (f *Flags) Bool(p *bool, name string, value bool, usage string) {
	*p = value
	f.set.Var(boolValue{p}, name, usage)
	f.set.Lookup(name).NoOptDefVal = "true"
}

// List registers a comma separated list; a repeated flag adds to it.
func (f *Flags) List(p *[]string, name string, value []string, usage string) {
	*p = value
	f.set.Var(listValue{p, new(bool)}, name, usage)
}

// Int registers a whole number from least to most.
func (f *Flags) Int(p *int, name string, value, least, most int, usage string) {
	*p = value
	f.set.Var(intValue{p, least, most}, name, usage)
}

// Duration registers a duration from least to most.
func (f *Flags) Duration(p *time.Duration, name string, value, least, most time.Duration, usage string) {
	*p = value
	f.set.Var(durationValue{p, least, most}, name, usage)
}

// Size registers a number of bytes from least to most, spelled as [ParseSize] reads.
func (f *Flags) Size(p *int64, name string, value, least, most int64, usage string) {
	*p = value
	f.set.Var(sizeValue{p, least, most}, name, usage)
}

// Choice registers a text that must be one of allowed.
func (f *Flags) Choice(p *string, name, value string, allowed []string, usage string) {
	*p = value
	f.set.Var(choiceValue{p, allowed}, name, usage)
}

// names lists the names of all settings.
func (f *Flags) names() []string {
	var names []string
	f.set.VisitAll(func(fl *pflag.Flag) { names = append(names, fl.Name) })
	return names
}

// Given reports whether a setting was given anywhere, be it with its default.
// It is known after [Flags.Parse] or [Flags.Resolve].
func (f *Flags) Given(name string) bool { return f.set.Changed(name) }
