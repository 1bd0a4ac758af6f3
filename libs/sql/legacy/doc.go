// Package legacy reads the older form of a query, a JSON object, and turns it
// into the syntax tree of the same query in SQL:
//
//	{"select": {"agg": "count", "field": "*"},
//	 "where": {"_and": [{"text": {"_contains": "abc"}}, {"lang": {"_eq": "en"}}]},
//	 "group_by": "lang"}
//
// is
//
//	SELECT lang, count(*) FROM tweets WHERE text CONTAINS 'abc' AND lang = 'en' GROUP BY lang
//
// "select" is an aggregate (count, max, min, sum or avg, of a field), the name
// of a field, or a list of these; "*" is every field, or with count every row.
// In "where" an object's entries must all hold: a field with _contains, _eq or
// _neq, or _and or _or with a list of conditions. _contains is a substring test
// of a text and a membership test of a list; comparing with null asks whether
// the field is null. "group_by" is a field or a list of fields.
//
// A [Query] knows which part of the JSON each part of the tree came from, so
// that what the binder refuses is told by JSON path.
package legacy
