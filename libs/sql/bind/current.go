package bind

import (
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

// current binds the present time, which is the event time of the row: results are those
// of the documents alone, whenever they are computed.
func (b *binder) current(s scope, c *ast.Call, t record.Type) (plan.Expr, *ast.Error) {
	if s == groupScope || s == havingScope {
		return nil, b.fail(c.At, "%s is the time of a row, and groups have many", c).As(ast.CodeGrouping).
			WithHint("write max(%s), or first and last of it", c)
	}
	column, ok := b.stream.Column(b.stream.EventTime)
	if !ok {
		return nil, b.fail(c.At, "%s is the event time of a row, and %s has none", c, b.stream.Name).As(ast.CodeGrouping).
			WithHint("declare it: CREATE STREAM … WITH (timestamp = 'column')")
	}
	at := &plan.Column{Name: column.Name, Typ: column.Type}
	return b.cast(at, c, t, false)
}
