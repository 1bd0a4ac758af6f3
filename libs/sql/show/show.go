// Package show makes the answers of SHOW and DESCRIBE: a [Table] of what a catalog and
// the functions are. What is known of queries it is told by others.
//
//	t := show.Streams(cat)
//	fmt.Println(t.Columns, t.Rows)
package show

import (
	"strings"

	"github.com/millrace/millrace/libs/sql/ast"
	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/libs/sql/ddl"
	"github.com/millrace/millrace/libs/sql/function"
)

// Table is an answer: rows of texts, each as long as Columns.
type Table struct {
	Columns []string   `json:"columns"`
	Rows    [][]string `json:"rows"`

	// Definition is the statement that makes what is described; "": none does.
	Definition string `json:"definition,omitempty"`
}

// Streams lists the streams of a catalog.
func Streams(c *catalog.Catalog) Table {
	t := Table{Columns: []string{"name", "topic", "event time", "comment"}, Rows: [][]string{}}
	for _, s := range c.Streams() {
		t.Rows = append(t.Rows, []string{s.Name, s.Topic, s.EventTime, s.Doc})
	}
	return t
}

// Views lists the views of a catalog.
func Views(c *catalog.Catalog) Table {
	t := Table{Columns: []string{"name", "query"}, Rows: [][]string{}}
	for _, v := range c.Views() {
		t.Rows = append(t.Rows, []string{v.Name, v.Query.String()})
	}
	return t
}

// Functions lists all functions: the aggregates, then those of single values by section.
func Functions() Table {
	t := Table{Columns: []string{"name", "kind", "takes and gives", "meaning"}, Rows: [][]string{}}
	for _, a := range function.Aggregates() {
		takes := a.Takes
		if takes == "" {
			takes = "any type"
		}
		t.Rows = append(t.Rows, []string{a.Name, "aggregate", takes, a.Doc})
	}
	all := function.Scalars()
	for i := range all {
		f := &all[i]
		name := f.Name
		if f.SQL != "" {
			name = f.SQL
		}
		var signatures []string
		for _, s := range f.Signatures() {
			signatures = append(signatures, strings.TrimPrefix(strings.TrimPrefix(s, name), " "))
		}
		t.Rows = append(t.Rows, []string{name, strings.ToLower(string(f.Section)), strings.Join(signatures, "; "), f.Doc})
	}
	return t
}

// Describe tells what a stream or view is; false: the catalog has none of that name.
func Describe(c *catalog.Catalog, name *ast.Ident) (Table, bool) {
	if v, ok := c.View(name.Name); ok && (!name.Quoted || v.Name == name.Name) {
		return Table{Columns: []string{"name", "query"}, Rows: [][]string{{v.Name, v.Query.String()}}, Definition: v.SQL}, true
	}
	s, ok := c.Stream(name.Name)
	if !ok || name.Quoted && s.Name != name.Name {
		return Table{}, false
	}
	t := Table{Columns: []string{"column", "type", "found at", "comment"}, Rows: [][]string{}, Definition: ddl.Text(s)}
	for i := range s.Columns {
		col := &s.Columns[i]
		var paths []string
		for _, p := range col.Paths {
			paths = append(paths, p.String())
		}
		t.Rows = append(t.Rows, []string{col.Name, col.Type.String(), strings.Join(paths, ", "), col.Doc})
	}
	return t, true
}
