package bind

import (
	"github.com/millrace/millrace/libs/sql/ast"
	"github.com/millrace/millrace/libs/sql/plan"
)

// whole is what the SELECTs of one query know together. A query in it means the same
// wherever it is asked for, and is bound once: queries within queries of WITH, and views
// over views, would be bound twice as often with every level.
type whole struct {
	sizes
	queries map[*ast.Statement]*relation
	rows    map[*ast.Statement][][]*plan.Literal // of those over constants

	decimals map[*plan.Literal]string // numbers that are no DOUBLE, as they are written

	patterns map[pattern]bool
	states   int // of all of them
}

// newWhole begins a query of so many bytes.
func newWhole(bytes int) *whole {
	return &whole{
		sizes: newSizes(bytes), queries: make(map[*ast.Statement]*relation), rows: make(map[*ast.Statement][][]*plan.Literal),
		decimals: make(map[*plan.Literal]string), patterns: make(map[pattern]bool),
	}
}
