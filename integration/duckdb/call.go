package duckdb

import (
	"fmt"
	"strings"

	"github.com/millrace/millrace/libs/sql/ast"
)

// scalars are the functions that DuckDB has in the same meaning, by our names: what they are
// called there, or where something else is written its form, of as many arguments as it has.
func scalars() map[string]string {
	all := map[string]string{
		"char_length": "length", "character_length": "length", "octet_length": "strlen", "bit_length": "(8 * strlen(%s))",
		"lpad": "lpad(%s, CAST(%s AS INTEGER), %s)", "rpad": "rpad(%s, CAST(%s AS INTEGER), %s)", "btrim": "trim", "substr": "substring", "position": "strpos(%[2]s, %[1]s)", "ceiling": "ceil",
		"power": "pow", "every": "bool_and", "is_nan": "isnan", "mod": "fmod",
		"cardinality": "len", "array_length": "len", "array_append": "list_append(%s, %s)", "array_prepend": "list_prepend(%s, %s)",
		"array_concat": "list_concat(%s, %s)", "array_cat": "list_concat(%s, %s)", "array_min": "list_min", "array_max": "list_max",
		"array_sort": "list_sort(%s, 'ASC', 'NULLS LAST')", "array_reverse": "list_reverse", "array_position": "list_position",
		"string_to_array": "string_split(%s, %s)", "array_to_string": "array_to_string(%s, %s)", "array_join": "array_to_string(%s, %s)",
		"regexp_like": "regexp_matches", "regexp_replace": "regexp_replace", "json_array_length": "json_array_length(%s)",
		"extract": "date_part", "date_part": "date_part", "date_trunc": "date_trunc", "date_bin": "time_bucket(%s, %s, TIMESTAMP '1970-01-01')",
	}
	for _, same := range strings.Fields(`lower upper length reverse replace left right split_part strpos trim ltrim rtrim repeat
		starts_with ends_with concat concat_ws substring translate levenshtein md5 sha256 ascii chr abs sign pow sqrt cbrt pi round trunc floor ceil
		exp ln log10 log2 degrees radians sin cos tan asin acos atan atan2 coalesce nullif greatest least make_date make_timestamp`) {
		all[same] = same
	}
	return all
}

// aggregates are those that DuckDB has, by our names. Where rows tie, or nothing is said of
// the order, it has its own: see ordered.
func aggregates() map[string]string {
	return map[string]string{
		"count": "count", "sum": "sum", "avg": "avg", "min": "min", "max": "max", "var_pop": "var_pop", "var_samp": "var_samp",
		"variance": "var_samp", "stddev_pop": "stddev_pop", "stddev_samp": "stddev_samp", "stddev": "stddev_samp",
		"bool_and": "bool_and", "every": "bool_and", "bool_or": "bool_or", "arg_min": "arg_min", "min_by": "arg_min", "arg_max": "arg_max", "max_by": "arg_max",
		"first": "arg_min", "last": "arg_max", "array_agg": "array_agg", "string_agg": "string_agg",
		"approx_count_distinct": "count", "approx_percentile": "quantile_disc",
	}
}

func (tr *translator) call(c *ast.Call) (string, error) {
	if name, ok := aggregates()[c.Func]; ok {
		return tr.aggregate(name, c)
	}
	if (c.Func == "lpad" || c.Func == "rpad") && len(c.Args) == 2 {
		return tr.each(c.Func+"(%s, CAST(%s AS INTEGER), ' ')", c.Args...)
	}
	form, ok := scalars()[c.Func]
	if !ok {
		return "", unsupported("function %s", c.Func)
	}
	if strings.Contains(form, "%") {
		if strings.Count(form, "%") != len(c.Args) {
			return "", unsupported("%s of %d arguments", c.Func, len(c.Args))
		}
		return tr.each(form, c.Args...)
	}
	if c.Func == "extract" || c.Func == "date_part" || c.Func == "date_trunc" {
		if lit, ok := c.Args[0].(*ast.StringLit); ok && lit.Value == "second" && c.Func == "extract" {
			return tr.each("CAST(floor(date_part(%s, %s)) AS BIGINT)", c.Args...)
		}
	}
	args, err := tr.list(c.Args)
	return form + "(" + args + ")", err
}

// aggregate is the call of one. A list that is not in an order is in that of its values.
func (tr *translator) aggregate(name string, c *ast.Call) (string, error) {
	args, order := c.Args, c.OrderBy
	inside := ""
	switch {
	case c.Star:
		inside = "*"
	case c.Func == "first" || c.Func == "last":
		args = append(args[:1:1], &ast.Name{Parts: []ast.Ident{{Name: "created_at"}}})
		fallthrough
	case name == "arg_min" || name == "arg_max":
		return tr.extreme(name, c, args)
	case c.Func == "array_agg" || c.Func == "string_agg":
		order = append(order[:len(order):len(order)], ast.OrderItem{Expr: args[0]})
		if c.Distinct {
			order = order[:1]
		}
	}
	if !c.Star {
		x, err := tr.list(args)
		if err != nil {
			return "", err
		}
		inside = x
	}
	if c.Distinct || c.Func == "approx_count_distinct" {
		inside = "DISTINCT " + inside
	}
	if len(order) > 0 {
		var keys []string
		for _, o := range order {
			x, err := tr.expr(o.Expr)
			if err != nil {
				return "", err
			}
			keys = append(keys, x+direction(o))
		}
		inside += " ORDER BY " + strings.Join(keys, ", ")
	}
	call, err := tr.filtered(name+"("+inside+")", c)
	if c.Func == "sum" { // of BIGINT it has 128 bits there
		call = fmt.Sprintf("(CASE WHEN typeof(%[1]s) = 'HUGEINT' AND abs(%[1]s) > 9223372036854775807 THEN error('out of range') ELSE %[1]s END)", call)
	}
	return call, err
}

func (tr *translator) filtered(call string, c *ast.Call) (string, error) {
	if c.Filter == nil {
		return call, nil
	}
	x, err := tr.expr(c.Filter)
	return call + " FILTER (WHERE " + x + ")", err
}

// extreme is arg_min or arg_max, where the least or greatest value decides between rows
// that tie.
func (tr *translator) extreme(name string, c *ast.Call, args []ast.Expr) (string, error) {
	if c.Distinct || len(args) != 2 {
		return "", unsupported("%s of different values", c.Func)
	}
	x, err := tr.expr(args[0])
	if err != nil {
		return "", err
	}
	by, err := tr.expr(args[1])
	if err != nil {
		return "", err
	}
	return tr.filtered(fmt.Sprintf("%[1]s(%[2]s, CASE WHEN %[3]s IS NOT NULL THEN row(%[3]s, %[2]s) END)", name, x, by), c)
}
