// Package build turns the shared plan into what runs: it is the only place where
// a share.Plan becomes a scan.Program, and a query's plan a merge.Query.
//
// A [Builder] follows queries as they come and go. Each change compiles the
// nodes that are new and forgets those that are gone; [Builder.Program] then
// returns an immutable snapshot that shares everything else with the one before.
// It also says how the streams' columns are decoded: only those that some query
// needs.
//
// It does not read the registry, decode or run anything.
//
//	b := build.NewBuilder(catalog)
//	err := b.Add("q1", root)
//	partial.Reset(b.Program())
package build
