// Package mix makes the sets of standing queries that benchmarks run. A [Mix] is a
// function from a seed and a number to the text of a query: the same on every
// machine and for every input, so that query 7 of a mix is the same whether it is
// run with ten others or with 100,000.
//
// What people ask for follows Zipf's law, over a vocabulary of words that posts do
// have and, mostly, of made-up ones that they rarely have (see words.go). How many
// queries match a post depends on the input; whoever states a speed states that too.
//
// It compiles and runs nothing.
//
//	m, ok := mix.Lookup("mixed")
//	texts := m.Queries(1, 1000) // SELECT count(*) FROM tweets WHERE …
package mix
