// Package record defines rows: the SQL types, single values, the four truth
// values, and [Batch], a run of rows stored by column.
//
// A decoder (package jsonscan) appends documents to a Batch; operators (package
// exec) read its columns; group keys, aggregate results and literals are
// [Value]s with one canonical encoding ([AppendValue]) and one JSON spelling
// ([AppendJSON]).
//
// It knows nothing of JSON paths, streams or queries.
//
//	b := record.NewBatch(&record.Schema{Fields: []record.Field{{Name: "lang", Type: record.VarcharType}}})
//	b.Columns[0].AppendStr("en")
//	b.EndRow(1475280000000000)
//	b.Name(partition, offset, 0)
package record
