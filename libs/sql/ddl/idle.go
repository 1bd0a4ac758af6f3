package ddl

import "github.com/millrace/millrace/libs/sql/ast"

// Idle refuses options of a new stream, parsed from src, that mean nothing. [Apply] takes
// them, as streams that were declared with them go on. The error is an [*ast.Error].
func Idle(c *ast.CreateStream, src string) error {
	o := optionOf(c, "lateness")
	if o == nil || optionOf(c, "timestamp") != nil {
		return nil
	}
	return ast.NewError(src, o.Name.Pos(), "lateness is of event time, and no column is named that it comes from").
		WithHint("add timestamp = 'column', or leave lateness out")
}
