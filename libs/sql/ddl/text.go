package ddl

import (
	"slices"
	"strings"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/ast"
	"github.com/millrace/millrace/libs/sql/catalog"
)

// Text returns the CREATE STREAM that declares s, a line for each column. What is the
// default is left out.
func Text(s *catalog.Stream) string {
	var b strings.Builder
	b.WriteString("CREATE STREAM " + name(s.Name) + " (\n")
	for i := range s.Columns {
		def := ColumnText(&s.Columns[i])
		if i < len(s.Columns)-1 {
			def += ","
		}
		b.WriteString("  " + def + "\n")
	}
	b.WriteByte(')')
	var options []string
	option := func(name, value string) {
		if value != "" {
			options = append(options, name+" = "+literal(value))
		}
	}
	if s.Topic != catalog.TopicPrefix+s.Name {
		option("topic", s.Topic)
	}
	option("format", s.Format)
	if s.Header {
		options = append(options, "header = TRUE")
	}
	option("timestamp", s.EventTime)
	if s.Lateness != DefaultLateness {
		option("lateness", s.Lateness.String())
	}
	option("comment", s.Doc)
	if len(options) > 0 {
		b.WriteString(" WITH (" + strings.Join(options, ", ") + ")")
	}
	return b.String()
}

// ColumnText returns a column as CREATE STREAM declares it.
func ColumnText(c *catalog.Column) string {
	def := ast.ColumnDef{NumericStrings: c.NumericStrings, AbsentIsFalse: c.AbsentIsFalse, Name: &ast.Name{}}
	parts := strings.Split(c.Name, ".")
	for _, p := range parts {
		def.Name.Parts = append(def.Name.Parts, ast.Ident{Name: p})
	}
	plain := catalog.Path{Fields: parts, Each: c.Type.Kind == record.Array}
	if len(c.Paths) != 1 || c.Paths[0].String() != plain.String() {
		for _, p := range c.Paths {
			def.Paths = append(def.Paths, &ast.StringLit{Value: p.String()})
		}
	}
	if !slices.Equal(c.Formats, defaultFormats(c.Type)) {
		for _, f := range c.Formats {
			def.Formats = append(def.Formats, &ast.StringLit{Value: f})
		}
	}
	if c.Doc != "" {
		def.Comment = &ast.StringLit{Value: c.Doc}
	}
	def.Type = typeName(c.Type)
	return def.String()
}

func typeName(t record.Type) ast.TypeName {
	if t.Kind == record.Array {
		elem := typeName(*t.Elem)
		return ast.TypeName{Name: "ARRAY", Elem: &elem}
	}
	return ast.TypeName{Name: t.String()}
}

func defaultFormats(t record.Type) []string {
	if t.Kind == record.Array {
		t = *t.Elem
	}
	switch t.Kind {
	case record.Timestamp:
		return timestampFormats()
	case record.Date:
		return dateFormats()
	default:
		return nil
	}
}

func name(s string) string { return (&ast.Ident{Name: s}).String() }

func literal(s string) string { return (&ast.StringLit{Value: s}).String() }
