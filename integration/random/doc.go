// Package random makes queries and documents for differential tests: valid
// queries over the whole dialect, and tweets of every form with missing fields,
// wrong types, NULLs, ties and text of many scripts.
//
// Everything follows from a seed: the same seed gives the same output, so a
// failing test prints its seed and nothing else. Literals are drawn from a sample
// of documents, so that predicates hit.
//
// [Generator.Query] makes queries over columns, such as SQLite can mostly answer too,
// and [Generator.Rich] those over the whole dialect: a table has every
// operator, keyword and function, and [Generator.Coverage] tells how often each was drawn.
//
//	docs := random.Documents(seed, 500)
//	g := random.New(seed, docs)
//	g.Query() // SELECT lang, count(*) AS n FROM tweets WHERE NOT (…) GROUP BY lang
package random
