// Package slt holds SQL logic tests: files of input documents, queries and the
// rows that they must give, worked out by hand. Expected rows are never taken
// from a program's output; where a program disagrees, one reasons again.
//
// A file is read line by line; # starts a comment line, an empty line ends a
// block.
//
//	# Three-valued logic in WHERE.
//
//	input
//	{"id":1,"lang":"en"}
//	{"id":2}
//
//	query null is neither equal nor unequal
//	SELECT count(*) AS n FROM tweets WHERE lang <> 'de'
//	----
//	[] {"n":1}
//
// "input" gives one document a line and holds for the queries that follow, up to
// the next one. Lines that are not documents belong to the input: they must cost
// nothing but themselves. A line go:"…" is a Go string, for bytes that a file
// should not hold; "input NAME" reads fixtures/NAME.ndjson instead.
//
// "query" is followed by its name, then the SQL, then, after ----, one row a
// line: the key, the row, and where there is a window @ and its bounds. Rows of a
// query with ORDER BY are in order.
//
//	["en"] {"lang":"en","n":2} @ 2016-10-01T00:00:00Z 2016-10-01T00:01:00Z
//
// [Alone] and [Shared] run the cases on an [Engine].
package slt
