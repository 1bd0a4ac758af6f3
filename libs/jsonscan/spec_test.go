package jsonscan_test

import (
	"strings"
	"testing"

	"github.com/millrace/millrace/libs/jsonscan"
	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/catalog"
)

// specOf returns the spec that reads the named columns of a stream, all without
// names.
func specOf(s *catalog.Stream, names ...string) jsonscan.Spec {
	var spec jsonscan.Spec
	for _, c := range s.Columns {
		col := columnOf(c)
		if c.Name == s.EventTime {
			spec.EventTime = &col
		}
		if len(names) == 0 {
			spec.Columns = append(spec.Columns, col)
		}
	}
	for _, n := range names {
		c, ok := s.Column(n)
		if !ok {
			panic("no column " + n)
		}
		spec.Columns = append(spec.Columns, columnOf(*c))
	}
	return spec
}

func columnOf(c catalog.Column) jsonscan.Column {
	out := jsonscan.Column{
		Name: c.Name, Type: c.Type, Formats: c.Formats,
		NumericStrings: c.NumericStrings, AbsentIsFalse: c.AbsentIsFalse,
	}
	for _, p := range c.Paths {
		out.Paths = append(out.Paths, jsonscan.Path(p))
	}
	return out
}

func tweets(t testing.TB) *catalog.Stream {
	t.Helper()
	c, err := catalog.Default()
	if err != nil {
		t.Fatal(err)
	}
	s, _ := c.Stream("tweets")
	return s
}

func load(t testing.TB, yaml string) *catalog.Stream {
	t.Helper()
	s, err := catalog.Load([]byte(yaml))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// row writes row i of the batch as a JSON object.
func row(b *record.Batch, i int) string {
	dst := []byte{'{'}
	for j := range b.Columns {
		if j > 0 {
			dst = append(dst, ',')
		}
		dst = record.AppendJSONString(dst, b.Schema.Fields[j].Name)
		dst = append(dst, ':')
		dst = record.AppendJSON(dst, b.Columns[j].Value(i))
	}
	return string(append(dst, '}'))
}

func TestNewRefuses(t *testing.T) {
	path := func(p jsonscan.Path) []jsonscan.Path { return []jsonscan.Path{p} }
	a := []string{"a"}
	texts := record.ArrayOf(record.VarcharType)
	for _, tt := range []struct {
		col  jsonscan.Column
		want string
	}{
		{jsonscan.Column{Type: record.Type{}, Paths: path(jsonscan.Path{Fields: a})}, "type UNKNOWN cannot be read"},
		{jsonscan.Column{Type: record.ArrayOf(texts), Paths: path(jsonscan.Path{Fields: a, Each: true})}, "type ARRAY<ARRAY<VARCHAR>> cannot be read"},
		{jsonscan.Column{Type: record.VarcharType, Paths: path(jsonscan.Path{})}, "path without fields"},
		{jsonscan.Column{Type: texts, Paths: path(jsonscan.Path{Fields: a, Each: true, Element: [][]string{{}}})}, "path without fields"},
		{jsonscan.Column{Type: record.VarcharType, Paths: path(jsonscan.Path{Fields: []string{"a\xff"}})}, "U+FFFD cannot be matched"},
		{jsonscan.Column{Type: record.VarcharType, Paths: path(jsonscan.Path{Fields: a, Each: true})}, "read by paths with Each"},
		{jsonscan.Column{Type: texts, Paths: path(jsonscan.Path{Fields: a})}, "read by paths with Each"},
		{jsonscan.Column{Type: texts, Paths: path(jsonscan.Path{Fields: a, Each: true, MatchKey: a})}, "not both"},
		{jsonscan.Column{Type: record.VarcharType, Paths: path(jsonscan.Path{Fields: a, Exists: true})}, "only a BOOLEAN"},
		{jsonscan.Column{Type: record.VarcharType, Paths: path(jsonscan.Path{Fields: a, Element: [][]string{a}})}, "Element only with Each"},
	} {
		tt.col.Name = "c"
		_, err := jsonscan.New(jsonscan.Spec{Columns: []jsonscan.Column{tt.col}})
		if err == nil || !strings.HasPrefix(err.Error(), "column c: ") || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("error %v, want … %s", err, tt.want)
		}
	}
	if _, err := jsonscan.New(jsonscan.Spec{EventTime: &jsonscan.Column{Name: "t", Type: record.DateType}}); err == nil {
		t.Error("a DATE is accepted as event time")
	}
}

func TestDecodeRefusesOtherBatches(t *testing.T) {
	dec := newDecoder(t, specOf(tweets(t), "id", "text"))
	for _, names := range [][]string{{"id"}, {"text", "id"}} {
		other := record.NewBatch(newDecoder(t, specOf(tweets(t), names...)).Schema())
		if err := dec.Decode([]byte(`{}`), other); err == nil || other.Len != 0 {
			t.Errorf("a batch of %v is accepted", names)
		}
	}
}
