package reference

import "github.com/millrace/millrace/libs/sql/ast"

// With is a query of WITH, and those that it may name itself. nil: there is none.
type With struct {
	CTE   *ast.CTE
	Above *With // nil: none
}

// And adds queries, each of which may name those before it.
func (w *With) And(queries []ast.CTE) *With {
	for i := range queries {
		w = &With{&queries[i], w}
	}
	return w
}

// Find returns the nearest query of a name; nil: there is none.
func (w *With) Find(name *ast.Ident) *With {
	for ; w != nil && name != nil; w = w.Above {
		if w.CTE.Name.Name == name.Name {
			return w
		}
	}
	return nil
}
