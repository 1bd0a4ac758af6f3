package agg

import (
	"errors"
	"fmt"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/plan"
)

// State is one aggregate of one group. It is used by one goroutine at a time.
type State interface {
	// Update folds rows of a batch in, one after the other: rows has their positions.
	// args are the evaluated argument columns, none for count(*). What outlives the
	// batch is copied. It returns by about how many bytes the state's memory has grown.
	Update(args []*record.Column, rows []int32) int

	// Merge folds in other, which was made by an equal Function, and leaves it
	// unchanged.
	Merge(other State)

	// Reset makes it the state of no rows again.
	Reset()

	// Append appends the encoding that Function.Decode reads.
	Append(dst []byte) []byte

	// Result returns the aggregate's value so far, or ErrOverflow.
	Result() (record.Value, error)
}

// Splitter is a State whose encoding can be too large for one message.
type Splitter interface {
	State

	// Split returns encodings of states that merge into an equal state, each
	// of at most maxBytes bytes unless one row alone is larger; at least one.
	Split(maxBytes int) [][]byte
}

// Function makes the states of one aggregate. It is immutable.
type Function interface {
	// New returns the state of no rows.
	New() State

	// Decode reads the whole of b as a state; errors wrap ErrMalformed. The
	// state keeps nothing of b.
	Decode(b []byte) (State, error)
}

// ErrOverflow says that a result does not fit its type.
var ErrOverflow = errors.New("numeric overflow")

// ErrMalformed is wrapped by the errors of Decode.
var ErrMalformed = errors.New("malformed aggregate state")

// Lookup returns the function of spec: its states do not look at spec.Filter,
// which decides which rows they are updated with.
func Lookup(spec plan.Agg) (Function, error) {
	if spec.Arg == nil {
		if spec.Func == "count" {
			return count{}, nil
		}
		return nil, fmt.Errorf("aggregate %s without an argument is not supported", spec.Func)
	}
	t := spec.Arg.Type()
	switch spec.Func {
	case "count":
		return count{arg: true}, nil
	case "sum", "avg":
		avg := spec.Func == "avg"
		switch t.Kind {
		case record.BigInt:
			return sumInt{avg: avg}, nil
		case record.Double:
			return sumDouble{avg: avg}, nil
		default:
		}
	case "min", "max":
		switch t.Kind {
		case record.Boolean, record.BigInt, record.Double, record.Varchar, record.Timestamp, record.Date, record.DayTime, record.YearMonth:
			return extreme{typ: t, max: spec.Func == "max"}, nil
		default:
		}
	}
	return nil, fmt.Errorf("aggregate %s(%s) is not supported", spec.Func, t)
}
