package daemon

import (
	"context"
	"errors"
	"fmt"
)

// Exit codes of every Millrace program.
const (
	ExitOK     = 0 // done
	ExitFailed = 1 // failed while running
	ExitUsage  = 2 // wrong usage, or SQL that is not valid
)

// UsageError is a mistake of the one who started the program: a setting with an
// impossible value, an unknown flag. It ends the program with [ExitUsage].
type UsageError struct{ Err error }

// Error returns the text of the wrapped error.
func (e *UsageError) Error() string { return e.Err.Error() }

// Unwrap returns the wrapped error.
func (e *UsageError) Unwrap() error { return e.Err }

// Usagef formats a [UsageError]; %w works as in fmt.Errorf.
func Usagef(format string, args ...any) error {
	return &UsageError{Err: fmt.Errorf(format, args...)}
}

// ExitCode says with which code a program ends that returns err. A cancelled
// context counts as done: that is how a program is told to stop.
func ExitCode(err error) int {
	var usage *UsageError
	switch {
	case err == nil, errors.Is(err, context.Canceled):
		return ExitOK
	case errors.As(err, &usage):
		return ExitUsage
	default:
		return ExitFailed
	}
}
