package agg

import (
	"errors"

	"github.com/millrace/millrace/libs/record"
)

// State is one aggregate of one group. It is used by one goroutine at a time.
type State interface {
	// Update folds rows of a batch in, one after the other: rows has their positions.
	// args are the evaluated argument columns, none for count(*). What outlives the
	// batch is copied. It returns by about how many bytes the state's memory has grown.
	Update(args []*record.Column, rows []int32) int

	// Merge folds in other, which was made by an equal Function, and leaves it
	// unchanged. It returns as Update does by how much s has grown.
	Merge(other State) int

	// Reset makes it the state of no rows again.
	Reset()

	// Append appends the encoding that Function.Decode reads.
	Append(dst []byte) []byte

	// Result returns the aggregate's value so far, or why it has none, as ErrOverflow.
	Result() (record.Value, error)
}

// Splitter is a State whose encoding can be too large for one message.
type Splitter interface {
	State

	// Split returns encodings of states that merge into an equal state, each
	// of at most maxBytes bytes unless one row alone is larger; at least one.
	Split(maxBytes int) [][]byte
}

// Keeper is a Splitter that may keep what there is in any number of the rows that it is
// updated with.
type Keeper interface {
	Splitter

	// Kept returns those of the argument columns of which it keeps values.
	Kept(args []*record.Column) []*record.Column
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
