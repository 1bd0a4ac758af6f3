package duckdb

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	"github.com/millrace/millrace/libs/sql/ast"
)

func (tr *translator) list(es []ast.Expr) (string, error) {
	all := make([]string, len(es))
	for i, e := range es {
		x, err := tr.expr(e)
		if err != nil {
			return "", err
		}
		all[i] = x
	}
	return strings.Join(all, ", "), nil
}

// each translates expressions and puts them into a form.
func (tr *translator) each(form string, es ...ast.Expr) (string, error) {
	all := make([]any, len(es))
	for i, e := range es {
		x, err := tr.expr(e)
		if err != nil {
			return "", err
		}
		all[i] = x
	}
	return fmt.Sprintf(form, all...), nil
}

func not(n bool, x string, err error) (string, error) {
	if n {
		return "(NOT " + x + ")", err
	}
	return x, err
}

// expr translates an expression, in parentheses where it needs them.
func (tr *translator) expr(e ast.Expr) (string, error) {
	switch e := e.(type) {
	case *ast.Paren:
		return tr.expr(e.X)
	case *ast.Star:
		return tr.star(e)
	case *ast.Name:
		owner, column := tr.split(e)
		if owner != "" {
			return quoteName(owner) + "." + quoteName(column), nil
		}
		return quoteName(column), nil
	case *ast.NullLit:
		return "NULL", nil
	case *ast.BoolLit:
		return strings.ToUpper(fmt.Sprint(e.Value)), nil
	case *ast.NumberLit:
		if strings.ContainsAny(e.Text, ".eE") {
			if f, err := strconv.ParseFloat(e.Text, 64); err != nil || math.Abs(f) >= 1<<53 {
				if decimal.MatchString(e.Text) {
					return "(" + e.Text + "::DECIMAL(38, 10))", nil
				}
				return "", unsupported("a DOUBLE beyond 2^53, beside which a BIGINT is one there")
			}
			return "(" + e.Text + "::DOUBLE)", nil
		}
		return "(" + e.Text + "::BIGINT)", nil
	case *ast.StringLit:
		if strings.ContainsRune(e.Value, 0) {
			return "", unsupported("NUL characters")
		}
		if zoned(e.Value) {
			return "", unsupported("a zone in a text")
		}
		return ast.Quote(e.Value), nil
	case *ast.TimeLit:
		if e.Date {
			return "(DATE " + ast.Quote(e.Text) + ")", nil
		}
		return "(TIMESTAMP " + ast.Quote(e.Text) + ")", nil
	case *ast.IntervalLit:
		if e.Months != 0 {
			return fmt.Sprintf("to_months(%d)", e.Months), nil
		}
		return fmt.Sprintf("to_microseconds(%d)", e.Span.Microseconds()), nil
	case *ast.ArrayLit:
		if mixed(e) {
			return "", unsupported("an array of numbers, which has DOUBLEs there")
		}
		x, err := tr.list(e.Elems)
		return "[" + x + "]", err
	case *ast.Subscript:
		return tr.each("(%s)[%s]", e.X, e.Index)
	case *ast.Case:
		return tr.caseOf(e)
	case *ast.Cast:
		return tr.cast(e)
	case *ast.Neg:
		return tr.each("(- %s)", e.X)
	case *ast.Binary:
		return tr.binary(e)
	case *ast.Call:
		return tr.call(e)
	default:
		return tr.predicate(e)
	}
}

// decimal is a number that DuckDB holds exactly, and compares so with a BIGINT.
var decimal = regexp.MustCompile(`^-?\d{1,27}\.\d{0,10}$`)

// mixed reports whether an array has integers beyond 2^53 beside other numbers.
func mixed(e *ast.ArrayLit) bool {
	large, fraction := false, false
	for _, x := range e.Elems {
		if n, ok := x.(*ast.NumberLit); ok {
			f, err := strconv.ParseFloat(n.Text, 64)
			large = large || err != nil || math.Abs(f) >= 1<<53
			fraction = fraction || strings.ContainsAny(n.Text, ".eE")
		}
	}
	return large && fraction
}

// zoned reports whether a text is a time with a zone other than UTC, which DuckDB reads as a
// time of another type.
func zoned(text string) bool {
	return regexp.MustCompile(`^\s*\d{4}-\d\d-\d\d[ T][\d:.]+\s*[-+]\d\d`).MatchString(text)
}

// star leaves the hidden column out.
func (tr *translator) star(e *ast.Star) (string, error) {
	all := "*"
	if e.Of != nil {
		all = quoteName(tr.columnOf(e.Of)) + ".*"
	}
	if s := tr.stmt.From.Stream; s != nil && s.Name == "tweets" {
		return all + " EXCLUDE (" + document + ")", nil
	}
	return all, nil
}

func (tr *translator) caseOf(c *ast.Case) (string, error) {
	s := "(CASE"
	if c.Operand != nil {
		x, err := tr.expr(c.Operand)
		if err != nil {
			return "", err
		}
		s += " " + x
	}
	for _, w := range c.Whens {
		x, err := tr.each(" WHEN %s THEN %s", w.Cond, w.Then)
		if err != nil {
			return "", err
		}
		s += x
	}
	if c.Else != nil {
		x, err := tr.each(" ELSE %s", c.Else)
		if err != nil {
			return "", err
		}
		s += x
	}
	return s + " END)", nil
}

func (tr *translator) cast(c *ast.Cast) (string, error) {
	name := c.Type.Name
	for elem := c.Type.Elem; elem != nil; elem = elem.Elem {
		name = elem.Name + "[]"
		if elem.Elem != nil {
			return "", unsupported("arrays of arrays")
		}
	}
	word := "CAST"
	if c.Try {
		word = "TRY_CAST"
	}
	return tr.each(word+"(%s AS "+name+")", c.X)
}

// binary translates operators; what is ERROR here ends the query there.
func (tr *translator) binary(e *ast.Binary) (string, error) {
	switch e.Op {
	case ast.Div, ast.Mod:
		y, err := tr.expr(e.R)
		if err != nil {
			return "", err
		}
		x, err := tr.expr(e.L)
		return fmt.Sprintf("(CASE WHEN %s = 0 THEN error('out of range') ELSE %s %s %s END)", y, x, e.Op, y), err
	case ast.JSONField, ast.JSONText, ast.Concat:
		return tr.each("(%s "+string(e.Op)+" %s)", e.L, e.R)
	default:
		return tr.each("(%s "+string(e.Op)+" %s)", e.L, e.R)
	}
}

func (tr *translator) predicate(e ast.Expr) (string, error) {
	switch e := e.(type) {
	case *ast.And:
		return tr.each("(%s AND %s)", e.L, e.R)
	case *ast.Or:
		return tr.each("(%s OR %s)", e.L, e.R)
	case *ast.Not:
		return tr.each("(NOT %s)", e.X)
	case *ast.Compare:
		return tr.each("(%s "+string(e.Op)+" %s)", e.L, e.R)
	case *ast.IsNull:
		x, err := tr.each("(%s IS NULL)", e.X)
		return not(e.Not, x, err)
	case *ast.IsTruth:
		value := map[ast.Truth]string{ast.True: "TRUE", ast.False: "FALSE", ast.Unknown: "NULL"}[e.Value]
		x, err := tr.each("(%s IS NOT DISTINCT FROM "+value+")", e.X)
		return not(e.Not, x, err)
	case *ast.IsDistinct:
		x, err := tr.each("(%s IS DISTINCT FROM %s)", e.L, e.R)
		return not(e.Not, x, err)
	case *ast.Between:
		x, err := tr.each("(%s BETWEEN %s AND %s)", e.X, e.Low, e.High)
		return not(e.Not, x, err)
	case *ast.In:
		all, err := tr.list(e.List)
		if err != nil {
			return "", err
		}
		x, err := tr.expr(e.X)
		return not(e.Not, "("+x+" IN ("+all+"))", err)
	case *ast.InQuery:
		below, err := new(translator).statement(e.Query, false)
		if err != nil {
			return "", err
		}
		x, err := tr.expr(e.X)
		return not(e.Not, "("+x+" IN ("+below+"))", err)
	case *ast.AnyCompare:
		quantifier := "ANY"
		if e.All {
			quantifier = "ALL"
		}
		return tr.each("(CASE WHEN %[2]s IS NOT NULL THEN %[1]s "+string(e.Operator())+" "+quantifier+"(SELECT unnest(%[2]s)) END)", e.L, e.Array)
	case *ast.Match:
		options := ""
		if e.Fold {
			options = ", 'i'"
		}
		x, err := tr.each("regexp_matches(%s, %s"+options+")", e.X, e.Pattern)
		return not(e.Not, x, err)
	case *ast.Like:
		return tr.like(e)
	case *ast.Contains:
		if e.Fold {
			return "", unsupported("ICONTAINS")
		}
		x, err := tr.each("contains(%s, %s)", e.X, e.Needle)
		return not(e.Not, x, err)
	default:
		return "", unsupported("expression %T", e)
	}
}

func (tr *translator) like(e *ast.Like) (string, error) {
	if e.Fold {
		return "", unsupported("ILIKE")
	}
	escape := `'\'`
	if e.Escape != nil {
		lit, ok := e.Escape.(*ast.StringLit)
		if !ok || len([]rune(lit.Value)) != 1 {
			return "", unsupported("ESCAPE of other than one character")
		}
		escape = ast.Quote(lit.Value)
	}
	x, err := tr.each("(%s LIKE %s ESCAPE "+strings.ReplaceAll(escape, "%", "%%")+")", e.X, e.Pattern)
	return not(e.Not, x, err)
}
