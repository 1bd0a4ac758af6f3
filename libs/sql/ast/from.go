package ast

// From says what is read, and how it is cut, sampled and unnested. Of Stream, Query
// and Values exactly one is there.
//
//	FROM tweets [AS t [(a, b, …)]]
//	FROM (SELECT …) [AS t …]
//	FROM (VALUES (1, 'a'), (2, 'b')) [AS t (n, name)]
//	FROM TABLE(TUMBLE(TABLE tweets, DESCRIPTOR(created_at), INTERVAL '1' MINUTE))
//	FROM TUMBLE(tweets, created_at, INTERVAL '1' MINUTE)
//	FROM tweets TABLESAMPLE BERNOULLI (10) CROSS JOIN UNNEST(hashtags) AS h(tag)
type From struct {
	Stream  *Ident     // a stream, a view or a query of WITH; nil: none
	Query   *Statement // nil: none
	Values  [][]Expr   // rows of VALUES
	Window  *Window    // nil: none; over Stream
	Alias   *Ident     // nil: none
	Columns []*Ident   // names for the columns, from the first on; only with Alias
	Sample  *Sample    // nil: every row
	Unnest  []Unnest   // in order; one may use what those before it give
	At      Pos
}

// Window is a window table function over the stream.
type Window struct {
	Func string // "TUMBLE"
	Time *Name  // the DESCRIPTOR column
	Size *IntervalLit
	At   Pos
}

// Sample is TABLESAMPLE BERNOULLI (percent) [REPEATABLE (seed)]: every row by itself
// is kept with the given probability.
type Sample struct {
	Percent    *NumberLit // from 0 to 100
	Repeatable *NumberLit // a whole number; nil: not written
	At         Pos        // of TABLESAMPLE
}

// Unnest is CROSS JOIN UNNEST(array) [WITH ORDINALITY] [AS name [(element, position)]],
// which is also written with a comma instead of CROSS JOIN: each row is repeated for every element.
type Unnest struct {
	Array      Expr
	Ordinality bool
	Alias      *Ident   // nil: none
	Columns    []*Ident // only with Alias
	At         Pos      // of UNNEST
}
