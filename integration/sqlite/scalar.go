package sqlite

import (
	"fmt"
	"strings"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/ast"
)

// simple are the functions that SQLite has in the same meaning, by our names: what they
// take, and what they are there.
var simple = map[string]struct {
	params []record.Kind
	result record.Type
	sql    string
}{
	"length":           {[]record.Kind{record.Varchar}, record.BigIntType, "length(%s)"},
	"char_length":      {[]record.Kind{record.Varchar}, record.BigIntType, "length(%s)"},
	"character_length": {[]record.Kind{record.Varchar}, record.BigIntType, "length(%s)"},
	"octet_length":     {[]record.Kind{record.Varchar}, record.BigIntType, "octet_length(%s)"},
	"bit_length":       {[]record.Kind{record.Varchar}, record.BigIntType, "(8 * octet_length(%s))"},
	"replace":          {[]record.Kind{record.Varchar, record.Varchar, record.Varchar}, record.VarcharType, "CASE WHEN %[3]s IS NOT NULL THEN replace(%[1]s, %[2]s, %[3]s) END"},
	"strpos":           {[]record.Kind{record.Varchar, record.Varchar}, record.BigIntType, "instr(%s, %s)"},
	"position":         {[]record.Kind{record.Varchar, record.Varchar}, record.BigIntType, "instr(%[2]s, %[1]s)"},
	"starts_with":      {[]record.Kind{record.Varchar, record.Varchar}, record.BooleanType, "(instr(%[1]s, %[2]s) = 1)"},
	"trim":             {[]record.Kind{record.Varchar}, record.VarcharType, "trim(%s)"},
	"ltrim":            {[]record.Kind{record.Varchar}, record.VarcharType, "ltrim(%s)"},
	"rtrim":            {[]record.Kind{record.Varchar}, record.VarcharType, "rtrim(%s)"},
	"floor":            {[]record.Kind{record.Double}, record.DoubleType, "floor(%s)"},
	"ceil":             {[]record.Kind{record.Double}, record.DoubleType, "ceil(%s)"},
	"ceiling":          {[]record.Kind{record.Double}, record.DoubleType, "ceil(%s)"},
	"pi":               {nil, record.DoubleType, "pi()"},
	"cardinality":      {[]record.Kind{record.Array}, record.BigIntType, "json_array_length(%s)"},
}

// scalar translates a function of single values.
func (tr *translator) scalar(c *ast.Call) (typed, error) {
	args := make([]typed, len(c.Args))
	for i, a := range c.Args {
		var err error
		if args[i], err = tr.expr(a); err != nil {
			return typed{}, err
		}
	}
	if f, ok := simple[c.Func]; ok && len(args) == len(f.params) {
		texts := make([]any, len(args))
		for i, a := range args {
			if a.typ.Kind != f.params[i] {
				return typed{}, unsupported("%s of %s", c.Func, a.typ)
			}
			texts[i] = a.sql
		}
		return typed{fmt.Sprintf(f.sql, texts...), f.result}, nil
	}
	switch {
	case c.Func == "coalesce" && len(args) > 1:
		texts, typ, err := together(args)
		return typed{"coalesce(" + strings.Join(texts, ", ") + ")", typ}, err
	case c.Func == "nullif" && len(args) == 2:
		if args[0].typ.Kind != args[1].typ.Kind && (!args[0].typ.Numeric() || !args[1].typ.Numeric()) {
			return typed{}, unsupported("nullif of %s and %s", args[0].typ, args[1].typ)
		}
		return typed{"nullif(" + args[0].sql + ", " + args[1].sql + ")", args[0].typ}, nil
	case c.Func == "abs" && len(args) == 1 && args[0].typ.Numeric():
		return typed{"abs(" + args[0].sql + ")", args[0].typ}, nil
	case c.Func == "sign" && len(args) == 1 && args[0].typ.Kind == record.BigInt:
		return typed{"sign(" + args[0].sql + ")", record.BigIntType}, nil
	case c.Func == "mod" && len(args) == 2:
		return tr.binary(&ast.Binary{Op: ast.Mod, L: c.Args[0], R: c.Args[1]})
	case c.Func == "extract":
		return extract(c, args)
	case c.Func == "date_trunc":
		return truncated(c, args)
	default:
		return typed{}, unsupported("function %s", c.Func)
	}
}

// seconds are those of a timestamp since 1970, the last that have passed.
func seconds(at string) string {
	return fmt.Sprintf("(%s / 1000000000)", cutTo(at, 1e9))
}

// extract asks strftime for a field.
func extract(c *ast.Call, args []typed) (typed, error) {
	field, ok := c.Args[0].(*ast.StringLit)
	if !ok || len(args) != 2 || args[1].typ.Kind != record.Timestamp {
		return typed{}, unsupported("extract of another field")
	}
	if field.Value == "epoch" {
		return typed{seconds(args[1].sql), record.BigIntType}, nil
	}
	format, ok := map[string]string{
		"year": "%Y", "month": "%m", "day": "%d", "hour": "%H", "minute": "%M", "second": "%S", "dow": "%w", "doy": "%j",
	}[field.Value]
	if !ok {
		return typed{}, unsupported("extract of another field")
	}
	return typed{fmt.Sprintf("CAST(strftime('%s', %s, 'unixepoch') AS INTEGER)", format, seconds(args[1].sql)), record.BigIntType}, nil
}

// truncated cuts a timestamp down to units of equal length.
func truncated(c *ast.Call, args []typed) (typed, error) {
	unit, ok := c.Args[0].(*ast.StringLit)
	if !ok || len(args) != 2 || args[1].typ.Kind != record.Timestamp {
		return typed{}, unsupported("date_trunc of what is no timestamp")
	}
	size, ok := map[string]int64{"second": 1e9, "minute": 60e9, "hour": 3600e9, "day": 86400e9}[unit.Value]
	if !ok {
		return typed{}, unsupported("date_trunc to another unit")
	}
	return typed{whole(cutTo(args[1].sql, size)), record.TimestampType}, nil
}
