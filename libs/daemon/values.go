package daemon

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The types in this file are the pflag values behind [Flags]: each says in its
// error what is allowed.

type stringValue struct{ p *string }

func (v stringValue) String() string     { return *v.p }
func (v stringValue) Set(s string) error { *v.p = s; return nil }
func (v stringValue) Type() string       { return "text" }

// secretValue is a string that help, errors and logs do not show.
type secretValue struct{ p *string }

func (v secretValue) String() string     { return "" }
func (v secretValue) Set(s string) error { *v.p = s; return nil }
func (v secretValue) Type() string       { return "secret" }

type boolValue struct{ p *bool }

func (v boolValue) String() string   { return strconv.FormatBool(*v.p) }
func (v boolValue) Type() string     { return "bool" }
func (v boolValue) IsBoolFlag() bool { return true }
func (v boolValue) Set(s string) error {
	switch strings.ToLower(s) {
	case "true", "yes", "on", "1":
		*v.p = true
	case "false", "no", "off", "0":
		*v.p = false
	default:
		return fmt.Errorf("allowed: true or false")
	}
	return nil
}

// listValue is a comma separated list. The first Set replaces the default, a
// repeated flag adds.
type listValue struct {
	p   *[]string
	set *bool
}

func (v listValue) String() string { return strings.Join(*v.p, ",") }
func (v listValue) Type() string   { return "list" }
func (v listValue) Set(s string) error {
	if !*v.set {
		*v.p, *v.set = nil, true
	}
	for item := range strings.SplitSeq(s, ",") {
		if item = strings.TrimSpace(item); item != "" {
			*v.p = append(*v.p, item)
		}
	}
	return nil
}

type intValue struct {
	p        *int
	min, max int
}

func (v intValue) String() string { return strconv.Itoa(*v.p) }
func (v intValue) Type() string   { return "number" }
func (v intValue) Set(s string) error {
	n, err := strconv.Atoi(s)
	if err != nil || n < v.min || n > v.max {
		return fmt.Errorf("allowed: a whole number from %d to %d", v.min, v.max)
	}
	*v.p = n
	return nil
}

type durationValue struct {
	p        *time.Duration
	min, max time.Duration
}

func (v durationValue) String() string { return v.p.String() }
func (v durationValue) Type() string   { return "duration" }
func (v durationValue) Set(s string) error {
	d, err := time.ParseDuration(s)
	if err != nil || d < v.min || d > v.max {
		return fmt.Errorf("allowed: a duration from %s to %s, such as 500ms, 10s, 2h", v.min, v.max)
	}
	*v.p = d
	return nil
}

type choiceValue struct {
	p       *string
	allowed []string
}

func (v choiceValue) String() string { return *v.p }
func (v choiceValue) Type() string   { return strings.Join(v.allowed, "|") }
func (v choiceValue) Set(s string) error {
	if !slices.Contains(v.allowed, s) {
		return fmt.Errorf("allowed: %s", strings.Join(v.allowed, ", "))
	}
	*v.p = s
	return nil
}

type sizeValue struct {
	p        *int64
	min, max int64
}

func (v sizeValue) String() string { return FormatSize(*v.p) }
func (v sizeValue) Type() string   { return "size" }
func (v sizeValue) Set(s string) error {
	n, err := ParseSize(s)
	if err != nil || n < v.min || n > v.max {
		return fmt.Errorf("allowed: a size from %s to %s, such as 64KiB or 1MiB", FormatSize(v.min), FormatSize(v.max))
	}
	*v.p = n
	return nil
}
