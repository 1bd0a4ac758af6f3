package sql

import (
	"fmt"

	"github.com/millrace/millrace/libs/sql/ast"
	"github.com/millrace/millrace/libs/sql/bind"
	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/libs/sql/ddl"
	"github.com/millrace/millrace/libs/sql/optimize"
	"github.com/millrace/millrace/libs/sql/plan"
)

// Declare is [ddl.Apply], which also holds that the query of a view can be answered: one
// that cannot is told by an [*ast.Error] when it is declared, not when it is first read. So
// is what a stream's options say and nothing would heed ([ddl.Idle]).
func Declare(cat *catalog.Catalog, cmd ast.Command, src string, users func(name string) []string) (next *catalog.Catalog, note string, err error) {
	if next, note, err = ddl.Apply(cat, cmd, src, users); err != nil {
		return nil, "", err
	}
	if stream, ok := cmd.(*ast.CreateStream); ok {
		if err := ddl.Idle(stream, src); err != nil {
			return nil, "", err
		}
	}
	view, ok := cmd.(*ast.CreateView)
	if !ok {
		return next, note, nil
	}
	bound, err := bind.Bind(view.Query, cat, src)
	if err != nil {
		return nil, "", err
	}
	out, _ := optimize.Optimize(bound)
	if err := plan.Check(out); err != nil {
		return nil, "", fmt.Errorf("declare %q: %w", src, err)
	}
	if err := checkPatterns(out, src, cmd.Pos()); err != nil {
		return nil, "", err
	}
	return next, note, nil
}
