package function_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/function"
)

// typesOf reads types separated by commas; ? is the unknown one.
func typesOf(t *testing.T, text string) []record.Type {
	t.Helper()
	var types []record.Type
	for name := range strings.SplitSeq(text, ", ") {
		switch name {
		case "":
		case "?":
			types = append(types, record.Type{})
		default:
			typ, err := record.ParseType(name)
			if err != nil {
				t.Fatal(err)
			}
			types = append(types, typ)
		}
	}
	return types
}

func TestResolve(t *testing.T) {
	for _, tc := range []struct{ name, args, want string }{
		{"+", "BIGINT, BIGINT", "add(BIGINT, BIGINT) BIGINT"},
		{"+", "BIGINT, DOUBLE", "add(DOUBLE, DOUBLE) DOUBLE"},
		{"+", "?, BIGINT", "add(BIGINT, BIGINT) BIGINT"},
		{"+", "?, ?", "add(BIGINT, BIGINT) BIGINT"},
		{"+", "TIMESTAMP, INTERVAL", "add(TIMESTAMP, INTERVAL DAY TO SECOND) TIMESTAMP"},
		{"+", "DATE, INTERVAL YEAR TO MONTH", "add(TIMESTAMP, INTERVAL YEAR TO MONTH) TIMESTAMP"},
		{"+", "DATE, BIGINT", "add(DATE, BIGINT) DATE"},
		{"-", "TIMESTAMP, DATE", "sub(TIMESTAMP, TIMESTAMP) INTERVAL DAY TO SECOND"},
		{"-", "DATE, DATE", "sub(DATE, DATE) BIGINT"},
		{"-", "TIMESTAMP, ?", "sub(TIMESTAMP, TIMESTAMP) INTERVAL DAY TO SECOND"},
		{"*", "INTERVAL, DOUBLE", "mul(INTERVAL DAY TO SECOND, DOUBLE) INTERVAL DAY TO SECOND"},
		{"||", "VARCHAR, BIGINT", "concat(VARCHAR, BIGINT) VARCHAR"},
		{"||", "ARRAY<BIGINT>, ARRAY<DOUBLE>", "concat(ARRAY<DOUBLE>, ARRAY<DOUBLE>) ARRAY<DOUBLE>"},
		{"UPPER", "VARCHAR", "upper(VARCHAR) VARCHAR"},
		{"ceiling", "BIGINT", "ceil(BIGINT) BIGINT"},
		{"sqrt", "BIGINT", "sqrt(DOUBLE) DOUBLE"},
		{"round", "DOUBLE, BIGINT", "round(DOUBLE, BIGINT) DOUBLE"},
		{"coalesce", "?, BIGINT, DOUBLE", "coalesce(DOUBLE, DOUBLE, DOUBLE) DOUBLE"},
		{"coalesce", "?", "coalesce(VARCHAR) VARCHAR"},
		{"coalesce", "DATE, TIMESTAMP", "coalesce(TIMESTAMP, TIMESTAMP) TIMESTAMP"},
		{"case", "BOOLEAN, BIGINT, ?, DOUBLE, ?", "case(BOOLEAN, DOUBLE, BOOLEAN, DOUBLE, DOUBLE) DOUBLE"},
		{"nullif", "BIGINT, DOUBLE", "nullif(BIGINT, DOUBLE) BIGINT"},
		{"eq", "BIGINT, DOUBLE", "eq(BIGINT, DOUBLE) BOOLEAN"},
		{"eq", "DATE, TIMESTAMP", "eq(TIMESTAMP, TIMESTAMP) BOOLEAN"},
		{"in", "BIGINT, DOUBLE, ?", "in(BIGINT, DOUBLE, DOUBLE) BOOLEAN"},
		{"array", "", "array() ARRAY<VARCHAR>"},
		{"array", "BIGINT, DOUBLE", "array(DOUBLE, DOUBLE) ARRAY<DOUBLE>"},
		{"array", "ARRAY<BIGINT>, ARRAY<DOUBLE>", "array(ARRAY<DOUBLE>, ARRAY<DOUBLE>) ARRAY<ARRAY<DOUBLE>>"},
		{"subscript", "ARRAY<TIMESTAMP>, BIGINT", "subscript(ARRAY<TIMESTAMP>, BIGINT) TIMESTAMP"},
		{"array_append", "ARRAY<BIGINT>, DOUBLE", "array_append(ARRAY<DOUBLE>, DOUBLE) ARRAY<DOUBLE>"},
		{"array_contains", "ARRAY<BIGINT>, DOUBLE", "member(ARRAY<BIGINT>, DOUBLE) BOOLEAN"},
		{"->", "JSON, VARCHAR", "json_get(JSON, VARCHAR) JSON"},
		{"->>", "JSON, BIGINT", "json_get_text(JSON, BIGINT) VARCHAR"},
		{"extract", "VARCHAR, DATE", "extract(VARCHAR, TIMESTAMP) BIGINT"},
		{"date_trunc", "VARCHAR, ?", "date_trunc(VARCHAR, TIMESTAMP) TIMESTAMP"},
		{"substr", "VARCHAR, BIGINT", "substring(VARCHAR, BIGINT) VARCHAR"},
	} {
		res, err := function.Resolve(tc.name, typesOf(t, tc.args))
		if err != nil {
			t.Errorf("%s(%s): %v", tc.name, tc.args, err)
			continue
		}
		var types []string
		for _, a := range res.Args {
			types = append(types, a.String())
		}
		if got := res.Func.Name + "(" + strings.Join(types, ", ") + ") " + res.Result.String(); got != tc.want {
			t.Errorf("%s(%s) is %s, want %s", tc.name, tc.args, got, tc.want)
		}
		// What was resolved can stand in a plan.
		if _, result, err := res.Func.Match(res.Args); err != nil || !result.Equal(res.Result) {
			t.Errorf("%s does not match itself: %s, %v", tc.want, result, err)
		}
	}
}

func TestResolveErrors(t *testing.T) {
	for _, tc := range []struct {
		name, args, message, hint string
		arg                       int
	}{
		{"uper", "VARCHAR", "unknown function uper", "did you mean upper?", -1},
		{"Lengt", "VARCHAR", "unknown function Lengt", "did you mean length?", -1},
		{"qqqqqqq", "", "unknown function qqqqqqq", "", -1},
		{"date_format", "TIMESTAMP, VARCHAR", "unknown function date_format", "write to_char(created_at, 'YYYY-MM-DD HH24:MI')", -1},
		{"cast_bigin", "", "unknown function cast_bigin", "", -1},
		{"upper", "", "upper does not take 0 arguments", "it is upper(text VARCHAR) → VARCHAR", -1},
		{"upper", "BIGINT", "upper does not take (BIGINT)", "it is upper(text VARCHAR) → VARCHAR", 0},
		{"lpad", "VARCHAR, VARCHAR", "lpad does not take (VARCHAR, VARCHAR)", "it is lpad(text VARCHAR, length BIGINT [, fill VARCHAR]) → VARCHAR", 1},
		{"eq", "BIGINT, VARCHAR", "a = b does not take BIGINT and VARCHAR", "a = b takes COMPARABLE and COMPARABLE", 1},
		{"case", "BOOLEAN, BIGINT", "CASE WHEN condition THEN value … ELSE otherwise END does not take 2 arguments", "", -1},
		{"greatest", "BIGINT, JSON", "greatest does not take (BIGINT, JSON)", "it is greatest(value T, …) → T", 1},
		{"round", "VARCHAR", "round does not take (VARCHAR)", "it is round(x BIGINT) → BIGINT or round(x DOUBLE) → DOUBLE or round(x BIGINT, digits BIGINT) → BIGINT or round(x DOUBLE, digits BIGINT) → DOUBLE", 0},
	} {
		_, err := function.Resolve(tc.name, typesOf(t, tc.args))
		var e *function.Error
		if !errors.As(err, &e) || e.Message != tc.message || tc.hint != "" && e.Hint != tc.hint || e.Arg != tc.arg {
			t.Errorf("%s(%s): %v, want %s; %s", tc.name, tc.args, err, tc.message, tc.hint)
		}
	}
}

// TestElsewhere: what people may try is not a function here.
func TestElsewhere(t *testing.T) {
	for _, name := range []string{"len", "nvl", "year", "instr", "array_agg"} {
		_, err := function.Resolve(name, nil)
		var e *function.Error
		if !errors.As(err, &e) || !e.Unknown || e.Hint == "" || strings.HasPrefix(e.Hint, "did you mean") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCast(t *testing.T) {
	f, err := function.Cast(record.VarcharType, record.BigIntType, true)
	if err != nil || f.Name != "try_cast_bigint" || f.Fails != function.Never {
		t.Errorf("%v, %v", f, err)
	}
	if f, err = function.Cast(record.Type{}, record.ArrayOf(record.DateType), false); err != nil || f.Name != "cast_array_date" {
		t.Errorf("%v, %v", f, err)
	}
	_, err = function.Cast(record.DateType, record.BooleanType, false)
	if err == nil || err.Error() != "DATE cannot be cast to BOOLEAN; DATE can be cast to VARCHAR, TIMESTAMP" {
		t.Error(err)
	}
}
