// Package bind gives a syntax tree its meaning: it resolves names against the
// catalog, checks types and the rules of grouping, and makes the plan of the
// query as it was written, one plan node per clause.
//
// It does not rewrite (package optimize brings the plan into canonical form) and
// does not run anything. What it refuses, it refuses with an [ast.Error] that
// has the place and, where one is near, the name that may have been meant.
//
//	out, err := bind.Bind(stmt, cat, src)
package bind
