// Package parser reads SQL text into the tree of package ast: a hand-written
// lexer and a recursive-descent parser with one level per binding strength (OR,
// AND, NOT, predicates, operands).
//
// What it refuses, it refuses with an [ast.Error]: the place, what was expected
// and found there, and what to write instead. It knows no streams, columns,
// functions or types; package bind does.
//
//	stmt, err := parser.Parse("SELECT lang, count(*) FROM tweets GROUP BY lang")
package parser
