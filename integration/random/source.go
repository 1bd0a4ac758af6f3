package random

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/millrace/millrace/libs/record"
)

// source is what a query reads: the stream, a sample of it, what is unnested of it, or
// queries over all of these.
type source struct {
	*Generator // whose columns are those that may be compared with values of the sample

	with   []string // queries of WITH, those first that others use
	name   string   // of a stream or of WITH, or a query in parentheses
	suffix string   // alias, TABLESAMPLE and UNNEST

	more    map[byte][]string // further columns, by kind
	at      string            // the column that is the event time; "": there is none
	windows bool              // windows can be cut of it
	ordered bool              // there is no more than SELECT over it: it has LIMIT
	grouped bool              // it has groups
	shown   []string          // columns that are only selected: what is computed of them need not be the same
	loose   bool              // some of these are approximate
	items   []projected       // of a union, those of its first query
}

// String is what follows SELECT, with windows of a size where it is not empty.
func (s *source) from(window string) string {
	if window == "" {
		return "FROM " + s.name + s.suffix
	}
	return "FROM TUMBLE(" + s.name + ", " + s.at + ", " + window + ")" + s.suffix
}

// before is WITH.
func (s *source) before() string {
	if len(s.with) == 0 {
		return ""
	}
	return "WITH " + strings.Join(s.with, ", ") + " "
}

// fresh returns a name that nothing else in the query has.
func (g *Generator) fresh(what string) string {
	*g.names++
	return fmt.Sprintf("%s%d", what, *g.names)
}

// stream is all columns of the stream.
func (g *Generator) stream() *source {
	return &source{Generator: g, name: "tweets", at: "created_at", windows: true, more: map[byte][]string{}}
}

// source is one of any kind, so many queries deep; most are the stream.
func (g *Generator) source(depth int) *source {
	s := g.stream()
	if depth > 0 {
		switch g.r.IntN(12) {
		case 0:
			s = s.below(g.source(depth - 1))
		case 1:
			s = s.belowWith(g.source(depth - 1))
		case 2:
			s = s.belowUnion(depth - 1)
		case 3:
			s = s.belowAll(g.source(depth - 1))
		case 4:
			s.renamed()
		}
	}
	s.sampled()
	if chance(g.r, 6) {
		s.unnested()
	}
	return s
}

// view is the source with a generator of its own, which has other columns.
func (s *source) view() *Generator {
	g := *s.Generator
	s.Generator = &g
	return s.Generator
}

// renamed calls the first columns of the stream otherwise.
func (s *source) renamed() {
	s.note("names for columns")
	s.windows = false
	g := s.view()
	g.columns = slices.Clone(g.columns)
	var names []string
	for i := range 1 + g.r.IntN(4) {
		names = append(names, g.fresh("ren"))
		if g.columns[i].name == s.at {
			s.at = names[i]
		}
		g.columns[i].name = names[i]
	}
	s.suffix = " AS " + g.fresh("t") + "(" + strings.Join(names, ", ") + ")"
}

func (s *source) sampled() {
	if !chance(s.r, 8) || s.grouped || s.ordered || !s.sampling {
		return
	}
	s.note("TABLESAMPLE")
	s.suffix += " TABLESAMPLE BERNOULLI (" + pick(s.r, []string{"20", "50", "80", "99.5", "100", "0"}) + ")"
	if chance(s.r, 2) {
		s.note("REPEATABLE")
		s.suffix += fmt.Sprintf(" REPEATABLE (%d)", s.r.IntN(4))
	}
}

// unnested adds the elements of one or two arrays.
func (s *source) unnested() {
	g := s.view()
	for range 1 + g.r.IntN(2) {
		s.note("UNNEST")
		t := &terms{Generator: g, leaf: s.leaf}
		kind := byte(textsKind)
		if chance(g.r, 5) {
			kind = intsKind
		}
		array, values := t.of(kind, g.r.IntN(3)), []record.Value(nil)
		switch {
		case kind == intsKind:
		case chance(g.r, 3):
			c := g.of(record.Array)
			for _, v := range c.values {
				values = append(values, slices.DeleteFunc(slices.Clone(v.Elems()), record.Value.IsNull)...)
			}
			array = g.spell(c.name)
		case len(s.more[textsKind]) == 0 && chance(g.r, 3): // what is not known otherwise
			array = "words(" + t.of(textKind, 1) + ")"
		}
		name, element := g.fresh("h"), g.fresh("elem")
		text := "UNNEST(CAST(" + array + " AS ARRAY<" + map[byte]string{textsKind: "VARCHAR", intsKind: "BIGINT"}[kind] + ">))"
		if values != nil || strings.HasPrefix(array, "words") {
			text = "UNNEST(" + array + ")"
		}
		columns := element
		typ := record.VarcharType
		if kind == intsKind {
			typ = record.BigIntType
		}
		g.columns = append(slices.Clone(g.columns), column{name: element, typ: typ, values: values})
		if chance(g.r, 3) {
			s.note("WITH ORDINALITY")
			place := g.fresh("place")
			columns += ", " + place
			text += " WITH ORDINALITY"
			g.columns = append(g.columns, column{name: place, typ: record.BigIntType, values: []record.Value{record.Int(1), record.Int(2)}})
		}
		s.suffix += pick(g.r, []string{", ", " CROSS JOIN "}) + text + " AS " + name + "(" + columns + ")"
	}
}

// leaf is a column of the source.
func (s *source) leaf(kind byte) string {
	if more := s.more[kind]; len(more) > 0 && (chance(s.r, 2) || len(s.columns) == 0) {
		return s.spell(pick(s.r, more))
	}
	if len(s.columns) == 0 {
		return ""
	}
	return s.column(kind)
}

// names reports whether an expression names a column.
func (s *source) names(term string) bool {
	unquoted := ""
	for i, part := range strings.Split(term, "'") {
		if i%2 == 0 {
			unquoted += part
		}
	}
	term = strings.ReplaceAll(strings.ToLower(unquoted), `"`, "")
	for i := range s.columns {
		if strings.Contains(term, s.columns[i].name) {
			return true
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(s.more)) {
		for _, name := range s.more[kind] {
			if strings.Contains(term, name) {
				return true
			}
		}
	}
	return strings.Contains(term, "doc ->") || strings.Contains(term, "(doc")
}
