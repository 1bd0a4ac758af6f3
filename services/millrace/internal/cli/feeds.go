package cli

import (
	"errors"
	"io/fs"
	"os"
	"strings"

	"github.com/millrace/millrace/libs/daemon"
	"github.com/millrace/millrace/libs/sql/ast"
	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/services/millrace"
)

// fed tells inputs of tweets from those of other streams, which are written NAME=PATH.
// A file that is there under the whole name is one, whatever its name looks like.
func fed(args []string, cat *catalog.Catalog) (inputs []string, feeds []millrace.Feed, err error) {
	for _, arg := range args {
		name, path, named := strings.Cut(arg, "=")
		if !named {
			inputs = append(inputs, arg)
			continue
		}
		if s, ok := cat.Stream(name); ok {
			if path == "" {
				return nil, nil, daemon.Usagef("%s feeds stream %s nothing: name a file or folder after the =", arg, s.Name)
			}
			feeds = append(feeds, millrace.Feed{Stream: s.Name, Inputs: []string{path}})
			continue
		}
		if _, err := os.Stat(arg); !errors.Is(err, fs.ErrNotExist) {
			inputs = append(inputs, arg)
			continue
		}
		return nil, nil, daemon.Usagef("%s: %s", arg, unknownFeed(name, cat))
	}
	return inputs, feeds, nil
}

func unknownFeed(name string, cat *catalog.Catalog) string {
	var names []string
	for _, s := range cat.Streams() {
		names = append(names, s.Name)
	}
	text := "there is no stream " + name
	if _, ok := cat.View(name); ok {
		return name + " is a view: feed the stream that it reads"
	}
	if near, ok := ast.Nearest(name, names); ok {
		return text + ": did you mean " + near + "?"
	}
	return text + ": declare it by CREATE STREAM in the file of queries; there are " + strings.Join(names, ", ")
}
