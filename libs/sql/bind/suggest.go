package bind

import (
	"fmt"
	"strings"

	"github.com/millrace/millrace/libs/sql/ast"
)

// few lists names for a hint: all of a handful, else the first ones and how
// many there are.
func few(names []string) string {
	const most = 8
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s, … (%d in all)", strings.Join(names[:most], ", "), len(names))
}

// written writes the name of a column as queries have to, in quotes where it needs them.
func written(column string) string {
	n := &ast.Name{}
	for part := range strings.SplitSeq(column, ".") {
		n.Parts = append(n.Parts, ast.Ident{Name: part})
	}
	if n.String() == column {
		return column
	}
	return (&ast.Ident{Name: column, Quoted: true}).String()
}

// within returns the columns nested in what is called name: of user, user.id
// and so on.
func within(name string, columns []string) []string {
	var parts []string
	for _, c := range columns {
		if len(c) > len(name) && c[len(name)] == '.' && strings.EqualFold(c[:len(name)], name) {
			parts = append(parts, c)
		}
	}
	return parts
}

// outputMeant gives the error of an unknown column in HAVING or ORDER BY, which
// know the output columns too, a hint about those: the nearest name, else some.
func (b *binder) outputMeant(n *ast.Name, err *ast.Error) *ast.Error {
	if !isUnknown(err, n) {
		return err
	}
	err.Expected = "an output column or " + err.Expected
	if near, ok := b.nearestOutput(n); ok {
		return err.WithHint("did you mean %s?", near)
	}
	_, near := b.nearestColumn(n)
	quoted := len(n.Parts) == 1 && n.Parts[0].Quoted // text, perhaps
	if near || quoted || len(within(join(b.unqualified(n)), b.columnNames())) > 0 {
		return err
	}
	return err.WithHint("output columns: %s", few(b.outputNames()))
}

// nearestOutput finds the output column that may have been meant. A name of two
// letters is near to too many, and perhaps text: lang = en.
func (b *binder) nearestOutput(n *ast.Name) (string, bool) {
	name := join(n.Parts)
	if len(name) < 3 {
		return "", false
	}
	return ast.Nearest(name, b.outputNames())
}

// outputNames returns the names of the output columns as HAVING and ORDER BY
// take them.
func (b *binder) outputNames() []string {
	var names []string
	for _, item := range b.stmt.Select {
		switch _, star := item.Expr.(*ast.Star); {
		case star:
			names = append(names, b.columnNames()...)
		case item.Alias != nil:
			names = append(names, item.Alias.String())
		default:
			names = append(names, b.outputName(item))
		}
	}
	return names
}

// firstUse moves the error of an unknown column in GROUP BY to where SELECT
// names it first.
func (b *binder) firstUse(n *ast.Name, err *ast.Error) *ast.Error {
	if !isUnknown(err, n) {
		return err
	}
	for _, item := range b.stmt.Select {
		e := ast.Unparen(item.Expr)
		if c, ok := e.(*ast.Call); ok && len(c.Args) == 1 {
			e = ast.Unparen(c.Args[0])
		}
		if first, ok := e.(*ast.Name); ok && first.Pos() < n.Pos() && first.String() == n.String() {
			return b.unknownColumn(first)
		}
	}
	return err
}

// isUnknown reports whether err says of n that no column has its name.
func isUnknown(err *ast.Error, n *ast.Name) bool {
	return err.Expected != "" && err.Pos == n.Pos() && err.Found == n.String()
}
