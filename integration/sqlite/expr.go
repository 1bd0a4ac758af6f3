package sqlite

import (
	"fmt"
	"math"
	"math/big"
	"regexp"
	"strconv"
	"strings"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/ast"
)

func nameOf(n *ast.Name) string {
	parts := make([]string, len(n.Parts))
	for i := range n.Parts {
		parts[i] = n.Parts[i].Name
	}
	return strings.Join(parts, ".")
}

// stripped takes the stream's name or alias off a column's name.
func (tr *translator) stripped(name string) string {
	if tr.column(name) != nil {
		return name
	}
	f := &tr.stmt.From
	owners := []*ast.Ident{f.Alias, f.Stream}
	for i := range f.Unnest {
		owners = append(owners, f.Unnest[i].Alias)
	}
	for _, id := range owners {
		if id == nil {
			continue
		}
		if rest, ok := strings.CutPrefix(name, id.Name+"."); ok {
			return rest
		}
	}
	return name
}

func (tr *translator) windowBound(name string) *typed {
	if tr.size == 0 {
		return nil
	}
	switch name {
	case "window_start":
		return &typed{tr.window, record.TimestampType}
	case "window_end":
		return &typed{fmt.Sprintf("(%s + %d)", tr.window, tr.size), record.TimestampType}
	}
	return nil
}

// aliased translates an expression in which output aliases may be named.
func (tr *translator) aliased(e ast.Expr) (typed, error) {
	tr.aliases[""] = true // from here on, names are looked up among the aliases
	return tr.expr(e)
}

func (tr *translator) name(n *ast.Name) (typed, error) {
	name := nameOf(n)
	if tr.aliases[""] && !tr.aliases[name] {
		for _, item := range tr.stmt.Select {
			if item.Alias != nil && item.Alias.Name == name {
				tr.aliases[name] = true
				x, err := tr.expr(item.Expr)
				delete(tr.aliases, name)
				return x, err
			}
		}
	}
	if b := tr.windowBound(name); b != nil {
		return *b, nil
	}
	name = tr.stripped(name)
	c := tr.column(name)
	if c == nil {
		if name == "doc" {
			return typed{}, unsupported("the whole document")
		}
		return typed{}, fmt.Errorf("unknown column %s", name)
	}
	return c.typed, nil
}

// expr translates an expression; predicates are BOOLEAN.
func (tr *translator) expr(e ast.Expr) (typed, error) {
	switch e := e.(type) {
	case *ast.Paren:
		return tr.expr(e.X)
	case *ast.Name:
		return tr.name(e)
	case *ast.NullLit:
		return typed{"NULL", record.Type{}}, nil
	case *ast.BoolLit:
		if e.Value {
			return typed{"1", record.BooleanType}, nil
		}
		return typed{"0", record.BooleanType}, nil
	case *ast.NumberLit:
		if strings.ContainsAny(e.Text, ".eE") {
			f, err := strconv.ParseFloat(e.Text, 64)
			exact, ok := new(big.Rat).SetString(e.Text)
			if err == nil && ok && math.Abs(f) >= 1<<52 && math.Abs(f) <= 1<<63 && exact.Cmp(new(big.Rat).SetFloat64(f)) != 0 {
				return typed{}, unsupported("a number that no REAL is")
			}
			return typed{e.Text, record.DoubleType}, nil
		}
		return typed{e.Text, record.BigIntType}, nil
	case *ast.StringLit:
		if strings.ContainsRune(e.Value, 0) {
			return typed{}, unsupported("NUL characters")
		}
		return typed{ast.Quote(e.Value), record.VarcharType}, nil
	case *ast.TimeLit:
		x, err := instant(e.Text)
		if e.Date {
			x.typ = record.DateType // a number of nanoseconds too: that of its midnight
		}
		return x, err
	case *ast.IntervalLit:
		if e.Months != 0 {
			return typed{}, unsupported("intervals of months")
		}
		return typed{fmt.Sprintf("(%d)", e.Span.Nanoseconds()), record.DayTimeType}, nil
	case *ast.Call:
		return tr.call(e)
	case *ast.Binary:
		return tr.binary(e)
	case *ast.Neg:
		return tr.negative(e)
	case *ast.Case:
		return tr.caseOf(e)
	case *ast.Cast:
		return tr.cast(e)
	default:
		s, err := tr.predicate(e)
		return typed{s, record.BooleanType}, err
	}
}

// timeText is what SQLite reads as a time as Millrace does.
var timeText = regexp.MustCompile(`^ *\d{4}-\d\d-\d\d([ T]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?( *(Z|[+-]\d\d:\d\d))?)? *$`)

// instant lets SQLite read a time.
func instant(text string) (typed, error) {
	if strings.Contains(text, ".") {
		return typed{}, unsupported("fractions of a second in literals")
	}
	if !timeText.MatchString(text) {
		return typed{}, unsupported("times that SQLite does not read")
	}
	return typed{fmt.Sprintf("(unixepoch(%s) * 1000000000)", ast.Quote(text)), record.TimestampType}, nil
}

func (tr *translator) call(c *ast.Call) (typed, error) {
	if !isAggregate(c) {
		return tr.scalar(c)
	}
	row := *tr
	row.aliases = map[string]bool{}
	filter := ""
	if c.Filter != nil {
		f, err := row.expr(c.Filter)
		if err != nil {
			return typed{}, err
		}
		filter = " FILTER (WHERE " + f.sql + ")"
	}
	if c.Star {
		return typed{"count(*)" + filter, record.BigIntType}, nil
	}
	if len(c.Args) != 1 {
		return typed{}, unsupported("%s of %d arguments", c.Func, len(c.Args))
	}
	arg, err := row.expr(c.Args[0])
	if err != nil {
		return typed{}, err
	}
	distinct := ""
	if c.Distinct {
		distinct = "DISTINCT "
	}
	out := typed{c.Func + "(" + distinct + arg.sql + ")" + filter, arg.typ}
	switch c.Func {
	case "count":
		out.typ = record.BigIntType
	case "avg":
		out.typ = record.DoubleType
	case "sum", "min", "max":
	default:
		return typed{}, unsupported("function %s", c.Func)
	}
	return out, nil
}

// pair translates two operands of a comparison; text beside a time is read as one.
func (tr *translator) pair(l, r ast.Expr) (a, b typed, err error) {
	if a, err = tr.expr(l); err != nil {
		return a, b, err
	}
	if b, err = tr.expr(r); err != nil {
		return a, b, err
	}
	if a, err = timed(l, a, b); err != nil {
		return a, b, err
	}
	b, err = timed(r, b, a)
	return a, b, err
}

func timed(e ast.Expr, x, other typed) (typed, error) {
	if lit, ok := e.(*ast.StringLit); ok && other.typ.Kind == record.Timestamp {
		return instant(lit.Value)
	}
	return x, nil
}
