// Package engine runs standing queries over batches of documents in one process,
// in several ways that are compared with each other. An [Engine] holds queries; a
// [Worker] is one core of it.
//
//   - shared is Millrace: one shared plan, as the scan stage of a scheduler runs
//     it, blocks for the exchange included. A [Level] says which optimisations are on.
//   - closure decodes with our decoder and then calls one compiled closure per
//     query, each with its own groups: what a good engine does that shares nothing
//     but the decoded document.
//   - segmentio is the same over documents that segmentio/encoding decodes into a
//     struct.
//
// All give the same [Answer] for every query. Nothing here reads files, measures or
// prints: package bench does.
//
//	e, err := engine.New("shared", engine.Options{Catalog: c, Stream: "tweets", Level: engine.All()})
//	err = e.Add("q1", root)
//	err = e.Ready()
//	w, err := e.Worker()
//	n, err := w.Add(value, 0, offset)
//	err = w.Commit()
package engine
