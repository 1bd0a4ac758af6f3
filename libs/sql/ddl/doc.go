// Package ddl turns the statements that declare things into what a catalog holds:
// CREATE STREAM into a [catalog.Stream], CREATE VIEW into a [catalog.View], and DROP
// into a catalog without one ([Apply]). It writes a stream back as the statement that
// declares it ([Text]), and tells what a query reads ([Reads]).
//
// It binds no queries (package bind does) and knows nothing of who uses a stream: that
// is told by the caller. Every error for people is an [*ast.Error].
//
//	_, cmd, err := parser.ParseAny("CREATE STREAM logs (level VARCHAR) WITH (format = 'tsv')")
//	cat, note, err := ddl.Apply(cat, cmd, src, nil)
package ddl
