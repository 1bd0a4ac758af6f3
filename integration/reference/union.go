package reference

import (
	"fmt"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/ast"
)

// A union is read in the place of the stream: a row for each row of each branch.

// compileUnion compiles the branches of the union that the statement is, which becomes
// SELECT * over them.
func (q *Query) compileUnion() error {
	first := *q.stmt
	first.With, first.UnionAll, first.OrderBy, first.Limit, first.Offset, first.Emit = nil, nil, nil, nil, nil, nil
	for i, stmt := range append([]*ast.Statement{&first}, q.stmt.UnionAll...) {
		b, err := newQuery(stmt, q.with)
		if err != nil {
			return fmt.Errorf("branch %d: %w", i+1, err)
		}
		if b.isGrouped() || b.limit >= 0 {
			return fmt.Errorf("branch %d: groups, or LIMIT", i+1)
		}
		q.branches = append(q.branches, b)
	}
	if err := q.joinTypes(); err != nil {
		return err
	}
	whole := *q.stmt
	whole.Select, whole.Distinct, whole.Where, whole.GroupBy, whole.Having, whole.From, whole.UnionAll = nil, false, nil, nil, nil, ast.From{}, nil
	for _, c := range q.united {
		name := &ast.Name{Parts: []ast.Ident{{Name: c.name}}}
		q.names, whole.Select = append(q.names, c.name), append(whole.Select, ast.SelectItem{Expr: name})
	}
	q.stmt = &whole
	return nil
}

// joinTypes finds the types that the columns have together.
func (q *Query) joinTypes() error {
	for i, o := range q.branches[0].outputs {
		typ := record.Type{}
		for _, b := range q.branches {
			if len(b.outputs) != len(q.branches[0].outputs) {
				return fmt.Errorf("%d columns, and %d before", len(b.outputs), len(q.branches[0].outputs))
			}
			switch own := b.outputs[i].expr.typ; {
			case own.Kind == record.Unknown, own.Equal(typ):
			case typ.Kind == record.Unknown, typ.Kind == record.BigInt && own.Kind == record.Double:
				typ = own
			case typ.Kind == record.Double && own.Kind == record.BigInt:
			default:
				return fmt.Errorf("column %s is %s and %s", o.name, typ, own)
			}
		}
		q.united = append(q.united, output{o.name, &expr{typ: typ}, fmt.Sprintf("column %d of the union", i)})
	}
	return nil
}

// as is a value, nil for ERROR, as one of the type that it has in the union.
func as(v *record.Value, t record.Type) *record.Value {
	switch {
	case v == nil:
		return nil
	case v.IsNull():
		null := record.NullOf(t)
		return &null
	case t.Kind == record.Double && v.Type().Kind == record.BigInt:
		f := record.Float(float64(v.Int()))
		return &f
	default:
		return v
	}
}
