// Package sqlite answers queries with SQLite, an implementation of SQL that
// shares nothing with ours: the second opinion on what a query means.
//
// [Open] loads documents into one table of the columns of tweets, as
// [reference.Document] extracts them; [DB.Query] translates a query to SQLite's
// SQL and returns rows as the reference does. So it judges predicates, NULLs,
// grouping, aggregates, HAVING, order and ties, but not the reading of JSON.
// What SQLite cannot say, or says otherwise on purpose, is an [*Unsupported].
//
//	db, err := sqlite.Open(ctx, docs)
//	rows, err := db.Query(ctx, "SELECT lang, count(*) FROM tweets GROUP BY lang")
package sqlite
