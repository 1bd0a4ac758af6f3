package ddl

import (
	"strings"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/ast"
	"github.com/millrace/millrace/libs/sql/catalog"
)

// timestampFormats and dateFormats are those of columns that name none.
func timestampFormats() []string {
	return []string{catalog.FormatRFC3339, "2006-01-02 15:04:05", "2006-01-02T15:04:05", catalog.FormatEpochMS}
}

func dateFormats() []string { return []string{"2006-01-02"} }

// reservedColumns are names that mean something else in every query.
func reservedColumns() map[string]string {
	return map[string]string{
		"window_start": "windows have a column of this name",
		"window_end":   "windows have a column of this name",
	}
}

// column makes a column of its declaration.
func (m *maker) column(def *ast.ColumnDef) (catalog.Column, *ast.Error) {
	c := catalog.Column{NumericStrings: def.NumericStrings, AbsentIsFalse: def.AbsentIsFalse}
	var err *ast.Error
	if c.Name, err = m.columnName(def.Name); err != nil {
		return c, err
	}
	if c.Type, err = m.columnType(def); err != nil {
		return c, err
	}
	if def.Comment != nil {
		c.Doc = def.Comment.Value
	}
	if def.NumericStrings && !c.Type.Numeric() {
		return c, m.fail(def.Type.At, "NUMERIC STRINGS is for BIGINT and DOUBLE, and column %s is %s", c.Name, c.Type).WithCode(ast.CodeType)
	}
	if def.AbsentIsFalse && c.Type.Kind != record.Boolean {
		return c, m.fail(def.Type.At, "ABSENT IS FALSE is for BOOLEAN, and column %s is %s", c.Name, c.Type).WithCode(ast.CodeType)
	}
	if err := m.formats(def, &c); err != nil {
		return c, err
	}
	return c, m.paths(def, &c)
}

func (m *maker) columnName(n *ast.Name) (string, *ast.Error) {
	parts := make([]string, len(n.Parts))
	for i := range n.Parts {
		parts[i] = n.Parts[i].Name
		if catalog.ValidName(parts[i]) {
			continue
		}
		err := m.fail(n.Parts[i].At, "%q cannot be the name of a column", parts[i]).WithCode(ast.CodeName)
		if near := plainName(parts[i]); near != "" {
			field := catalog.Path{Fields: []string{parts[i]}}
			return "", err.WithHint("names have lower-case letters, digits and _: write %s, and after its type FROM '%s'",
				near, strings.ReplaceAll(field.String(), "'", "''"))
		}
		return "", err.WithHint("names have lower-case letters, digits and _, and begin with no digit")
	}
	name := strings.Join(parts, ".")
	if len(name) > maxName {
		return "", m.fail(n.Pos(), "the name has %d letters, more than %d", len(name), maxName).WithCode(ast.CodeName)
	}
	if why, ok := reservedColumns()[name]; ok {
		return "", m.fail(n.Pos(), "a column cannot be called %s: %s", name, why).WithCode(ast.CodeName).
			WithHint("choose another name, and say where it is found: %s2 … FROM '%s'", name, name)
	}
	return name, nil
}

func (m *maker) columnType(def *ast.ColumnDef) (record.Type, *ast.Error) {
	name := def.Type.String()
	t, err := record.ParseType(name)
	switch {
	case strings.Contains(name, "INTERVAL"):
		return t, m.fail(def.Type.At, "a column cannot be %s: intervals are not read from documents", name).WithCode(ast.CodeType).
			WithHint("declare a BIGINT, and compute with x * INTERVAL '1' SECOND")
	case err != nil:
		return t, m.fail(def.Type.At, "a column cannot be %s", name).WithCode(ast.CodeType)
	case t.Kind == record.Array && t.Elem.Kind == record.Array:
		return t, m.fail(def.Type.At, "a column cannot be %s: arrays of arrays are not read from documents", name).WithCode(ast.CodeType).
			WithHint("declare it as JSON")
	}
	return t, nil
}

// formats says how a TIMESTAMP or DATE is written.
func (m *maker) formats(def *ast.ColumnDef, c *catalog.Column) *ast.Error {
	t := c.Type
	if t.Kind == record.Array {
		t = *t.Elem
	}
	timed := t.Kind == record.Timestamp || t.Kind == record.Date
	for _, f := range def.Formats {
		epoch := f.Value == catalog.FormatEpochMS || f.Value == catalog.FormatEpochSec
		switch {
		case !timed:
			return m.fail(f.At, "FORMAT is for TIMESTAMP and DATE, and column %s is %s", c.Name, c.Type).WithCode(ast.CodeType).WithHint("leave it out")
		case epoch && t.Kind == record.Date:
			return m.fail(f.At, "%s is a format of TIMESTAMP, and column %s is %s", f.Value, c.Name, c.Type).WithCode(ast.CodeType)
		case epoch, f.Value == catalog.FormatRFC3339:
		case !catalog.ValidLayout(f.Value):
			err := m.fail(f.At, "%s is no format of times", f)
			if near, ok := ast.Nearest(f.Value, []string{catalog.FormatRFC3339, catalog.FormatEpochMS, catalog.FormatEpochSec}); ok {
				return err.WithHint("did you mean '%s'?", near)
			}
			return err.WithHint("formats: 'rfc3339', 'epoch_ms', 'epoch_s', or how Go writes 2 January 2006, 15:04:05, for example '02/Jan/2006:15:04:05 -0700'")
		}
		c.Formats = append(c.Formats, f.Value)
	}
	switch {
	case len(c.Formats) > 0 || !timed:
	case t.Kind == record.Timestamp:
		c.Formats = timestampFormats()
	default:
		c.Formats = dateFormats()
	}
	return nil
}

// paths says where the column is found: where nothing is said, at its name as it is
// written, upper case included.
func (m *maker) paths(def *ast.ColumnDef, c *catalog.Column) *ast.Error {
	if len(def.Paths) == 0 {
		p := catalog.Path{Each: c.Type.Kind == record.Array}
		for i := range def.Name.Parts {
			p.Fields = append(p.Fields, m.written(&def.Name.Parts[i]))
		}
		c.Paths = []catalog.Path{p}
		return nil
	}
	for _, at := range def.Paths {
		p, err := catalog.ParsePath(at.Value)
		switch {
		case err != nil:
			return m.fail(at.At, "%v", err).
				WithHint("for example 'user.name', 'tags[]', 'tags[].text'; a field whose name has such characters stands between double quotes")
		case p.Each && c.Type.Kind != record.Array:
			return m.fail(at.At, "[] is for ARRAY, and column %s is %s", c.Name, c.Type).WithCode(ast.CodeType).WithHint("write %s ARRAY<%s>", c.Name, c.Type)
		case !p.Each && c.Type.Kind == record.Array:
			return m.fail(at.At, "the path of an ARRAY has [] after the field that is one").WithCode(ast.CodeType).WithHint("write '%s[]'", at.Value)
		case p.Exists && c.Type.Kind != record.Boolean:
			return m.fail(at.At, "? is for BOOLEAN, and column %s is %s", c.Name, c.Type).WithCode(ast.CodeType)
		}
		c.Paths = append(c.Paths, p)
	}
	return nil
}

// written returns an identifier as it stands in the text: unquoted ones are folded to
// lower case in the tree, and fields of documents are not.
func (m *maker) written(id *ast.Ident) string {
	if id.Quoted || int(id.At) >= len(m.src) {
		return id.Name
	}
	rest := m.src[id.At:]
	n := strings.IndexFunc(rest, func(r rune) bool { return !ast.IdentPart(r) })
	if n < 0 {
		n = len(rest)
	}
	if !strings.EqualFold(rest[:n], id.Name) {
		return id.Name // the tree is not of this text
	}
	return rest[:n]
}
