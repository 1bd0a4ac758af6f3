// Package duckdb answers queries with DuckDB, an implementation of SQL that shares nothing
// with ours and has what SQLite lacks: arrays and UNNEST, intervals, functions of time,
// regular expressions and JSON, quantiles, aggregates of lists, in order and of different
// values.
//
// [Open] loads documents into one table, as package sqlite does; [DB.Query] translates a
// query and returns its rows. It judges values, not how columns are called, which the caller
// says, nor keys. What DuckDB cannot say, or says otherwise on purpose, is an [*Unsupported].
//
// It is a module of its own, outside the workspace: DuckDB is a library of C++ of some 60 MB,
// and needs cgo. `make duckdb` fetches it and runs the tests.
//
//	db, err := duckdb.Open(ctx, docs)
//	rows, err := db.Query(ctx, "SELECT lang, count(*) FROM tweets GROUP BY lang", []string{"lang", "count(*)"})
package duckdb
