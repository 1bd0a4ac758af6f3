package submission

import (
	"fmt"

	"github.com/millrace/millrace/libs/sql/ast"
	"github.com/millrace/millrace/libs/wire"
)

// Drop is a DROP MATERIALIZED VIEW that was submitted.
type Drop struct {
	IfExists bool
	src      string
	name     *ast.Ident
}

// DropOf returns the drop that a submission is, nil where it is something else. What is
// wrong with a text is told by [Checker.Check].
func DropOf(sub *wire.Submission) *Drop {
	if sub.Kind != wire.SubmitSQL || !containsFold(sub.SQL, "materialized") { // spares queries a second reading
		return nil
	}
	d, ok := parsed(sub.SQL).(*ast.Drop)
	if !ok || d.Kind != ast.MaterializedViewObject {
		return nil
	}
	return &Drop{IfExists: d.IfExists, src: sub.SQL, name: d.Name}
}

// CheckID holds that the statement drops the query that it is submitted for. Its error is
// a [*Problem].
func (d *Drop) CheckID(id string) error {
	if d.name.Name == id {
		return nil
	}
	return problemOf(ast.NewError(d.src, d.name.At, fmt.Sprintf("the statement drops the query %s, and it is submitted as %s", d.name.Name, id)).
		WithCode(ast.CodeName).WithHint("submit it as %s", d.name.Name))
}
