package bind

import (
	"fmt"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/ast"
	"github.com/millrace/millrace/libs/sql/function"
)

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
	default:
		return ""
	}
}
