package submission

import (
	"slices"
	"strings"

	"github.com/millrace/millrace/libs/sql/ast"
	"github.com/millrace/millrace/libs/sql/ddl"
	"github.com/millrace/millrace/libs/sql/parser"
)

// Reads reports whether the text of a registered query names a stream or view to read
// from: not what a view reads in turn. Queries of the older JSON form read tweets.
func Reads(text, name string) bool {
	if strings.HasPrefix(strings.TrimLeft(text, " \t\r\n"), "{") {
		return name == legacyStream
	}
	if !MayRead(text, name) {
		return false
	}
	stmt, cmd, err := parser.ParseAny(text)
	if view, ok := cmd.(*ast.CreateMaterializedView); ok {
		stmt = view.Query
	}
	if err != nil || stmt == nil {
		return true // of another version: rather too much in use than a query without its stream
	}
	return slices.ContainsFunc(ddl.Reads(stmt), func(read string) bool { return strings.EqualFold(read, name) })
}

// MayRead reports whether a text has the name in it, in any case: others cannot read what
// is called so. The text may be JSON that holds a query.
func MayRead(text, name string) bool {
	if containsFold(text, name) {
		return true
	}
	for _, letter := range [...]string{"\u0130", "\u017f", "\u212a"} { // i, s and k in another case
		if strings.Contains(text, letter) {
			return true
		}
	}
	return false
}
