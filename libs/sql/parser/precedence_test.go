package parser_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/millrace/millrace/libs/sql/ast"
	"github.com/millrace/millrace/libs/sql/parser"
)

// TestPrecedence holds how operators bind against the same with all parentheses, which is
// how PostgreSQL reads it.
func TestPrecedence(t *testing.T) {
	for plain, explicit := range map[string]string{
		"a OR b AND c":                         "a OR (b AND c)",
		"a OR b OR c":                          "(a OR b) OR c",
		"NOT a AND b":                          "(NOT a) AND b",
		"NOT a = b":                            "NOT (a = b)",
		"NOT a IS NULL":                        "NOT (a IS NULL)",
		"NOT a BETWEEN 1 AND 2 OR b":           "(NOT (a BETWEEN 1 AND 2)) OR b",
		"a = b IS NULL":                        "(a = b) IS NULL",
		"a IS NULL IS NOT TRUE":                "(a IS NULL) IS NOT TRUE",
		"a = b IS DISTINCT FROM c = d":         "(a = b) IS DISTINCT FROM (c = d)",
		"a IS DISTINCT FROM b AND c":           "(a IS DISTINCT FROM b) AND c",
		"a = b LIKE c":                         "a = (b LIKE c)",
		"a LIKE b = c":                         "(a LIKE b) = c",
		"a IN (1) = b IN (2)":                  "(a IN (1)) = (b IN (2))",
		"a || b LIKE c || d ESCAPE e || f":     "(a || b) LIKE (c || d) ESCAPE (e || f)",
		"a + 1 BETWEEN b - 1 AND c * 2 AND d":  "((a + 1) BETWEEN (b - 1) AND (c * 2)) AND d",
		"a || b + c":                           "a || (b + c)",
		"a + b || c":                           "(a + b) || c",
		"a || b || c":                          "(a || b) || c",
		"a -> 'x' ->> 'y' = 'z'":               "((a -> 'x') ->> 'y') = 'z'",
		"a ->> 'x' || 'y'":                     "(a ->> 'x') || 'y'",
		"a -> b + 1":                           "a -> (b + 1)",
		"a ~ b || c":                           "(a ~ b) || c",
		"a || b ~ c":                           "(a || b) ~ c",
		"a !~* b = c":                          "(a !~* b) = c",
		"a REGEXP b || c":                      "a REGEXP (b || c)",
		"a NOT RLIKE b ~ c":                    "a NOT RLIKE (b ~ c)",
		"a CONTAINS b || c":                    "a CONTAINS (b || c)",
		"a + b * c - d / e % f":                "(a + (b * c)) - ((d / e) % f)",
		"a - b - c":                            "(a - b) - c",
		"a / b / c":                            "(a / b) / c",
		"a - -b":                               "a - (-b)",
		"a - - 1":                              "a - (-1)",
		"-a * b":                               "(-a) * b",
		"a * -b":                               "a * (-b)",
		"-a::BIGINT":                           "-(a::BIGINT)",
		"-1::BIGINT":                           "-(1::BIGINT)",
		"-a[1]":                                "-(a[1])",
		"- - a":                                "-(-a)",
		"a[1]::BIGINT":                         "(a[1])::BIGINT",
		"a::BIGINT::VARCHAR":                   "(a::BIGINT)::VARCHAR",
		"a[1][2]":                              "(a[1])[2]",
		"a + b::BIGINT":                        "a + (b::BIGINT)",
		"a = b + 1":                            "a = (b + 1)",
		"a < ANY(b) IS NULL":                   "(a < ANY(b)) IS NULL",
		"a + 1 = ALL(b)":                       "(a + 1) = ALL(b)",
		"CASE a WHEN b OR c THEN d END + 1":    "(CASE a WHEN (b OR c) THEN d END) + 1",
		"created_at - INTERVAL '1' DAY < b":    "(created_at - (INTERVAL '1' DAY)) < b",
		"a IS NOT UNKNOWN OR b IS NOT FALSE":   "(a IS NOT UNKNOWN) OR (b IS NOT FALSE)",
		"a NOT IN (SELECT b FROM t) AND c":     "(a NOT IN (SELECT b FROM t)) AND c",
		"a || 'x' NOT ILIKE b AND NOT c < d":   "((a || 'x') NOT ILIKE b) AND (NOT (c < d))",
		"ARRAY[1, 2][1] + CAST(a AS BIGINT)":   "(ARRAY[1, 2][1]) + (CAST(a AS BIGINT))",
		"count(*) FILTER (WHERE a) * 100 / n":  "((count(*) FILTER (WHERE a)) * 100) / n",
		"a % 2 = 0 OR b":                       "((a % 2) = 0) OR b",
		"x->'a'->'b'->>'c' IS NULL":            "(((x -> 'a') -> 'b') ->> 'c') IS NULL",
		"a BETWEEN -1 AND +1":                  "a BETWEEN (-1) AND (1)",
		"a-1":                                  "a - 1",
		"a -1":                                 "a - 1",
		"TIMESTAMP '2016-10-01'::DATE = today": "((TIMESTAMP '2016-10-01')::DATE) = today",
	} {
		if a, b := bareShape(t, plain), bareShape(t, explicit); a != b {
			t.Errorf("%s is not %s:\n%s\n%s", plain, explicit, a, b)
		}
	}
}

// bareShape is the shape of an expression without parentheses.
func bareShape(t *testing.T, e string) string {
	t.Helper()
	stmt, err := parser.Parse("SELECT " + e + " FROM t")
	if err != nil {
		t.Fatalf("%s: %v", e, err)
	}
	checkRoundTrip(t, stmt)
	bare(reflect.ValueOf(stmt).Elem())
	return shape(stmt)
}

// bare takes the parentheses out of a tree.
func bare(v reflect.Value) {
	switch v.Kind() {
	case reflect.Interface:
		for {
			p, ok := v.Interface().(*ast.Paren)
			if !ok {
				break
			}
			v.Set(reflect.ValueOf(p.X))
		}
		if !v.IsNil() {
			bare(v.Elem())
		}
	case reflect.Pointer:
		if !v.IsNil() {
			bare(v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			bare(v.Field(i))
		}
	case reflect.Slice:
		for i := range v.Len() {
			bare(v.Index(i))
		}
	default:
	}
}

// TestNoChains: what PostgreSQL does not take without parentheses either.
func TestNoChains(t *testing.T) {
	for _, e := range []string{
		"a < b < c", "a = b = c", "a BETWEEN 1 AND 2 BETWEEN 3 AND 4", "a LIKE b LIKE c", "a IN (1) IN (2)", "a IS NULL = b",
	} {
		if stmt, err := parser.Parse("SELECT id FROM t WHERE " + e); err == nil {
			t.Errorf("%s is read as %s", e, stmt)
		} else if !strings.Contains(err.Error(), "expected") && !strings.Contains(err.Error(), "chained") {
			t.Errorf("%s: %v", e, err)
		}
	}
}
