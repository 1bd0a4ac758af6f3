// Package wire has the Go types of the messages in Millrace's topics and their
// JSON codecs: [FileProgress], [Submission], [Registry], [Stream],
// [View], [Status], [Cost] and [DeadLetter]. The JSON Schemas are in schemas/messages.
//
// Every message that is read again carries a version. Marshal refuses to write
// and Unmarshal to read what the schema does not allow; fields that are not
// known are ignored, so that a newer program may add some, but for submissions,
// which people write.
//
// A plan is bytes here. Delta blocks and seals are in package delta, documents
// of millrace.tweets are no messages of ours.
//
//	value, err := (&wire.Status{ID: id, Epoch: epoch, Transition: wire.Live, Time: now}).Marshal()
package wire
