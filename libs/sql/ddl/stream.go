package ddl

import (
	"fmt"
	"strings"
	"time"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/ast"
	"github.com/millrace/millrace/libs/sql/catalog"
)

// DefaultLateness is by how much documents of a stream may be late unless the option
// lateness says otherwise.
const DefaultLateness = 5 * time.Second

// maxName bounds the bytes of a stream's or view's name.
const maxName = 100

// maker makes what one statement declares.
type maker struct{ src string }

func (m *maker) fail(pos ast.Pos, format string, args ...any) *ast.Error {
	return ast.NewError(m.src, pos, fmt.Sprintf(format, args...))
}

func (m *maker) stream(c *ast.CreateStream) (*catalog.Stream, *ast.Error) {
	if err := m.objectName("stream", c.Name); err != nil {
		return nil, err
	}
	s := &catalog.Stream{Name: c.Name.Name, Lateness: DefaultLateness, Declared: true}
	for i := range c.Columns {
		def := &c.Columns[i]
		col, err := m.column(def)
		if err != nil {
			return nil, err
		}
		if _, twice := s.Column(col.Name); twice {
			return nil, m.fail(def.Name.Pos(), "column %s is declared twice", col.Name).WithCode(ast.CodeDuplicate)
		}
		s.Columns = append(s.Columns, col)
	}
	if err := m.streamOptions(s, c); err != nil {
		return nil, err
	}
	return s, m.fits(s, c)
}

// objectName checks the name of a stream or a view.
func (m *maker) objectName(what string, n *ast.Ident) *ast.Error {
	if !catalog.ValidName(n.Name) {
		err := m.fail(n.At, "%q cannot be the name of a %s", n.Name, what).WithCode(ast.CodeName)
		if near := plainName(n.Name); near != "" {
			return err.WithHint("names have lower-case letters, digits and _: write %s", near)
		}
		return err.WithHint("names have lower-case letters, digits and _, and begin with no digit")
	}
	if len(n.Name) > maxName {
		return m.fail(n.At, "the name has %d letters, more than %d", len(n.Name), maxName).WithCode(ast.CodeName)
	}
	return nil
}

// plainName makes a name of a text as far as that goes.
func plainName(text string) string {
	name := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '_':
			return r
		case r >= 'A' && r <= 'Z':
			return r - 'A' + 'a'
		case r == ' ', r == '-', r == '.':
			return '_'
		default:
			return -1
		}
	}, text)
	if !catalog.ValidName(name) || ast.Reserved(name) {
		return ""
	}
	return name
}

// fits refuses a stream of which no file could be read as it is declared.
func (m *maker) fits(s *catalog.Stream, c *ast.CreateStream) *ast.Error {
	switch s.Format {
	case FormatCSV, FormatTSV:
		seen := map[string]bool{}
		for i := range s.Columns {
			field, ok := FlatField(&s.Columns[i])
			if !ok {
				return m.fail(c.Columns[i].Name.Pos(), "column %s is read from %s, and rows of %s files are flat", s.Columns[i].Name, s.Columns[i].Paths[0], s.Format).
					WithHint("name a field that is not nested, as a header has it: %s %s FROM %s", s.Columns[i].Name, s.Columns[i].Type, flat(&s.Columns[i]))
			}
			if seen[field] {
				return m.fail(c.Columns[i].Name.Pos(), "two columns are read from %s, and rows of %s files have each column once", field, s.Format).
					WithHint("declare it once")
			}
			seen[field] = true
		}
	case FormatText:
		for i := range s.Columns {
			if field, ok := FlatField(&s.Columns[i]); ok && field == textField {
				return nil
			}
		}
		return m.fail(c.Columns[0].Name.Pos(), "lines of text are documents with the one field %s, and no column is read from it", textField).
			WithHint("declare %s VARCHAR, or %s VARCHAR FROM '%s'", textField, "line", textField)
	}
	return nil
}

// flat writes where a column is read from as a field that is not nested and has that name.
func flat(c *catalog.Column) string {
	path := catalog.Path{Fields: []string{strings.Join(c.Paths[0].Fields, ".")}, Each: c.Type.Kind == record.Array}
	return ast.Quote(path.String())
}

// FlatField returns the field that a column is read from first, where that is a field of
// the document itself: what a column of a csv or tsv file becomes.
func FlatField(c *catalog.Column) (string, bool) {
	if len(c.Paths) == 0 {
		return "", false
	}
	p := &c.Paths[0]
	if len(p.Fields) != 1 || len(p.MatchKey) > 0 || len(p.Element) > 0 || p.Exists {
		return "", false
	}
	if p.Each && c.Type.Kind != record.Array {
		return "", false
	}
	return p.Fields[0], true
}
