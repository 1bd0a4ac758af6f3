package random

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/millrace/millrace/libs/record"
)

// terms makes expressions of a scope, whose leaves it is given.
type terms struct {
	*Generator
	leaf func(kind byte) string // "": there is none of the kind
}

// grammar is what all generators draw from, with how often each was drawn.
type grammar struct {
	byKind map[byte][]*counted
}

type counted struct {
	production
	drawn int
}

func newGrammar() *grammar {
	g := &grammar{byKind: map[byte][]*counted{}}
	all := productions()
	slices.SortStableFunc(all, func(a, b production) int {
		return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.template, b.template), cmp.Compare(a.kind, b.kind))
	})
	for _, p := range all {
		g.byKind[p.kind] = append(g.byKind[p.kind], &counted{production: p})
	}
	return g
}

// Coverage returns how often each production and function was drawn, by its name, and
// how often each way to write one was, by the name and its template.
func (g *Generator) Coverage() (names, templates map[string]int) {
	names, templates = map[string]int{}, map[string]int{}
	for _, ps := range g.grammar.byKind {
		for _, p := range ps {
			names[p.name] += p.drawn
			templates[p.name+" "+p.template] += p.drawn
		}
	}
	maps.Copy(names, g.clauses)
	return names, templates
}

// clauses are the productions of the grammar above expressions.
var clauses = [...]string{
	"WHERE", "HAVING", "FILTER", "SELECT DISTINCT", "TUMBLE", "no alias", "repeated condition", "CURRENT_TIMESTAMP",
	"GROUP BY expression", "GROUP BY ordinal", "GROUP BY alias", "ORDER BY expression", "ORDER BY ordinal", "ORDER BY alias", "OFFSET",
	"key in an expression", "expression over aggregates", "sum of DOUBLE", "count", "sum", "avg", "min", "max",
	"bool_and", "bool_or", "every", "stddev_pop", "stddev_samp", "stddev", "var_pop", "var_samp", "variance", "string_agg",
	"arg_min", "arg_max", "min_by", "max_by", "array_agg", "first", "last", "histogram",
	"approx_count_distinct", "approx_percentile", "approx_top_k", "sample_agg", "DISTINCT in an aggregate",
	"UNNEST", "WITH ORDINALITY", "TABLESAMPLE", "REPEATABLE", "names for columns", "UNION ALL", "UNION ALL in FROM",
	"SELECT *", "subquery", "subquery of groups", "subquery with LIMIT", "WITH", "WITH over WITH", "doc",
	"constant that can only fail",
}

// note counts one of them.
func (g *Generator) note(clause string) { g.clauses[clause]++ }

// of makes an expression of a kind, so many productions deep.
func (t *terms) of(kind byte, depth int) string {
	if depth <= 0 || chance(t.r, 8) {
		return t.end(kind)
	}
	ps := t.grammar.byKind[kind]
	p := pick(t.r, ps)
	for range 2 { // those that were drawn seldom are drawn first
		if q := pick(t.r, ps); q.drawn < p.drawn {
			p = q
		}
	}
	p.drawn++
	var b strings.Builder
	rest := p.template
	for {
		before, after, found := strings.Cut(rest, "{")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		name, after, _ := strings.Cut(after, "}")
		b.WriteString(t.part(name, depth-1))
		rest = after
	}
}

// end is an expression that goes no deeper.
func (t *terms) end(kind byte) string {
	if !chance(t.r, 8) {
		if leaf := t.leaf(kind); leaf != "" {
			return leaf
		}
	}
	return t.literal(kind)
}

// part is a part of a template.
func (t *terms) part(name string, depth int) string {
	if len(name) == 1 {
		return t.of(name[0], depth)
	}
	if strings.HasPrefix(name, "readable") {
		return t.readable(name[len("readable")], depth)
	}
	choose := func(from ...string) string { return pick(t.r, from) }
	switch name {
	case "any":
		return t.of(allKinds[t.r.IntN(len(allKinds))], depth)
	case "scalar":
		return t.of(scalarKinds[t.r.IntN(len(scalarKinds))], depth)
	case "num":
		return t.of("id"[t.r.IntN(2)], depth)
	case "list":
		return t.of("AI"[t.r.IntN(2)], depth)
	case "not":
		return choose("", "", " NOT")
	case "op":
		return strings.TrimSpace(t.compareOp())
	case "match":
		return choose("~*", "!~", "!~*")
	case "large":
		return choose("9223372036854775800", "-9223372036854775800", "4611686018427387904")
	case "small":
		return strconv.Itoa(1 + t.r.IntN(12))
	case "index":
		return choose("-3", "-1", "0", "1", "2", "3", "5")
	case "int":
		return t.literal(intKind)
	case "decimal":
		return choose("0.5", "2.0", "7.25", "-1.5", "1e3", "0.0")
	case "text":
		return quote(choose(" ", "a", "en", "mill", "il", "_", "Mill", "", "eE", "水", "0"))
	case "part":
		return quote(t.part0())
	case "pattern":
		pattern, escape := t.pattern(t.part0())
		return quote(pattern) + escape
	case "regexp":
		return quote(choose("[a-z]+", "^m", "l{2}", "(i)(l+)", `\w+`, `[^ ]*`, "e", ".", "$", "[0-9]+", "水|車", "(?i)MILL", " "))
	case "flags":
		return quote(choose("i", "g", "s", "im", "m", ""))
	case "unit":
		return choose("microsecond", "millisecond", "second", "minute", "hour", "day", "week", "month", "quarter", "year", "decade", "century", "millennium", "Hours")
	case "timefield":
		return choose("year", "quarter", "month", "week", "isoyear", "day", "dow", "isodow", "doy", "hour", "minute", "second", "millisecond", "microsecond", "epoch", "decade", "century", "millennium")
	case "spanfield":
		return choose("day", "hour", "minute", "second", "millisecond", "epoch")
	case "monthsfield":
		return choose("year", "quarter", "month")
	case "stride":
		return choose("INTERVAL '15 minutes'", "INTERVAL '90' SECOND", "INTERVAL '1' DAY", "INTERVAL '7' DAY", "INTERVAL '1500' MILLISECOND")
	case "form":
		return quote(choose("YYYY-MM-DD HH24:MI:SS", "DD/Mon/YYYY:HH24:MI", "YYYY-MM-DD\"T\"HH24:MI:SS.MS", "FMMonth DD, YYYY", "YYYYMMDDHH24MISS", "YY-MM-DD HH12 PM", "Day DDD YYYY Q IYYY-IW WW ID D", "SSSSS DY mon YYYY TZ OF"))
	case "timetext":
		return quote(t.moment().Time().Format("2006-01-02 15:04:05"))
	case "path":
		return quote(choose("$", "$.a", "$.a.b", "$[0]", "$[last]", "$[*]", "$.*", "$.a[1 to 2]", `$."a b"`, "$[0 to last].a", "lax $.b"))
	case "name":
		return quote(choose("a", "a", "a", "b", "a b", "x", ""))
	case "document":
		return quote(choose(`{"a": {"b": [1, 2.50]}, "b": null}`, `[1, "two", {"a": true}]`, `"text"`, `12`, `true`, `null`, `{"a b": "c", "a": "mill", "a": [3, 4, 5]}`, `{"a": 1, "a": {"a": 2, "b": 3}}`, `[]`))
	default:
		panic("no part " + name)
	}
}

// part0 is a piece of a text of the sample.
func (g *Generator) part0() string {
	texts := *g
	texts.columns = g.all
	if v, ok := g.value(texts.of(record.Varchar)); ok {
		return g.part(v.Str())
	}
	return "mill"
}

// readable is a text that can be read as a kind, most of the time.
func (t *terms) readable(kind byte, depth int) string {
	if odd := oddTexts[kind]; odd != nil && chance(t.r, 3) {
		return fmt.Sprintf("CASE WHEN %s THEN %s WHEN %s THEN %s ELSE %s END", t.of(boolKind, depth), quote(pick(t.r, odd)),
			t.of(boolKind, depth), quote(pick(t.r, odd)), quote(pick(t.r, odd)))
	}
	switch kind {
	case boolKind:
		return "CASE WHEN " + t.of(boolKind, depth) + " THEN 'yes' ELSE ' F ' END"
	case intKind:
		return "(" + t.of(intKind, depth) + " || '')"
	case floatKind:
		return "(" + t.of(intKind, depth) + " || '.5e1')"
	case timeKind, dateKind:
		return "CAST(" + t.of(timeKind, depth) + " AS VARCHAR)"
	case spanKind:
		return "(" + t.of(intKind, depth) + " || ' min 30 seconds')"
	case jsonKind:
		return "('[' || " + t.of(intKind, depth) + " || ', {\"a\": \"x\"}]')"
	default:
		return t.of(textKind, depth)
	}
}

// literal spells a value of a kind.
func (t *terms) literal(kind byte) string {
	switch kind {
	case boolKind:
		return pick(t.r, []string{"TRUE", "FALSE", "TRUE", "NULL::BOOLEAN"})
	case intKind:
		return pick(t.r, []string{"0", "1", "2", "3", "7", "10", "-1", "100", "1000", "9223372036854775807", "NULL::BIGINT"})
	case floatKind:
		return pick(t.r, []string{"0.5", "1.5", "-2.25", "100.0", "1e3", "0.1", "3.141592653589793", "1e300"})
	case textKind:
		if chance(t.r, 4) {
			return quote(pick(t.r, oddTexts[textKind]))
		}
		return quote(t.part0())
	case timeKind:
		return "TIMESTAMP " + quote(t.moment().Time().Format("2006-01-02 15:04:05"))
	case dateKind:
		return pick(t.r, []string{"DATE '2016-10-01'", "DATE '2016-10-02'", "DATE '2016-02-29'", "DATE '1969-12-31'"})
	case spanKind:
		return pick(t.r, []string{"INTERVAL '1' HOUR", "INTERVAL '90 seconds'", "INTERVAL '1 day 2 hours'", "INTERVAL 'PT1M30.5S'", "INTERVAL '-3' MINUTE", "INTERVAL '2' WEEK"})
	case monthsKind:
		return pick(t.r, []string{"INTERVAL '1' MONTH", "INTERVAL '1 year 2 months'", "INTERVAL 'P2Y'", "INTERVAL '-5' MONTH", "INTERVAL '1' YEAR"})
	case jsonKind:
		return t.part("document", 0) + "::JSON"
	case textsKind:
		return pick(t.r, []string{"ARRAY['mill', 'Mill', 'go']", "ARRAY['a', NULL, 'a']", "ARRAY['水車']"})
	default:
		return pick(t.r, []string{"ARRAY[3, 1, 2]", "ARRAY[0, NULL, 0]", "ARRAY[10]"})
	}
}

func (t *terms) moment() record.Value {
	if v, ok := t.value(t.named("created_at")); ok && !chance(t.r, 4) {
		return v
	}
	return record.TimestampOf(instant(t.r).UnixNano())
}

// column is the leaf of rows.
func (g *Generator) column(kind byte) string {
	of := func(kinds ...record.Kind) string { return g.spell(g.of(kinds...).name) }
	if x := g.path(kind); x != "" {
		return x
	}
	switch kind {
	case boolKind:
		return of(record.Boolean)
	case intKind:
		return of(record.BigInt)
	case floatKind:
		return fmt.Sprintf("(%s / %s)", of(record.BigInt), pick(g.r, []string{"2.0", "10.0", "-4.0"}))
	case textKind:
		return of(record.Varchar)
	case timeKind:
		if g.timed && chance(g.r, 6) {
			g.note("CURRENT_TIMESTAMP")
			return pick(g.r, []string{"CURRENT_TIMESTAMP", "now()", "current_date::TIMESTAMP"})
		}
		return of(record.Timestamp)
	case dateKind:
		return of(record.Timestamp) + "::DATE"
	case spanKind:
		return "(" + of(record.Timestamp) + " - TIMESTAMP '2016-10-01 23:30:00')"
	case textsKind:
		return of(record.Array)
	case jsonKind:
		return "CAST(" + of(record.Array) + " AS JSON)"
	default:
		return ""
	}
}

// path leads into the document now and then; "": not this time.
func (g *Generator) path(kind byte) string {
	all := map[byte][]string{
		textKind: {"(doc ->> 'lang')", "(doc -> 'user' ->> 'screen_name')", "json_value(doc, '$.user.name')", "(doc ->> 'text')", "(doc -> 'entities' -> 'hashtags' -> 0 ->> 'text')"},
		intKind:  {"TRY_CAST((doc ->> 'retweet_count') AS BIGINT)", "json_array_length((doc -> 'entities' -> 'hashtags'))", "((doc ->> 'favorite_count')::BIGINT)"},
		boolKind: {"json_exists(doc, '$.user.verified')", "TRY_CAST((doc -> 'user' ->> 'verified') AS BOOLEAN)"},
		jsonKind: {"(doc)", "(doc -> 'user')", "(doc -> 'entities')", "(doc -> 'data' -> 'public_metrics')", "json_query(doc, '$.entities.*')"},
	}[kind]
	if !g.document || len(all) == 0 || !chance(g.r, map[bool]int{true: 2, false: 20}[kind == jsonKind]) {
		return ""
	}
	g.note("doc")
	return pick(g.r, all)
}
