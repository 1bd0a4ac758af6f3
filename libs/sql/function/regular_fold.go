package function

import (
	"errors"

	"github.com/millrace/millrace/libs/record"
)

// mostFolded is how many states times bytes a pattern may be matched with while a query is
// read, which everybody's queries wait for: about a millisecond.
const mostFolded = 100_000

// ErrNotFolded is returned by [Scalar.Fold] for what is left to the time when the query runs.
var ErrNotFolded = errors.New("it takes too long to be computed while the query is read")

// Fold is [Scalar.Eval] for constants of a query that is being read. What may take long is
// an error: a query may have thousands of such calls.
func (f *Scalar) Fold(args []record.Value) (record.Value, error) {
	if f.Section == Regular && !hasNull(args) && len(args) > 1 && args[1].Type().Kind == record.Varchar {
		if _, n, err := statesOf(args[1].Str(), MostStates); err == nil {
			steps := n * (len(args[0].Str()) + 1)
			if f.Name != RegexpMatch && f.Name != regexpExtract { // all matches are looked for
				steps *= len(args[0].Str()) + 1
			}
			if steps > mostFolded {
				return record.Value{}, ErrNotFolded
			}
		}
	}
	return f.Eval(args)
}
