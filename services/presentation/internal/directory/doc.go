// Package directory knows the standing queries: who registered what, and how it
// stands.
//
// Its main noun is the [Directory], which is filled from the records of
// millrace.registry and millrace.status, in order per topic, and answers from
// memory. What an aged status topic no longer tells can be filled in
// ([Directory.Fill]). It does no input or output.
//
//	d := directory.New(catalog)
//	err := d.ReadRegistry(&rec)
//	page, next := d.List(directory.Filter{Owner: "anna"}, "", 100)
package directory
