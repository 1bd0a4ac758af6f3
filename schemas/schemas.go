// Package schemas holds what Millrace's programs agree on, as files: the stream
// catalogs (streams/NAME.yaml) and a JSON Schema 2020-12 per message
// (messages/NAME.json), each with examples, and the descriptions of the
// interfaces (*api.yaml).
//
// It only carries the files. Package catalog reads the catalogs, package wire
// has the Go types and codecs of the messages.
//
//	text, err := schemas.Message("registry")
package schemas

import (
	"embed"
	"fmt"
	"io/fs"
)

//go:embed streams/*.yaml messages/*.json *api.yaml
var files embed.FS

// Files returns the tree of streams/ and messages/, and the descriptions. It cannot
// be changed.
func Files() fs.FS { return files }

// Message returns the JSON Schema of the named message, for example
// "file-progress".
func Message(name string) ([]byte, error) {
	b, err := files.ReadFile("messages/" + name + ".json")
	if err != nil {
		return nil, fmt.Errorf("no schema of a message %q: %w", name, err)
	}
	return b, nil
}

// Description returns the description of an interface, for example
// "openapi.yaml".
func Description(name string) ([]byte, error) {
	b, err := files.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("no description %q: %w", name, err)
	}
	return b, nil
}
