package function

// What stands in several places of elsewhere.
const (
	elementsOf = "write FROM tweets CROSS JOIN UNNEST(CAST(doc -> 'list' AS ARRAY<JSON>)) AS e(element)"
	noChance   = "an answer follows from the posts alone; TABLESAMPLE BERNOULLI (10) and sample_agg(x, 10) draw some of them"
)

// elsewhere has functions of other systems that people may try, with what to write
// here instead.
var elsewhere = map[string]string{
	"age":             "write a - b, or timestampdiff('month', b, a)",
	"array_agg":       "it is an aggregate",
	"date_add":        "write created_at + INTERVAL '1' DAY",
	"date_diff":       "write timestampdiff('day', a, b)",
	"date_format":     "write to_char(created_at, 'YYYY-MM-DD HH24:MI')",
	"date_sub":        "write created_at - INTERVAL '1' DAY",
	"datediff":        "write timestampdiff('day', a, b)",
	"element_at":      "write array[1]",
	"from_unixtime":   "write to_timestamp(seconds)",
	"get_json_object": "write json_value(doc, '$.a')",
	"if":              "write CASE WHEN a THEN b ELSE c END",
	"ifnull":          "write coalesce(a, b)",
	"iif":             "write CASE WHEN a THEN b ELSE c END",
	"instr":           "write strpos(text, part)",
	"isnull":          "write a IS NULL",
	"json_extract":    "write json_value(doc, '$.a'), or doc -> 'a'",
	"len":             "write length(text)",
	"locate":          "write strpos(text, part)",
	"mid":             "write substring(text, start, count)",
	"nvl":             "write coalesce(a, b)",
	"safe_cast":       "write TRY_CAST(a AS BIGINT)",
	"split":           "write string_to_array(text, ',')",
	"strftime":        "write to_char(created_at, 'YYYY-MM-DD HH24:MI')",
	"substring_index": "write split_part(text, ',', 1)",
	"timestampadd":    "write created_at + INTERVAL '1' DAY",
	"to_date":         "write to_timestamp(text, format)::date",
	"to_number":       "write CAST(text AS DOUBLE)",
	"tostring":        "write CAST(a AS VARCHAR)",
	"ucase":           "write upper(text)",
	"unix_timestamp":  "write extract(epoch FROM created_at)",
	"lcase":           "write lower(text)",
	"year":            "write extract(year FROM created_at)",
	"month":           "write extract(month FROM created_at)",
	"day":             "write extract(day FROM created_at)",
	"dayofmonth":      "write extract(day FROM created_at)",
	"dayofweek":       "write extract(isodow FROM created_at)",
	"dayofyear":       "write extract(doy FROM created_at)",
	"hour":            "write extract(hour FROM created_at)",
	"minute":          "write extract(minute FROM created_at)",
	"second":          "write extract(second FROM created_at)",
	"week":            "write extract(week FROM created_at)",
	"quarter":         "write extract(quarter FROM created_at)",
	"size":            "write cardinality(array)",
	"list_contains":   "write x = ANY(array)",
	"regexp":          "write text ~ 'pattern'",
	"regexp_matches":  "write regexp_extract_all(text, 'pattern')",

	"array_contains":            "write x = ANY(array)",
	"convert":                   "write CAST(a AS BIGINT)",
	"dateadd":                   "write created_at + INTERVAL '1' DAY",
	"explode":                   "write FROM tweets CROSS JOIN UNNEST(hashtags) AS h(tag)",
	"gen_random_uuid":           noChance,
	"getdate":                   "write CURRENT_TIMESTAMP",
	"json_array_elements":       elementsOf,
	"json_array_elements_text":  elementsOf,
	"json_each":                 "write doc -> 'name', or json_query(doc, '$.*')",
	"jsonb_array_elements":      elementsOf,
	"jsonb_array_elements_text": elementsOf,
	"jsonb_path_query":          "write json_query(doc, '$.a')",
	"localtimestamp":            "write CURRENT_TIMESTAMP",
	"rand":                      noChance,
	"random":                    noChance,
	"regexp_split_to_table":     "write FROM tweets CROSS JOIN UNNEST(regexp_split_to_array(text, ' ')) AS w(word)",
	"str_to_date":               "write to_timestamp(text, format)",
	"string_split":              "write string_to_array(text, ',')",
	"sysdate":                   "write CURRENT_TIMESTAMP",
	"uuid":                      noChance,

	"any_value":          "write min(a)",
	"approx_top_count":   "write approx_top_k(a, 10)",
	"collect_list":       "write array_agg(a)",
	"collect_set":        "write array_agg(DISTINCT a)",
	"countif":            "write count(*) FILTER (WHERE a)",
	"count_if":           "write count(*) FILTER (WHERE a)",
	"earliest_by_offset": "write first(a)",
	"first_value":        "write first(a)",
	"group_concat":       "write string_agg(a, ',')",
	"last_value":         "write last(a)",
	"latest_by_offset":   "write last(a)",
	"listagg":            "write string_agg(a, ',')",
	"median":             "write approx_percentile(a, 0.5)",
	"mode":               "write approx_top_k(a, 1)",
	"percentile_cont":    "write approx_percentile(a, 0.5)",
	"percentile_disc":    "write approx_percentile(a, 0.5)",
	"topk":               "write approx_top_k(a, 10)",
}

// Elsewhere returns what to write instead of a function of another system.
func Elsewhere(name string) (hint string, ok bool) {
	hint, ok = elsewhere[name]
	return hint, ok
}
