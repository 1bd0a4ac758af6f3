// Package generate writes tweets that nobody wrote: seeded v1.1 documents whose
// fields look and are distributed like real ones, for trying out, tests and
// benchmarks.
//
// A [Generator] is a function from a seed and a number to a line. Line i does
// not depend on the lines before it, so a retweet repeats the very post that it
// retweets, and the same options give the same bytes on every run and machine.
// Words, hashtags and authors follow Zipf's law or nearly so, followers are
// log-normal, languages come as on the real stream, every second post is
// a retweet.
//
// It does not know SQL or the catalog of streams, and it sends nothing
// anywhere.
//
//	g, err := generate.New(generate.Options{Seed: 1})
//	line := g.Append(nil, 0) // {"created_at":"Sat Oct 01 00:00:00 +0000 2016",…}
package generate
