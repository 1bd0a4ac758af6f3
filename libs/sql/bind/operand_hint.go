package bind

import (
	"fmt"
	"strings"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/ast"
	"github.com/millrace/millrace/libs/sql/function"
)

// unitMeant adds to the error of the first argument of a function of units that it may have
// been meant as one: timestampdiff(DAY, a, b).
func unitMeant(name string, e ast.Expr, err *ast.Error) *ast.Error {
	n, ok := ast.Unparen(e).(*ast.Name)
	if !ok || len(n.Parts) > 1 || err.Pos != n.Pos() {
		return err
	}
	switch name {
	case "timestampdiff", "date_trunc", "date_part":
		return err.WithHint("a unit stands between single quotes: %s", ast.Quote(strings.ToLower(n.Parts[0].Name)))
	default:
		return err
	}
}

// operandHint says what to write instead of an operator between operands which it takes
// elsewhere; "": nothing is known of that.
func operandHint(name string, types []record.Type, es []ast.Expr) string {
	if len(types) != 2 || len(es) != 2 {
		return ""
	}
	l, r := types[0].Kind, types[1].Kind
	switch {
	case name == function.Concat && l == record.Array && r != record.Array:
		return fmt.Sprintf("write array_append(%s, %s)", short(es[0]), short(es[1]))
	case name == function.Concat && r == record.Array && l != record.Array:
		return fmt.Sprintf("write array_prepend(%s, %s)", short(es[0]), short(es[1]))
	case name == function.Subscript && l == record.JSON:
		return fmt.Sprintf("write %s -> %s", short(es[0]), short(es[1]))
	case (name == function.Add || name == function.Sub) && l == record.Timestamp && r == record.BigInt:
		return "a number of days is an interval: INTERVAL '5 days'; of seconds, INTERVAL '5' SECOND"
	case name == function.Subscript && l == record.Varchar:
		return fmt.Sprintf("write substring(%s, %s, 1)", short(es[0]), short(es[1]))
	default:
		return ""
	}
}
