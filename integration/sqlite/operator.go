package sqlite

import (
	"fmt"
	"strings"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/ast"
)

// overflow is an expression that SQLite refuses to evaluate: what is ERROR here would
// be NULL, or another number, there.
const overflow = "abs(-9223372036854775807 - 1)"

// guarded is x where ok holds or is NULL, and makes SQLite fail elsewhere.
func guarded(x, ok string) string {
	return fmt.Sprintf("(CASE WHEN NOT (%s) THEN %s ELSE %s END)", ok, overflow, x)
}

// whole is a BIGINT that SQLite has not made a REAL because it has more than 64 bits.
func whole(x string) string { return guarded(x, "typeof("+x+") <> 'real'") }

// finite is a DOUBLE that is no infinity, nor NULL in the place of NaN.
func finite(x string) string { return guarded(x, "abs("+x+") <= 1.7976931348623157e308") }

// number brings BIGINT and DOUBLE together.
func number(a, b typed) (x, y string, typ record.Type, err error) {
	switch {
	case a.typ.Kind == record.BigInt && b.typ.Kind == record.BigInt:
		return a.sql, b.sql, record.BigIntType, nil
	case a.typ.Numeric() && b.typ.Numeric():
		return asReal(a), asReal(b), record.DoubleType, nil
	}
	return "", "", record.Type{}, unsupported("arithmetic of %s and %s", a.typ, b.typ)
}

func asReal(x typed) string {
	if x.typ.Kind == record.Double {
		return x.sql
	}
	return "CAST(" + x.sql + " AS REAL)"
}

func (tr *translator) binary(e *ast.Binary) (typed, error) {
	a, err := tr.expr(e.L)
	if err != nil {
		return a, err
	}
	b, err := tr.expr(e.R)
	if err != nil {
		return b, err
	}
	if e.Op == ast.Concat {
		for _, x := range []typed{a, b} {
			if x.typ.Kind != record.Varchar && x.typ.Kind != record.BigInt {
				return typed{}, unsupported("|| of %s", x.typ)
			}
		}
		return typed{"(" + a.sql + " || " + b.sql + ")", record.VarcharType}, nil
	}
	if x, ok := times(e.Op, a, b); ok {
		return x, nil
	}
	x, y, typ, err := number(a, b)
	if err != nil {
		return typed{}, err
	}
	z := "(" + x + " " + string(e.Op) + " " + y + ")"
	switch {
	case e.Op == ast.JSONField || e.Op == ast.JSONText:
		return typed{}, unsupported("JSON")
	case typ.Kind == record.Double && e.Op == ast.Mod:
		return typed{}, unsupported("the rest of DOUBLE")
	case e.Op == ast.Div || e.Op == ast.Mod:
		z = guarded(z, y+" <> 0")
	}
	if typ.Kind == record.Double {
		return typed{finite(z), typ}, nil
	}
	return typed{whole(z), typ}, nil
}

// times is arithmetic with timestamps, intervals and dates, which are all numbers of
// nanoseconds. Dates beyond those that these can say are not asked for.
func times(op ast.BinaryOp, a, b typed) (typed, bool) {
	type rule struct {
		op      ast.BinaryOp
		a, b, z record.Kind
	}
	const at, span, n = record.Timestamp, record.DayTime, record.BigInt
	for _, r := range []rule{
		{ast.Add, at, span, at},
		{ast.Add, span, at, at},
		{ast.Add, span, span, span},
		{ast.Sub, at, span, at},
		{ast.Sub, at, at, span},
		{ast.Sub, span, span, span},
		{ast.Mul, span, n, span},
		{ast.Mul, n, span, span},
	} {
		if r.op == op && r.a == a.typ.Kind && r.b == b.typ.Kind {
			return typed{whole("(" + a.sql + " " + string(op) + " " + b.sql + ")"), record.Type{Kind: r.z}}, true
		}
	}
	const day = record.Date
	x := ""
	switch as := [...]record.Kind{a.typ.Kind, b.typ.Kind}; {
	case op == ast.Sub && as == [...]record.Kind{day, day}:
		return typed{fmt.Sprintf("((%s - %s) / %d)", a.sql, b.sql, nanosPerDay), record.BigIntType}, true
	case (op == ast.Add || op == ast.Sub) && as == [...]record.Kind{day, n}:
		x = fmt.Sprintf("(%s %s %s * %d)", a.sql, op, b.sql, nanosPerDay)
	case op == ast.Add && as == [...]record.Kind{n, day}:
		x = fmt.Sprintf("(%s + %s * %d)", b.sql, a.sql, nanosPerDay)
	default:
		return typed{}, false
	}
	return typed{whole(x), record.DateType}, true
}

const nanosPerDay = 86400 * 1_000_000_000

// cutTo is the last multiple of size that is not greater than x.
func cutTo(x string, size int64) string {
	return fmt.Sprintf("(%[1]s - ((%[1]s %% %[2]d) + %[2]d) %% %[2]d)", x, size)
}

func (tr *translator) negative(e *ast.Neg) (typed, error) {
	x, err := tr.expr(e.X)
	switch {
	case err != nil:
		return x, err
	case x.typ.Kind == record.Double:
		return typed{"(- " + x.sql + ")", x.typ}, nil
	case x.typ.Kind == record.BigInt || x.typ.Kind == record.DayTime:
		return typed{whole("(- " + x.sql + ")"), x.typ}, nil
	}
	return typed{}, unsupported("- of %s", x.typ)
}

// caseOf translates CASE, whose values become one type.
func (tr *translator) caseOf(c *ast.Case) (typed, error) {
	var conditions []string
	var values []typed
	for _, w := range c.Whens {
		cond, err := tr.expr(w.Cond)
		if err == nil && c.Operand != nil {
			var a, b typed
			a, b, err = tr.pair(c.Operand, w.Cond)
			cond = typed{a.sql + " = " + b.sql, record.BooleanType}
		}
		if err != nil {
			return cond, err
		}
		then, err := tr.expr(w.Then)
		if err != nil {
			return then, err
		}
		conditions, values = append(conditions, cond.sql), append(values, then)
	}
	if c.Else != nil {
		other, err := tr.expr(c.Else)
		if err != nil {
			return other, err
		}
		values = append(values, other)
	}
	texts, typ, err := together(values)
	if err != nil {
		return typed{}, err
	}
	var b strings.Builder
	b.WriteString("(CASE")
	for i, c := range conditions {
		b.WriteString(" WHEN " + c + " THEN " + texts[i])
	}
	if len(texts) > len(conditions) {
		b.WriteString(" ELSE " + texts[len(conditions)])
	}
	return typed{b.String() + " END)", typ}, nil
}

// together makes values of one type: DOUBLE of BIGINT and DOUBLE.
func together(values []typed) ([]string, record.Type, error) {
	typ := record.Type{}
	for _, v := range values {
		switch {
		case v.typ.Kind == record.Unknown, v.typ.Kind == typ.Kind:
		case typ.Kind == record.Unknown:
			typ = v.typ
		case typ.Numeric() && v.typ.Numeric():
			typ = record.DoubleType
		default:
			return nil, typ, unsupported("%s together with %s", typ, v.typ)
		}
	}
	texts := make([]string, len(values))
	for i, v := range values {
		texts[i] = v.sql
		if typ.Kind == record.Double {
			texts[i] = asReal(v)
		}
	}
	if typ.Kind == record.Unknown {
		typ = record.VarcharType
	}
	return texts, typ, nil
}

// cast translates the casts that SQLite has in the same meaning.
func (tr *translator) cast(c *ast.Cast) (typed, error) {
	x, err := tr.expr(c.X)
	if err != nil {
		return x, err
	}
	from := x.typ.Kind
	switch name := c.Type.Name; {
	case from == record.Unknown && c.Type.Elem == nil:
		typ, err := record.ParseType(name)
		return typed{x.sql, typ}, err
	case name == x.typ.String():
		return x, nil
	case name == "VARCHAR" && from == record.BigInt:
		return typed{"CAST(" + x.sql + " AS TEXT)", record.VarcharType}, nil
	case name == "DOUBLE" && from == record.BigInt:
		return typed{asReal(x), record.DoubleType}, nil
	case name == "DATE" && from == record.Timestamp:
		return typed{whole(cutTo(x.sql, nanosPerDay)), record.DateType}, nil
	case name == "TIMESTAMP" && from == record.Date:
		return typed{x.sql, record.TimestampType}, nil
	case name == "BIGINT" && from == record.Boolean:
		return typed{x.sql, record.BigIntType}, nil
	case name == "BOOLEAN" && from == record.BigInt:
		return typed{"(" + x.sql + " <> 0)", record.BooleanType}, nil
	default:
		return typed{}, unsupported("CAST of %s to %s", x.typ, name)
	}
}
