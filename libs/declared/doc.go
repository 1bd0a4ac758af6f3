// Package declared makes catalogs of what the registry holds: of the streams and views
// that were declared while services run, the same in every service.
//
// Its main noun is the [Catalog], which begins with the streams that Millrace comes with
// and takes records of millrace.registry in their order. It does not decide what may be
// declared or dropped (query-parser does, by package sql), and does no input or output.
//
//	c := declared.New(builtIn)
//	change, err := c.Read(rec.Key, rec.Value, epoch) // for each record of the registry
//	out, err := sql.Compile("SELECT count(*) FROM logs", c.Catalog())
package declared
