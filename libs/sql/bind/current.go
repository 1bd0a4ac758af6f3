package bind

import (
	"strings"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/ast"
	"github.com/millrace/millrace/libs/sql/plan"
)

// currentTime reports whether a call asks for the present time, and as what.
func currentTime(c *ast.Call) (record.Type, bool) {
	switch c.Func {
	case "current_timestamp", "now":
		return record.TimestampType, len(c.Args) == 0
	case "current_date":
		return record.DateType, len(c.Args) == 0
	default:
		return record.Type{}, false
	}
}

// presentElsewhere reports whether a name is the present time in other systems.
func presentElsewhere(n *ast.Name) bool {
	if len(n.Parts) > 1 {
		return false
	}
	switch strings.ToLower(n.Parts[0].Name) {
	case "current_time", "localtime", "localtimestamp", "sysdate", "systimestamp":
		return true
	default:
		return false
	}
}

// current binds the present time, which is the event time of the row: results are those
// of the documents alone, whenever they are computed.
func (b *binder) current(s scope, c *ast.Call, t record.Type) (plan.Expr, *ast.Error) {
	if s == groupScope || s == havingScope {
		return nil, b.fail(c.At, "%s is the time of a row, and groups have many", c).WithCode(ast.CodeGrouping).
			WithHint("write max(%s), or first and last of it", c)
	}
	if b.rel.time == nil {
		return nil, b.fail(c.At, "%s is the event time of a row, and %s has none", c, b.rel.title()).WithCode(ast.CodeGrouping).
			WithHint("declare it: CREATE STREAM … WITH (timestamp = 'column')")
	}
	return b.cast(b.rel.time, c, t, false)
}
