package random

// production is a way to make an expression of a kind. In the template, {x} is an
// expression of the kind x, and what is longer a part that [terms.part] knows.
type production struct {
	name     string // of the function, or what the production is of the grammar
	kind     byte
	template string
}

// The kinds of expressions: a type each.
const (
	boolKind   = 'b'
	intKind    = 'i'
	floatKind  = 'd'
	textKind   = 't'
	timeKind   = 'z'
	dateKind   = 'D'
	spanKind   = 's' // INTERVAL DAY TO SECOND
	monthsKind = 'm' // INTERVAL YEAR TO MONTH
	jsonKind   = 'j'
	textsKind  = 'A' // ARRAY<VARCHAR>
	intsKind   = 'I' // ARRAY<BIGINT>
)

const (
	allKinds    = "bidtzDsmjAI"
	orderKinds  = "bidtzDsm" // that compare
	scalarKinds = "bidtzDsmj"
)

// productions are all of them: each function, operator and keyword that a query can
// be written with, each overload at least once.
func productions() []production {
	all := []production{
		{"AND", 'b', "({b} AND {b})"},
		{"OR", 'b', "({b} OR {b})"},
		{"NOT", 'b', "(NOT {b})"},
		{"IS NULL", 'b', "({any} IS{not} NULL)"},
		{"IS TRUE", 'b', "({b} IS{not} TRUE)"},
		{"IS FALSE", 'b', "({b} IS{not} FALSE)"},
		{"IS UNKNOWN", 'b', "({b} IS{not} UNKNOWN)"},
		{"LIKE", 'b', "({t}{not} LIKE {pattern})"},
		{"ILIKE", 'b', "({t}{not} ILIKE {pattern})"},
		{"CONTAINS", 'b', "({t}{not} CONTAINS {part})"},
		{"CONTAINS", 'b', "({t} CONTAINS {t})"},
		{"ICONTAINS", 'b', "({t}{not} ICONTAINS left({t}, 2))"},
		{"LIKE", 'b', "({t} LIKE ('%' || {t} || '_'))"},
		{"ILIKE", 'b', "({t}{not} ILIKE ({t} || '%'))"},
		{"ICONTAINS", 'b', "({t}{not} ICONTAINS {part})"},
		{"ANY", 'b', "({text} = ANY({A}))"},
		{"ANY", 'b', "({int} = ANY({I}))"},
		{"ANY", 'b', "({i} {op} ANY({I}))"},
		{"ALL", 'b', "({t} {op} ALL({A}))"},
		{"ALL", 'b', "({num} {op} ALL({I}))"},
		{"ANY", 'b', "({text} {op} ANY({A}))"},
		{"IN SELECT", 'b', "({t}{not} IN (SELECT v FROM (VALUES ({text}), ({text})) AS c(v)))"},
		{"IN SELECT", 'b', "({i}{not} IN (SELECT v * 2 FROM (VALUES ({small}), ({small}), (7)) AS c(v) WHERE v > {small}))"},
		{"IN SELECT", 'b', "({d}{not} IN (WITH w(v) AS (SELECT column1 FROM (VALUES ({decimal}), (NULL), ({small}))) SELECT v FROM w))"},
		{"IN SELECT", 'b', "({t} IN (SELECT v FROM (VALUES ({text}, 1), ({text}, 2)) AS c(v, n) WHERE n < 2 UNION ALL SELECT column1 FROM (VALUES ({part}))))"},
		{"~", 'b', "({t} ~ {regexp})"},
		{"~", 'b', "({t} {match} {regexp})"},
		{"REGEXP", 'b', "({t}{not} REGEXP {regexp})"},
		{"regexp_like", 'b', "regexp_like({t}, {regexp})"},
		{"regexp_like", 'b', "regexp_like({t}, {regexp}, {flags})"},
		{"starts_with", 'b', "starts_with({t}, {t})"},
		{"starts_with", 'b', "starts_with({t}, {part})"},
		{"ends_with", 'b', "ends_with({t}, {part})"},
		{"is_nan", 'b', "is_nan({d})"},
		{"json_exists", 'b', "json_exists({j}, {path})"},

		{"+", 'i', "({i} + {i})"},
		{"+", 'i', "({i} + {large})"},
		{"-", 'i', "({i} - {large})"},
		{"*", 'i', "({i} * {large})"},
		{"-", 'i', "({i} - {i})"},
		{"*", 'i', "({i} * {i})"},
		{"/", 'i', "({i} / {i})"},
		{"%", 'i', "({i} % {i})"},
		{"mod", 'i', "mod({i}, {small})"},
		{"negative", 'i', "(- {i})"},
		{"-", 'i', "({D} - {D})"},
		{"+", 'd', "({d} + {num})"},
		{"-", 'd', "({num} - {d})"},
		{"*", 'd', "({d} * {num})"},
		{"/", 'd', "({num} / {d})"},
		{"%", 'd', "({d} % {d})"},
		{"/", 'd', "({i} / {decimal})"},
		{"negative", 'd', "(- {d})"},
		{"mod", 'd', "mod({d}, {num})"},
		{"+", 'z', "({z} + {s})"},
		{"+", 'z', "({z} + {m})"},
		{"+", 'z', "({s} + {z})"},
		{"+", 'z', "({m} + {z})"},
		{"+", 'z', "({D} + {s})"},
		{"-", 'z', "({z} - {s})"},
		{"-", 'z', "({z} - {m})"},
		{"+", 'D', "({D} + {small})"},
		{"+", 'D', "({small} + {D})"},
		{"-", 'D', "({D} - {i})"},
		{"+", 's', "({s} + {s})"},
		{"-", 's', "({s} - {s})"},
		{"-", 's', "({z} - {z})"},
		{"-", 's', "({z} - {D})"},
		{"*", 's', "({s} * {small})"},
		{"*", 's', "({i} * {s})"},
		{"*", 's', "({s} * {decimal})"},
		{"*", 's', "({decimal} * {s})"},
		{"/", 's', "({s} / {i})"},
		{"/", 's', "({s} / {decimal})"},
		{"negative", 's', "(- {s})"},
		{"negative", 'm', "(- {m})"},
		{"+", 'm', "({m} + {m})"},
		{"-", 'm', "({m} - {m})"},
		{"*", 'm', "({m} * {i})"},
		{"*", 'm', "({small} * {m})"},
		{"/", 'm', "({m} / {small})"},

		{"||", 't', "({t} || {t})"},
		{"||", 't', "({t} || {scalar})"},
		{"||", 't', "({i} || {t})"},
		{"||", 'A', "({A} || {A})"},
		{"||", 'I', "({I} || {I})"},
		{"concat", 't', "concat({t}, {scalar}, {t})"},
		{"concat_ws", 't', "concat_ws({text}, {scalar}, {t}, {scalar})"},
		{"extract", 'i', "extract({timefield} FROM {z})"},
		{"extract", 'i', "extract({timefield} FROM {D})"},
		{"extract", 'i', "extract({spanfield} FROM {s})"},
		{"extract", 'i', "extract({monthsfield} FROM {m})"},
		{"extract", 'i', "extract('{timefield}', {z})"},
		{"subscript", 't', "({A})[{small}]"},
		{"subscript", 'i', "({I})[{small}]"},
		{"subscript", 'i', "({I})[{i}]"},
		{"ARRAY", 'A', "ARRAY[{t}, {t}]"},
		{"ARRAY", 'A', "ARRAY[{t}, NULL, {text}]"},
		{"ARRAY", 'I', "ARRAY[{i}, {i}, {small}]"},
		{"ARRAY", 'A', "ARRAY[]"},
		{"->", 'j', "({j} -> {name})"},
		{"->", 'j', "({j} -> {index})"},
		{"->>", 't', "({j} ->> {name})"},
		{"->>", 't', "({j} ->> {index})"},
		{"substring FROM", 't', "substring({t} FROM {small} FOR {small})"},
		{"substring FROM", 't', "substring({t} FROM {i})"},
		{"position IN", 'i', "position({part} IN {t})"},
		{"trim FROM", 't', "trim(BOTH {text} FROM {t})"},
		{"trim FROM", 't', "trim(LEADING {text} FROM {t})"},
		{"trim FROM", 't', "trim(TRAILING FROM {t})"},
		{"json literal", 'j', "{document}::JSON"},
		{"array literal", 'A', "CAST('[\"a\", null, \"mill\"]'::JSON AS ARRAY<VARCHAR>)"},
	}
	for _, k := range orderKinds {
		x := "{" + string(k) + "}"
		all = append(all,
			production{"compare", 'b', "(" + x + " {op} " + x + ")"},
			production{"BETWEEN", 'b', "(" + x + "{not} BETWEEN " + x + " AND " + x + ")"},
			production{"IN", 'b', "(" + x + "{not} IN (" + x + ", " + x + "))"},
			production{"IS DISTINCT FROM", 'b', "(" + x + " IS{not} DISTINCT FROM " + x + ")"},
			production{"greatest", byte(k), "greatest(" + x + ", " + x + ")"}, production{"least", byte(k), "least(" + x + ", NULL, " + x + ")"},
			production{"nullif", byte(k), "nullif(" + x + ", " + x + ")"},
			production{"CASE operand", byte(k), "CASE {t} WHEN {text} THEN " + x + " WHEN {text} THEN " + x + " END"},
		)
	}
	for _, k := range allKinds {
		x := "{" + string(k) + "}"
		all = append(all,
			production{"CASE", byte(k), "CASE WHEN {b} THEN " + x + " ELSE " + x + " END"},
			production{"CASE", byte(k), "CASE WHEN {b} THEN " + x + " WHEN {b} THEN " + x + " ELSE NULL END"},
			production{"coalesce", byte(k), "coalesce(" + x + ", " + x + ")"})
	}
	all = append(all, production{"compare", 'b', "({i} {op} {d})"}, production{"compare", 'b', "({z} {op} {timetext})"}, production{"compare", 'b', "({D} {op} {z})"},
		production{"greatest", 'd', "greatest({i}, {d})"}, production{"coalesce", 'd', "coalesce({i}, {d})"}, production{"coalesce", 'z', "coalesce({D}, {z})"})
	return append(append(all, functionProductions()...), castProductions()...)
}

// casts are the types with the kinds that can be cast to them.
func castProductions() []production {
	var all []production
	for to, c := range map[byte]struct{ name, from string }{
		'b': {"BOOLEAN", "itj"}, 'i': {"BIGINT", "tdbj"}, 'd': {"DOUBLE", "itj"}, 't': {"VARCHAR", "bidzDsmjAI"}, 'z': {"TIMESTAMP", "Dt"},
		'D': {"DATE", "zt"}, 's': {"INTERVAL", "t"}, 'j': {"JSON", "bidtAI"}, 'A': {"ARRAY<VARCHAR>", "Ij"}, 'I': {"ARRAY<BIGINT>", "Aj"},
	} {
		for _, from := range c.from {
			x := "{" + string(from) + "}"
			if from == 't' {
				x = "{readable" + string(to) + "}"
			}
			all = append(all, production{"CAST", to, "CAST(" + x + " AS " + c.name + ")"})
			if from != 't' || to != 'j' {
				all = append(all, production{"TRY_CAST", to, "TRY_CAST({" + string(from) + "} AS " + c.name + ")"})
			}
			all = append(all, production{"::", to, "(" + x + ")::" + c.name})
		}
	}
	return all
}
