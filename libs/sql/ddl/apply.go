package ddl

import (
	"fmt"
	"slices"
	"strings"

	"github.com/millrace/millrace/libs/sql/ast"
	"github.com/millrace/millrace/libs/sql/catalog"
)

// Apply returns the catalog after a CREATE STREAM, CREATE VIEW, DROP STREAM or DROP VIEW
// that was parsed from src; note says what else there is to tell. Where the statement
// changes nothing (IF EXISTS, IF NOT EXISTS) the catalog is cat itself. What
// is used is neither dropped nor replaced: users returns the ids of the queries that
// use what has the name, nil: none use anything; what views use is seen here. Errors
// are [*ast.Error]s.
func Apply(cat *catalog.Catalog, cmd ast.Command, src string, users func(name string) []string) (next *catalog.Catalog, note string, err error) {
	a := &applier{maker: maker{src: src}, cat: cat, users: users}
	var told *ast.Error
	switch c := cmd.(type) {
	case *ast.CreateStream:
		next, note, told = a.createStream(c)
	case *ast.CreateView:
		next, told = a.createView(c)
	case *ast.Drop:
		next, note, told = a.drop(c)
	default:
		told = a.fail(cmd.Pos(), "%s declares no stream and no view", cmd.Verb())
	}
	if told != nil {
		return nil, "", told
	}
	return next, note, nil
}

type applier struct {
	maker
	cat   *catalog.Catalog
	users func(string) []string
}

func (a *applier) createStream(c *ast.CreateStream) (*catalog.Catalog, string, *ast.Error) {
	s, err := a.stream(c)
	if err != nil {
		return nil, "", err
	}
	exists, err := a.taken("stream", c.Name, c.OrReplace, c.IfNotExists)
	if err != nil {
		return nil, "", err
	}
	if exists && !c.OrReplace {
		return a.cat, "there is a stream " + s.Name + " already, and it stays as it is", nil
	}
	for _, other := range a.cat.Streams() {
		if other.Topic == s.Topic && other.Name != s.Name {
			return nil, "", a.fail(topicAt(c), "topic %s carries stream %s already", s.Topic, other.Name).WithCode(ast.CodeExists).
				WithHint("read %s, perhaps by CREATE VIEW %s AS SELECT … FROM %s", other.Name, s.Name, other.Name)
		}
	}
	return a.cat.With(s), "", nil
}

func topicAt(c *ast.CreateStream) ast.Pos {
	if o := optionOf(c, "topic"); o != nil {
		return o.Value.Pos()
	}
	return c.Name.At
}

func (a *applier) createView(c *ast.CreateView) (*catalog.Catalog, *ast.Error) {
	if err := a.objectName("view", c.Name); err != nil {
		return nil, err
	}
	if reads(c.Query, c.Name.Name) {
		return nil, a.fail(c.Name.At, "view %s would read itself", c.Name.Name).WithHint("give it another name")
	}
	if _, err := a.taken("view", c.Name, c.OrReplace, false); err != nil {
		return nil, err
	}
	return a.cat.WithView(&catalog.View{Name: c.Name.Name, SQL: a.src, Query: c.Query}), nil
}

// taken reports whether a thing of the kind and name exists, which may stay or be
// replaced; anything else of the name is an error.
func (a *applier) taken(kind string, name *ast.Ident, replace, stay bool) (bool, *ast.Error) {
	found := a.kindOf(name.Name)
	switch {
	case found == "":
		return false, nil
	case found != kind:
		return false, a.fail(name.At, "there is a %s %s already", found, name.Name).WithCode(ast.CodeExists).WithHint("give the %s another name, or DROP %s %s", kind, strings.ToUpper(found), name.Name)
	case replace:
		if err := a.builtIn(name, "replaced"); err != nil {
			return false, err
		}
		return true, a.inUse(kind, name, "replaced")
	case stay:
		return true, nil
	}
	err := a.fail(name.At, "there is a %s %s already", kind, name.Name).WithCode(ast.CodeExists)
	if kind == "stream" {
		return false, err.WithHint("write CREATE OR REPLACE STREAM, or CREATE STREAM IF NOT EXISTS")
	}
	return false, err.WithHint("write CREATE OR REPLACE VIEW")
}

// kindOf returns what has a name: stream, view or nothing.
func (a *applier) kindOf(name string) string {
	if _, ok := a.cat.Stream(name); ok {
		return "stream"
	}
	if _, ok := a.cat.View(name); ok {
		return "view"
	}
	return ""
}

func (a *applier) builtIn(name *ast.Ident, what string) *ast.Error {
	if s, ok := a.cat.Stream(name.Name); ok && !s.Declared {
		return a.fail(name.At, "stream %s cannot be %s: Millrace comes with it", s.Name, what).WithHint("declare another one by CREATE STREAM")
	}
	return nil
}

func (a *applier) drop(d *ast.Drop) (*catalog.Catalog, string, *ast.Error) {
	kind := strings.ToLower(string(d.Kind))
	if err := a.objectName(kind, d.Name); err != nil {
		return nil, "", err
	}
	switch found := a.kindOf(d.Name.Name); {
	case found == "" && d.IfExists:
		return a.cat, "there is no " + kind + " " + d.Name.Name, nil
	case found == "":
		return nil, "", a.unknown(kind, d.Name)
	case found != kind:
		return nil, "", a.fail(d.Name.At, "%s is a %s", d.Name.Name, found).WithHint("write DROP %s %s", strings.ToUpper(found), d.Name.Name)
	}
	if err := a.builtIn(d.Name, "dropped"); err != nil {
		return nil, "", err
	}
	if err := a.inUse(kind, d.Name, "dropped"); err != nil {
		return nil, "", err
	}
	return a.cat.Without(d.Name.Name), "", nil
}

func (a *applier) unknown(kind string, name *ast.Ident) *ast.Error {
	var names []string
	if kind == "stream" {
		for _, s := range a.cat.Streams() {
			names = append(names, s.Name)
		}
	} else {
		for _, v := range a.cat.Views() {
			names = append(names, v.Name)
		}
	}
	err := a.fail(name.At, "there is no %s %s", kind, name.Name).WithCode(ast.CodeStream)
	if near, ok := ast.Nearest(name.Name, names); ok {
		return err.WithHint("did you mean %s?", near)
	}
	if len(names) == 0 {
		return err
	}
	return err.WithHint("%ss: %s", kind, strings.Join(names, ", "))
}

// inUse refuses what queries or views use, and names them.
func (a *applier) inUse(kind string, name *ast.Ident, what string) *ast.Error {
	var views, queries []string
	for _, v := range a.cat.Views() {
		if reads(v.Query, name.Name) {
			views = append(views, v.Name)
		}
	}
	if a.users != nil {
		queries = a.users(name.Name)
	}
	if len(views)+len(queries) == 0 {
		return nil
	}
	slices.Sort(queries)
	var all []string
	if len(views) > 0 {
		all = append(all, some("view", views))
	}
	if len(queries) > 0 {
		all = append(all, some("query", queries))
	}
	first := "MATERIALIZED VIEW " + quoted(append(slices.Clone(queries), "")[0])
	if len(views) > 0 {
		first = "VIEW " + views[0]
	}
	return a.fail(name.At, "%s %s cannot be %s: it is used by %s", kind, name.Name, what, strings.Join(all, " and ")).WithCode(ast.CodeInUse).
		WithHint("drop what uses it first: DROP %s", first)
}

// reads reports whether a query reads what has the name, as names are looked up: case
// does not matter, beyond ASCII neither.
func reads(q *ast.Statement, name string) bool {
	return slices.ContainsFunc(Reads(q), func(read string) bool { return strings.EqualFold(read, name) })
}

// quoted writes an id as an identifier of SQL.
func quoted(id string) string { return (&ast.Ident{Name: id}).String() }

// some lists names, the first ones of many.
func some(what string, names []string) string {
	const most = 10
	if len(names) > 1 {
		if what = strings.TrimSuffix(what, "y"); what == "quer" {
			what += "ie"
		}
		what += "s"
	}
	if len(names) > most {
		return fmt.Sprintf("%s %s, … (%d in all)", what, strings.Join(names[:most], ", "), len(names))
	}
	return what + " " + strings.Join(names, ", ")
}
