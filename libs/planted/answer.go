package planted

// Bugs of evaluators, of rules of the optimizer and of how a scan treats errors, which give wrong answers. None breaks
// a rule of the protocol, so that the simulation does not see them: comparing answers does.
const (
	// SumWraps: a sum of more than 64 bits is no error.
	SumWraps Bug = "sum-wraps"
	// ZeroDivisionNull: a BIGINT divided by zero is NULL and no error.
	ZeroDivisionNull Bug = "zero-division-null"
	// QuotientFloors: a quotient of BIGINTs is cut downwards, not towards zero.
	QuotientFloors Bug = "quotient-floors"
	// MonthsOverflow: a month after the 31st is the 1st or so of the month after next.
	MonthsOverflow Bug = "months-overflow"
	// SubstringClips: positions before the first are not counted.
	SubstringClips Bug = "substring-clips"
	// LengthInBytes: the length of a text is that of its UTF-8.
	LengthInBytes Bug = "length-in-bytes"
	// CaseTakesNull: CASE takes a condition that is NULL for TRUE.
	CaseTakesNull Bug = "case-takes-null"
	// GreatestOfNull: greatest and least are NULL where an argument is.
	GreatestOfNull Bug = "greatest-of-null"
	// WeekFromSunday: date_trunc begins weeks on Sunday.
	WeekFromSunday Bug = "week-from-sunday"
	// CastTruncates: a DOUBLE is cut when it is cast to BIGINT, not rounded.
	CastTruncates Bug = "cast-truncates"
	// SubscriptFromZero: elements of arrays are counted from 0.
	SubscriptFromZero Bug = "subscript-from-zero"
	// DistinctLosesNull: array_distinct leaves NULL out.
	DistinctLosesNull Bug = "distinct-loses-null"
	// FirstMember: of two members of a JSON object with one name the first counts.
	FirstMember Bug = "first-member"
	// ReplacesAll: regexp_replace replaces every match without being asked to.
	ReplacesAll Bug = "replaces-all"
	// NullsDiffer: NULL IS DISTINCT FROM NULL.
	NullsDiffer Bug = "nulls-differ"
	// NotKeepsAnd: NOT (a AND b) becomes NOT a AND NOT b.
	NotKeepsAnd Bug = "not-keeps-and"
	// BetweenExcludes: the upper bound of BETWEEN is left out.
	BetweenExcludes Bug = "between-excludes"
	// BoundIncluded: a < 5 becomes a <= 5.
	BoundIncluded Bug = "bound-included"
	// ErrorAbsorbed: a OR (a AND b) becomes a, also where b may be ERROR.
	ErrorAbsorbed Bug = "error-absorbed"
	// ErrorIsNull: a call that is ERROR is NULL to whoever asks for it.
	ErrorIsNull Bug = "error-is-null"
	// FilterTakesNull: FILTER lets rows through for which its condition is NULL.
	FilterTakesNull Bug = "filter-takes-null"
	// UnknownForgotten: a selection is not looked at where the predicate of its index is
	// NULL or ERROR, though it may be ERROR there.
	UnknownForgotten Bug = "unknown-forgotten"
)

// Bugs of aggregates.
const (
	// DistinctForgotten: what another part has seen is not among the different values.
	DistinctForgotten Bug = "distinct-forgotten"
	// TiesByArrival: of rows that tie for arg_min and arg_max the first that came counts.
	TiesByArrival Bug = "ties-by-arrival"
	// SampledAsWhole: var_samp divides by n, as var_pop does.
	SampledAsWhole Bug = "sampled-as-whole"
	// NullIsFalse: bool_and and bool_or take NULL for FALSE.
	NullIsFalse Bug = "null-is-false"
	// HistogramExcludes: the lower bound of a histogram is left out.
	HistogramExcludes Bug = "histogram-excludes"
	// PercentileAbove: approx_percentile is the next greater value.
	PercentileAbove Bug = "percentile-above"
	// RarestFirst: approx_top_k has the least frequent values.
	RarestFirst Bug = "rarest-first"
	// ListLosesNull: array_agg leaves NULL out.
	ListLosesNull Bug = "list-loses-null"
	// MeanOfNull: avg counts NULLs.
	MeanOfNull Bug = "mean-of-null"
)

// Bugs of what a query reads.
const (
	// ElementLost: UNNEST makes no row for an element that is NULL.
	ElementLost Bug = "element-lost"
	// PlacesFromZero: WITH ORDINALITY counts from 0.
	PlacesFromZero Bug = "places-from-zero"
	// SeedForgotten: TABLESAMPLE draws the same sample for every seed.
	SeedForgotten Bug = "seed-forgotten"
	// UnionOnce: of branches that are the same only one is read.
	UnionOnce Bug = "union-once"
	// ConditionForgotten: a condition above a query takes the place of the one in it.
	ConditionForgotten Bug = "condition-forgotten"
	// UnnestUnfiltered: the condition of a query is forgotten where it is unnested.
	UnnestUnfiltered Bug = "unnest-unfiltered"
	// OffsetForgotten: OFFSET leaves no groups out.
	OffsetForgotten Bug = "offset-forgotten"
)

// Answers returns the bugs that give wrong answers.
func Answers() []Bug {
	return []Bug{
		SumWraps, ZeroDivisionNull, QuotientFloors, MonthsOverflow, SubstringClips, LengthInBytes, CaseTakesNull, GreatestOfNull,
		WeekFromSunday, CastTruncates, SubscriptFromZero, DistinctLosesNull, FirstMember, ReplacesAll, NullsDiffer,
		NotKeepsAnd, BetweenExcludes, BoundIncluded, ErrorAbsorbed, ErrorIsNull, FilterTakesNull, UnknownForgotten,
		DistinctForgotten, TiesByArrival, SampledAsWhole, NullIsFalse, HistogramExcludes, PercentileAbove, RarestFirst, ListLosesNull, MeanOfNull,
		ElementLost, PlacesFromZero, SeedForgotten, UnionOnce, ConditionForgotten, UnnestUnfiltered, OffsetForgotten,
	}
}
