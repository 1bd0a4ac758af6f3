package submission

import (
	"fmt"
	"math"
	"time"

	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/libs/wire"
)

// Checker holds what the answer depends on besides the submission. It is safe
// for concurrent use, and not changed by it.
type Checker struct {
	Catalog  *catalog.Catalog
	MaxValue int // bytes of the largest registry record; see [MaxValue]
	// Defect hears of what is wrong with Millrace itself; nil: nobody does.
	Defect func(sub *wire.Submission, err error)
}

// MaxValue is how large a registry record may be where records have at most so
// many bytes: a status record goes with it.
func MaxValue(maxRecordBytes int) int { return maxRecordBytes / 2 }

// Parse reads a submission, the value of a record of millrace.queries; nil is a
// drop. Errors are [*Problem]s.
func Parse(value []byte) (wire.Submission, error) {
	sub, err := wire.ParseSubmission(value)
	if err != nil {
		return wire.Submission{}, problemOfValue(value, err)
	}
	return sub, nil
}

// Check compiles a query that was submitted, as SQL or in the older JSON form.
// Errors are [*Problem]s, or [ErrDefect]. What a CREATE MATERIALIZED VIEW says of the query
// besides its SELECT is put into sub.
func (c *Checker) Check(sub *wire.Submission) (*Query, error) { return c.check(sub, false) }

// CheckExplained is [Checker.Check] for what is only to be explained: it may be an
// EXPLAIN.
func (c *Checker) CheckExplained(sub *wire.Submission) (*Query, error) { return c.check(sub, true) }

func (c *Checker) check(sub *wire.Submission, explained bool) (*Query, error) {
	switch sub.Kind {
	case wire.SubmitSQL, wire.SubmitLegacy:
	case wire.SubmitDrop, wire.SubmitFail:
		return nil, &Problem{Message: "the submission holds no query"}
	default:
		return nil, &Problem{Message: fmt.Sprintf("a submission of kind %d is not supported yet", sub.Kind)}
	}
	if p := unsupported(sub.Options); p != nil {
		return nil, p
	}
	q, err := c.compile(sub, explained)
	if err != nil {
		return nil, err
	}
	if p := unsupported(sub.Options); p != nil { // said by the statement
		return nil, p
	}
	return q, nil
}

// unsupported refuses options that nothing heeds yet, rather than ignore them.
func unsupported(o wire.Options) *Problem {
	if o.Grace != 0 {
		return &Problem{Message: "option grace is not supported yet: late rows are counted and change no closed window", Hint: "leave it out"}
	}
	return nil
}

// Record returns the registry record of a query that [Checker.Check] returned:
// r with what the submission and the query say filled in. Of r, ID, Epoch,
// Options and Submitted count. Errors are [*Problem]s.
func (c *Checker) Record(sub *wire.Submission, q *Query, r wire.Registry) ([]byte, error) {
	r.Owner, r.Labels, r.SQL, r.Plan, r.Failed = sub.Owner, sub.Labels, q.Text, q.Plan, nil
	value, err := r.Marshal()
	if err != nil {
		return nil, problemOf(err)
	}
	if len(value) > c.MaxValue {
		return nil, &Problem{
			Message: fmt.Sprintf("the query needs %d bytes in the registry, more than %d", len(value), c.MaxValue),
			Hint:    "split it into several queries",
		}
	}
	return value, nil
}

// Fits reports whether a query's registry record is small enough whatever epoch,
// time and limits it will have. Errors are those of [Checker.Record].
func (c *Checker) Fits(id string, sub *wire.Submission, q *Query) error {
	longest := wire.Settings{
		Retention: math.MaxInt64, LogRows: math.MaxInt64,
		MaxGroups: math.MaxInt64, MaxRowsPerSecond: math.MaxInt64, MaxResultBytes: math.MaxInt64,
		MaxStateBytes: math.MaxInt64,
	}.With(sub.Options)
	last := time.Date(2000, 12, 31, 23, 59, 59, 999_999_999, time.UTC)
	_, err := c.Record(sub, q, wire.Registry{ID: id, Epoch: math.MaxInt64, Options: longest, Submitted: last})
	return err
}
