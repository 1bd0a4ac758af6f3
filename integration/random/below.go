package random

import (
	"maps"
	"slices"
	"strings"

	"github.com/millrace/millrace/libs/record"
)

// comparedKinds are those of columns that are compared with values of the sample: every
// source has one of each.
const comparedKinds = "bitzA"

func kindOf(t record.Type) byte {
	return map[record.Kind]byte{
		record.Boolean: boolKind, record.BigInt: intKind, record.Varchar: textKind, record.Timestamp: timeKind, record.Array: textsKind,
	}[t.Kind]
}

// projected is a column of a query below.
type projected struct {
	kind   byte
	term   string
	name   string
	values []record.Value
}

// project chooses columns of a source, of each kind that is compared, and expressions.
func (s *source) project() []projected {
	var all []projected
	for _, kind := range []byte(comparedKinds) {
		var of []*column
		for i := range s.columns {
			if kindOf(s.columns[i].typ) == kind {
				of = append(of, &s.columns[i])
			}
		}
		c := pick(s.r, of)
		if kind == timeKind && s.at != "" {
			c = s.timeColumn()
		}
		all = append(all, projected{kind, s.spell(c.name), s.fresh("below"), c.values})
	}
	for range s.r.IntN(4) {
		kind := allKinds[s.r.IntN(len(allKinds))]
		all = append(all, projected{kind, s.keyTerm(kind), s.fresh("below"), nil})
	}
	return all
}

func (s *source) timeColumn() *column {
	i := slices.IndexFunc(s.columns, func(c column) bool { return c.name == s.at })
	return &s.columns[i]
}

// keyTerm is an expression of a kind with a column in it.
func (s *source) keyTerm(kind byte) string {
	t := &terms{Generator: s.Generator, leaf: s.leaf}
	for {
		term := t.of(kind, 1+s.r.IntN(2))
		if s.names(term) {
			if kind == textsKind || kind == intsKind { // of elements that are not known otherwise
				return "CAST(" + term + " AS ARRAY<" + map[byte]string{textsKind: "VARCHAR", intsKind: "BIGINT"}[kind] + ">)"
			}
			return term
		}
	}
}

// query is SELECT, FROM and WHERE over a source.
func (s *source) query(items []projected) string {
	texts := make([]string, len(items))
	for i, it := range items {
		texts[i] = it.term + " AS " + it.name
	}
	return "SELECT " + strings.Join(texts, ", ") + " " + s.from("") + s.chosen()
}

// chosen is WHERE, now and then.
func (s *source) chosen() string {
	if chance(s.r, 2) {
		return ""
	}
	t := &terms{Generator: s.Generator, leaf: s.leaf}
	return " WHERE " + t.condition(1)
}

// has makes the source one with these columns. at is the place of the event time, -1: it
// has none.
func (s *source) has(items []projected, at int) {
	g := s.view()
	g.columns, g.document, g.timed, s.at = nil, false, at >= 0, ""
	for i, it := range items {
		if i < len(comparedKinds) {
			typ := map[byte]record.Type{
				boolKind: record.BooleanType, intKind: record.BigIntType, textKind: record.VarcharType, timeKind: record.TimestampType,
				textsKind: record.ArrayOf(record.VarcharType),
			}[it.kind]
			g.columns = append(g.columns, column{it.name, typ, it.values})
			continue
		}
		s.more[it.kind] = append(s.more[it.kind], it.name)
	}
	if at >= 0 {
		s.at = items[at].name
	}
}

// timeAt is the place of the event time among what project returns.
func (s *source) timeAt() int {
	if s.at == "" {
		return -1
	}
	return strings.IndexByte(comparedKinds, timeKind)
}

// below is a query in FROM.
func (s *source) below(in *source) *source {
	s.note("subquery")
	items := in.project()
	s.Generator, s.with, s.windows = in.Generator, in.with, false
	s.name = "(" + in.query(items) + ")"
	s.has(items, in.timeAt())
	if chance(s.r, 3) {
		s.note("names for columns")
		s.suffix = " AS " + s.fresh("t") + "(" + s.called(items) + ")"
		s.more = map[byte][]string{}
		s.has(items, in.timeAt())
		return s
	}
	s.suffix = " AS " + s.fresh("t")
	if chance(s.r, 4) {
		s.suffix = ""
	}
	return s
}

// called gives the first columns other names.
func (s *source) called(items []projected) string {
	var names []string
	for i := range 1 + s.r.IntN(len(items)) {
		items[i].name = s.fresh("ren")
		names = append(names, items[i].name)
	}
	return strings.Join(names, ", ")
}

// belowWith is a query of WITH, of which windows can be cut.
func (s *source) belowWith(in *source) *source {
	s.note("WITH")
	if len(in.with) > 0 {
		s.note("WITH over WITH")
	}
	items := in.project()
	s.Generator, s.name = in.Generator, s.fresh("w")
	text, names := in.query(items), ""
	if chance(s.r, 3) {
		s.note("names for columns")
		names = "(" + s.called(items) + ")"
	}
	s.with = append(slices.Clone(in.with), s.name+names+" AS ("+text+")")
	s.has(items, in.timeAt())
	s.windows = s.at != ""
	return s
}

// belowAll is SELECT * of a source.
func (s *source) belowAll(in *source) *source {
	s.note("SELECT *")
	s.Generator, s.with, s.at, s.windows = in.Generator, in.with, in.at, false
	s.name = "(SELECT * " + in.from("") + in.chosen() + ")"
	s.suffix = " AS " + s.fresh("t")
	s.more = maps.Clone(in.more)
	g := s.view()
	g.document = false
	return s
}

// belowUnion is UNION ALL of queries, each over a source of its own.
func (s *source) belowUnion(depth int) *source {
	s.note("UNION ALL in FROM")
	var texts []string
	var first []projected
	at, sampling := strings.IndexByte(comparedKinds, timeKind), true
	for i := range 2 + s.r.IntN(2) {
		in := s.source(depth)
		if len(in.with) > 0 { // of which there may be one
			in = s.stream()
		}
		items := in.project()
		if i == 0 {
			first = items
		}
		for j := len(comparedKinds); j < len(first) && i > 0; j++ {
			term := in.keyTerm(first[j].kind)
			if chance(s.r, 6) {
				term = "NULL"
			}
			items = append(items[:j], projected{first[j].kind, term, first[j].name, nil})
		}
		if at = min(at, in.timeAt()); chance(s.r, 6) {
			items[strings.IndexByte(comparedKinds, timeKind)].term, at = in.keyTerm(timeKind), -1
		}
		sampling = sampling && in.sampling
		texts = append(texts, in.query(items[:len(first)]))
	}
	if chance(s.r, 3) {
		texts = append(texts, texts[0])
	}
	s.name = "(" + strings.Join(texts, " UNION ALL ") + ")"
	s.suffix = " AS " + s.fresh("u")
	s.items, s.windows = first, false
	s.has(first, at)
	s.view().sampling = false // there is no one document
	return s
}

// belowGroups is a query with groups, or one with LIMIT, of which more is computed.
func (g *Generator) belowGroups() *source {
	q := newRich(g.source(1), g.fresh("low")+"_")
	s := &source{more: map[byte][]string{}}
	if chance(g.r, 3) {
		q.rows()
		if q.order == "" {
			q.top(q.row)
		}
	} else {
		g.note("subquery of groups")
		s.grouped = true
		if !chance(g.r, 4) {
			q.keyed()
		}
		q.groups()
	}
	if s.ordered = q.order != ""; s.ordered {
		g.note("subquery with LIMIT")
	}
	for _, it := range q.items {
		if it.kind == 0 {
			s.shown = append(s.shown, it.alias)
			continue
		}
		s.more[it.kind] = append(s.more[it.kind], it.alias)
	}
	s.Generator, s.loose = q.Generator, q.loose
	v := s.view()
	v.columns, v.document, v.timed, v.sampling = nil, false, v.timed && !s.grouped, false
	s.name, s.suffix = "("+q.String()+")", " AS "+g.fresh("g")
	return s
}
