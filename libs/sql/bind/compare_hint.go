package bind

import (
	"fmt"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/ast"
	"github.com/millrace/millrace/libs/sql/function"
)

// jsonHint says how a JSON is compared with a value of a type: as a value of that type.
func jsonHint(document ast.Expr, t record.Type) string {
	switch t.Kind {
	case record.Varchar, record.JSON:
		return fmt.Sprintf("compare its text: %s", textOf(document))
	case record.BigInt, record.Double, record.Boolean:
		return fmt.Sprintf("compare what it holds: CAST(%s AS %s)", document, t)
	default:
		return fmt.Sprintf("compare its text, cast: CAST(%s AS %s)", textOf(document), t)
	}
}

// textOf returns what is the text of a JSON.
func textOf(document ast.Expr) ast.Expr {
	if field, ok := ast.Unparen(document).(*ast.Binary); ok && field.Op == ast.JSONField {
		text := *field
		text.Op = ast.JSONText
		return &text
	}
	return &ast.Call{Func: "json_value", Args: []ast.Expr{document, &ast.StringLit{Value: "$"}}, At: document.Pos()}
}

// commonHint says which of two expressions to cast, so that they compare.
func commonHint(l record.Type, lAt ast.Expr, r record.Type, rAt ast.Expr) string {
	if l.Kind == record.Varchar {
		l, lAt, r, rAt = r, rAt, l, lAt
	}
	switch _, err := function.Cast(l, r, false); {
	case err == nil && (r.Kind != record.Varchar || l.Numeric() || l.Kind == record.Boolean):
		return fmt.Sprintf("cast it: CAST(%s AS %s)", short(lAt), r)
	case r.Kind == record.Varchar: // beside what has many texts, as a time has
		return fmt.Sprintf("cast it: CAST(%s AS %s)", short(rAt), l)
	}
	if _, err := function.Cast(r, l, false); err == nil {
		return fmt.Sprintf("cast it: CAST(%s AS %s)", short(rAt), l)
	}
	return "both sides of a comparison are of one type; extract(… FROM …) makes numbers of times and intervals"
}
