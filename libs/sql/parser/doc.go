// Package parser reads SQL text into the tree of package ast: a hand-written
// lexer and a recursive-descent parser with one level per binding strength, which
// are PostgreSQL's.
//
// Weakest first: OR, AND, NOT, IS, comparison, BETWEEN IN LIKE CONTAINS REGEXP, || -> ->> ~,
// + -, * / %, the sign, and [ ] and :: after an operand. Few words are reserved (see
// [ast.Reserved]); all others are keywords only where nothing else fits.
//
// What it refuses, it refuses with an [ast.Error]: the place, what was expected
// and found there, and what to write instead. It knows no streams, columns,
// functions or options; package bind and the catalog do. Of types it knows the names.
//
//	stmt, err := parser.Parse("SELECT lang, count(*) FROM tweets GROUP BY lang")
//	stmt, cmd, err := parser.ParseAny("SHOW STREAMS")
package parser
