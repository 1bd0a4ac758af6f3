package daemon

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/pflag"
)

// LookupEnv finds an environment variable, as os.LookupEnv does.
type LookupEnv func(name string) (string, bool)

// Parse reads args, then calls [Flags.Resolve]. Errors are [UsageError]s, or
// pflag.ErrHelp for --help.
func (f *Flags) Parse(args []string, env LookupEnv) error {
	if err := f.set.Parse(args); err != nil {
		return f.Explain(err)
	}
	if f.set.NArg() > 0 {
		return Usagef("unexpected argument %q: this program takes flags only (see --help)", f.set.Arg(0))
	}
	return f.Resolve(env)
}

// Resolve fills in what the flags left open, from the environment (an empty
// variable counts as not set), then from the file that --config names, and runs
// the checks. Errors are [UsageError]s.
func (f *Flags) Resolve(env LookupEnv) error {
	open := map[string]bool{}
	var failed error
	f.set.VisitAll(func(fl *pflag.Flag) {
		if fl.Changed || failed != nil {
			return
		}
		value, ok := env(EnvName(fl.Name))
		if !ok || value == "" {
			open[fl.Name] = true
			return
		}
		if err := f.set.Set(fl.Name, value); err != nil {
			failed = invalid(EnvName(fl.Name), fl, value, err)
		}
	})
	if failed != nil {
		return failed
	}
	if f.config != "" {
		if err := f.applyFile(open); err != nil {
			return err
		}
	}
	for _, check := range f.checks {
		if err := check(); err != nil {
			var usage *UsageError
			if errors.As(err, &usage) {
				return err
			}
			return &UsageError{Err: err}
		}
	}
	return nil
}

// applyFile sets the settings that are still open from the configuration file.
func (f *Flags) applyFile(open map[string]bool) error {
	text, err := os.ReadFile(f.config)
	if err != nil {
		return Usagef("--config: cannot read the configuration file: %w", err)
	}
	entries, err := parseConfig(text)
	if err != nil {
		return Usagef("%s: %w", f.config, err)
	}
	for _, e := range entries {
		fl := f.set.Lookup(e.name)
		if fl == nil || e.name == "config" {
			return Usagef("%s:%d: unknown setting %q%s", f.config, e.line, e.name, f.suggest(e.name, ""))
		}
		if !open[e.name] {
			continue
		}
		if err := f.set.Set(e.name, e.value); err != nil {
			return invalid(fmt.Sprintf("%s:%d: %s", f.config, e.line, e.name), fl, e.value, err)
		}
	}
	return nil
}

// Explain turns an error of pflag (or of cobra, which passes it on) into a
// [UsageError] that names the flag, its value and what is allowed, or the
// nearest known flag. Other errors come back as they are.
func (f *Flags) Explain(err error) error {
	var (
		unknown *pflag.NotExistError
		value   *pflag.InvalidValueError
		missing *pflag.ValueRequiredError
		syntax  *pflag.InvalidSyntaxError
	)
	switch {
	case errors.As(err, &unknown):
		name := unknown.GetSpecifiedName()
		if unknown.GetSpecifiedShortnames() != "" {
			return Usagef("unknown flag -%s%s", name, f.suggest(name, "--"))
		}
		return Usagef("unknown flag --%s%s", name, f.suggest(name, "--"))
	case errors.As(err, &value):
		return invalid("--"+value.GetFlag().Name, value.GetFlag(), value.GetValue(), value.Unwrap())
	case errors.As(err, &missing):
		return Usagef("--%s wants a value (%s)", missing.GetSpecifiedName(), missing.GetFlag().Value.Type())
	case errors.As(err, &syntax):
		return Usagef("%q is not a flag (see --help)", syntax.GetSpecifiedFlag())
	default:
		return err
	}
}

// suggest spells the nearest known setting as an end of an error message.
func (f *Flags) suggest(name, dashes string) string {
	if near := Nearest(name, f.names()); near != "" {
		return fmt.Sprintf(", did you mean %s%s?", dashes, near)
	}
	return " (see --help)"
}

// invalid says where an impossible value was given, the value, and what is
// allowed (which is what the values of this package say as their error).
func invalid(where string, fl *pflag.Flag, value string, err error) error {
	var typed *pflag.InvalidValueError
	if errors.As(err, &typed) {
		err = typed.Unwrap()
	}
	if _, secret := fl.Value.(secretValue); secret {
		value = "***"
	}
	if allowed := plainAllowed(fl.Value.Type()); allowed != "" && !strings.HasPrefix(err.Error(), "allowed: ") {
		err = errors.New(allowed)
	}
	return Usagef("%s: %q is not allowed here; %w", where, value, err)
}

// plainAllowed says what pflag's own values take, which say only what they do
// not.
func plainAllowed(kind string) string {
	switch kind {
	case "int", "int64":
		return "allowed: a whole number"
	case "uint", "uint64":
		return "allowed: a whole number from 0"
	case "float64":
		return "allowed: a number"
	case "duration":
		return "allowed: a duration such as 500ms, 10s, 2h"
	case "bool":
		return "allowed: true or false"
	default:
		return ""
	}
}
