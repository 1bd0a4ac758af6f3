// Package format makes JSON documents, each on one line, of the records of
// files. Its main noun is the [Format]: how a file is written, told by its name,
// what it begins with, or a setting. A Format has a [split.Splitter], which finds
// the records, and a [Converter], which makes of each its document.
//
// It reads no files and does not say whether a document is valid: that is for
// whoever decodes it. What cannot be made a document at all is an error that says
// why.
//
//	f := format.Of("posts.csv.gz", head, format.Auto)
//	c := f.Converter(format.Settings{Stream: stream})
//	header, err := c.(*format.Table).Begin([]byte("id,lang"))
//	doc, err := c.Document([]byte("5,en")) // {"id":5,"lang":"en"}
package format
