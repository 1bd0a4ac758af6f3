package function

import (
	"errors"
	"fmt"
	"strings"

	"github.com/millrace/millrace/libs/sql/spelling"
)

// ConstantError says which constant [Scalar.Prepare] does not take, and why: every call
// with it that is not NULL is ERROR.
type ConstantError struct {
	Arg int // the argument
	Err error
}

func (e *ConstantError) Error() string { return e.Err.Error() }

func (e *ConstantError) Unwrap() error { return e.Err }

// Hint returns what to write instead, or "".
func (e *ConstantError) Hint() string {
	var a *advised
	if errors.As(e.Err, &a) {
		return a.hint
	}
	return ""
}

// advised is an error with what to write instead. Its text is that of the value ERROR.
type advised struct {
	error
	hint string
}

func (e *advised) Unwrap() error { return e.error }

// unknownWord refuses the name of a field or unit, of which there are those that are known.
func unknownWord(err error, name, what string, known ...string) error {
	hint := fmt.Sprintf("%s are %s", what, strings.Join(known, ", "))
	if near, ok := spelling.Nearest(name, known); ok {
		hint = fmt.Sprintf("did you mean '%s'? %s", near, hint)
	}
	return &advised{err, hint}
}
