package legacy

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/ast"
	"github.com/millrace/millrace/libs/sql/catalog"
)

// Query is a query that was read from JSON. Positions in its tree are byte
// offsets into the JSON.
type Query struct {
	Statement *ast.Statement
	src       string
	paths     map[ast.Pos]string
}

// Parse reads a query over the stream, whose columns tell texts from lists. Its
// errors are [*ast.Error]s whose messages begin with a JSON path. Names that the
// stream lacks are left to the binder.
func Parse(src string, stream *catalog.Stream) (*Query, error) {
	root, err := parse(src)
	if err == nil {
		r := &converter{src: src, stream: stream, paths: map[ast.Pos]string{}}
		var stmt *ast.Statement
		if stmt, err = r.statement(root); err == nil {
			return &Query{Statement: stmt, src: src, paths: r.paths}, nil
		}
	}
	return nil, err
}

// Syntax returns an [*ast.Error] with the place where src stops being one JSON
// value, and nil if it is one.
func Syntax(src string) error {
	if _, err := parse(src); err != nil {
		return err
	}
	return nil
}

// Explain names the JSON path in an error that the binder returned for the
// query's tree.
func (q *Query) Explain(err error) error {
	var e *ast.Error
	if !errors.As(err, &e) {
		return err
	}
	path, best := "", ast.Pos(-1)
	for at, p := range q.paths {
		if at <= e.Pos && at > best {
			path, best = p, at
		}
	}
	if path == "" {
		return err
	}
	told := *e
	told.Msg = path + ": " + e.Msg
	return &told
}

// Source is the text that positions are of.
func (q *Query) Source() string { return q.src }

// converter turns a tree of JSON into one of SQL.
type converter struct {
	src    string
	stream *catalog.Stream
	paths  map[ast.Pos]string
}

// at notes where a part of the tree comes from.
func (c *converter) at(v *value) ast.Pos {
	c.paths[v.at] = v.path
	return v.at
}

// fail returns an error about v.
func (c *converter) fail(v *value, format string, args ...any) *ast.Error {
	msg := fmt.Sprintf(format, args...)
	if v.path != "" {
		msg = v.path + ": " + msg
	}
	return ast.NewError(c.src, v.at, msg)
}

// expected returns the error of finding v where want should be.
func (c *converter) expected(v *value, want string) *ast.Error {
	e := c.fail(v, "expected %s, found %s", want, v.kind)
	e.Expected, e.Found = want, v.kind.String()
	return e
}

// unknownKey returns the error of an entry whose key is none of known.
func (c *converter) unknownKey(m member, what string, known ...string) *ast.Error {
	key := &value{at: m.at, path: m.value.path}
	return c.unknown(key, what, m.key, known...)
}

// unknown returns the error of a name that is none of known.
func (c *converter) unknown(v *value, what, name string, known ...string) *ast.Error {
	e := c.fail(v, "unknown %s %q", what, name)
	e.Expected, e.Found = strings.Join(known, ", "), name
	if near, ok := ast.Nearest(name, known); ok {
		return e.WithHint("did you mean %s?", near)
	}
	return e.WithHint("it can be %s", e.Expected)
}

func (c *converter) statement(root *value) (*ast.Statement, *ast.Error) {
	if root.kind != object {
		return nil, c.expected(root, "an object with select")
	}
	stmt := &ast.Statement{
		At:   c.at(root),
		From: ast.From{Stream: &ast.Ident{Name: c.stream.Name, At: root.at}, At: root.at},
	}
	var selected *value
	for _, m := range root.members {
		var err *ast.Error
		switch m.key {
		case "select":
			selected = m.value
		case "where":
			if m.value.kind != null && (m.value.kind != object || len(m.value.members) > 0) {
				stmt.Where, err = c.conditions(m.value)
			}
		case "group_by":
			stmt.GroupBy, err = c.groupBy(m.value)
		default:
			err = c.unknownKey(m, "entry", "select", "where", "group_by")
		}
		if err != nil {
			return nil, err
		}
	}
	if selected == nil {
		return nil, c.fail(root, "select is missing").
			WithHint(`for example "select":{"agg":"count","field":"*"}`)
	}
	items, err := c.selection(selected)
	if err != nil {
		return nil, err
	}
	if selected.kind == object {
		for _, key := range stmt.GroupBy {
			stmt.Select = append(stmt.Select, ast.SelectItem{Expr: key})
		}
	}
	stmt.Select = append(stmt.Select, items...)
	return stmt, nil
}

// selection reads what a query returns.
func (c *converter) selection(v *value) ([]ast.SelectItem, *ast.Error) {
	switch v.kind {
	case text:
		if v.text == "*" {
			return []ast.SelectItem{{Expr: &ast.Star{At: c.at(v)}}}, nil
		}
		name, err := c.name(v, v.text)
		return []ast.SelectItem{{Expr: name}}, err
	case object:
		call, err := c.aggregate(v)
		return []ast.SelectItem{{Expr: call}}, err
	case list:
		var items []ast.SelectItem
		for _, item := range v.items {
			if item.kind == list {
				return nil, c.expected(item, "a field or an aggregate")
			}
			more, err := c.selection(item)
			if err != nil {
				return nil, err
			}
			items = append(items, more...)
		}
		if len(items) == 0 {
			return nil, c.fail(v, "the list of fields is empty")
		}
		return items, nil
	case null, boolean, number:
	}
	return nil, c.expected(v, "an aggregate, a field or a list of fields")
}

// aggregate reads {"agg":"sum","field":"retweet_count"}.
func (c *converter) aggregate(v *value) (*ast.Call, *ast.Error) {
	call := &ast.Call{At: c.at(v), End: v.at}
	var field *value
	for _, m := range v.members {
		switch m.key {
		case "agg":
			if m.value.kind != text {
				return nil, c.expected(m.value, "the name of an aggregate")
			}
			call.Func, call.At = strings.ToLower(m.value.text), c.at(m.value)
			known := []string{"count", "max", "min", "sum", "avg"}
			if !slices.Contains(known, call.Func) {
				return nil, c.unknown(m.value, "aggregate", m.value.text, known...)
			}
		case "field":
			if m.value.kind != text {
				return nil, c.expected(m.value, "the name of a field")
			}
			field = m.value
		default:
			return nil, c.unknownKey(m, "entry", "agg", "field")
		}
	}
	switch {
	case call.Func == "":
		return nil, c.fail(v, "agg is missing").WithHint(`for example {"agg":"count","field":"*"}`)
	case call.Func == "count" && (field == nil || field.text == "*"):
		call.Star = true
		return call, nil
	case field == nil:
		return nil, c.fail(v, "field is missing").WithHint(`for example {"agg":%q,"field":"retweet_count"}`, call.Func)
	case field.text == "*":
		return nil, c.fail(field, "%s needs a field, not *", call.Func).WithHint("only count takes *")
	}
	name, err := c.name(field, field.text)
	if err != nil {
		return nil, err
	}
	call.Args = []ast.Expr{name}
	return call, nil
}

func (c *converter) groupBy(v *value) ([]ast.Expr, *ast.Error) {
	fields := []*value{v}
	switch v.kind {
	case null:
		return nil, nil
	case list:
		fields = v.items
	case text, object, number, boolean:
	}
	var keys []ast.Expr
	for _, f := range fields {
		if f.kind != text {
			return nil, c.expected(f, "a field or a list of fields")
		}
		name, err := c.name(f, f.text)
		if err != nil {
			return nil, err
		}
		keys = append(keys, name)
	}
	return keys, nil
}

// name reads a field, dotted where nested.
func (c *converter) name(v *value, field string) (*ast.Name, *ast.Error) {
	n := &ast.Name{}
	for _, part := range strings.Split(field, ".") {
		if part == "" {
			return nil, c.fail(v, "%q is not the name of a field", field)
		}
		n.Parts = append(n.Parts, ast.Ident{Name: strings.ToLower(part), At: c.at(v)})
	}
	return n, nil
}

// isList reports whether the stream declares the field as an array.
func (c *converter) isList(field string) bool {
	col, ok := c.stream.Column(field)
	return ok && col.Type.Kind == record.Array
}
