package planted

// Bugs of evaluators and of rules of the optimizer, which give wrong answers. None breaks
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

// Answers returns the bugs that give wrong answers.
func Answers() []Bug {
	return []Bug{
		SumWraps, ZeroDivisionNull, QuotientFloors, MonthsOverflow, SubstringClips, LengthInBytes, CaseTakesNull, GreatestOfNull,
		WeekFromSunday, CastTruncates, SubscriptFromZero, DistinctLosesNull, FirstMember, ReplacesAll, NullsDiffer,
		NotKeepsAnd, BetweenExcludes, BoundIncluded, ErrorAbsorbed, ErrorIsNull, FilterTakesNull, UnknownForgotten,
	}
}
