package ast

import "time"

// NullLit is NULL.
type NullLit struct{ At Pos }

// BoolLit is TRUE or FALSE.
type BoolLit struct {
	Value bool
	At    Pos
}

// NumberLit is a number as written, with its sign if it has one: the binder
// decides between BIGINT and DOUBLE.
type NumberLit struct {
	Text string
	At   Pos
}

// StringLit is a string; in Value a doubled quote is already one quote.
type StringLit struct {
	Value string
	At    Pos
}

// TimeLit is TIMESTAMP '…' or DATE '…'.
type TimeLit struct {
	Date bool
	Text string
	At   Pos
}

// IntervalLit is INTERVAL '5' MINUTE, or INTERVAL '1 day 2 hours'. Its length is Months
// and Span together, each of which may be negative.
type IntervalLit struct {
	Text     string        // between the quotes
	Unit     string        // MILLISECOND … YEAR, singular; "": the units are in Text
	Months   int64         // of calendar months; a year has twelve
	Span     time.Duration // all else; a week has seven days, a day 24 hours
	Calendar bool          // its units are months and years, no others
	At       Pos
}

// ArrayLit is ARRAY[a, b, …].
type ArrayLit struct {
	Elems []Expr
	At    Pos
}
