// Package reference evaluates a query the slow and obvious way: one document
// after another, from [encoding/json] and the syntax tree, without plans,
// columns, sharing or partial states. What it answers is the answer; everything
// else is checked against it.
//
// A [Query] is one standing query over a bounded input in which nothing is
// late: [Query.Add] takes every document, [Query.Rows] closes all windows and
// gives the final rows. A [Set] runs many queries over one pass, decoding each
// document once ([Parse]). [Diff] compares rows with those of another engine.
//
// It shares no code with the engine beyond the parser, the syntax tree and the
// representation of values: the mapping of tweets to columns, the resolution of
// names and functions, comparison, truth, LIKE, case folding, arithmetic, casts, the
// functions of docs/sql-functions.md, aggregates and ordering are its own. Regular
// expressions, hashes and the boundaries of words are those of the libraries that
// the engine has them from: what is done with them is not. It does not judge queries as the binder does: a query that the binder
// rejects may run here.
//
//	q, err := reference.New("SELECT lang, count(*) AS n FROM tweets GROUP BY lang")
//	q.Add([]byte(`{"lang":"en"}`))
//	q.Rows() // {"query":"","key":["en"],"row":{"lang":"en","n":1}}
package reference
