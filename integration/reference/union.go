package reference

import (
	"fmt"
	"strings"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/ast"
)

// A union is read in the place of the stream: a row for each row of each branch, whose
// columns stand where those stand that are unnested of a stream.

// compileUnion compiles the branches of a union: that which the statement is, as SELECT *
// over it, or that which FROM has.
func (q *Query) compileUnion() error {
	union := q.stmt.From.Query
	if len(q.stmt.UnionAll) > 0 {
		union = q.stmt
	}
	if union == nil {
		return nil
	}
	first := *union
	first.UnionAll, first.OrderBy, first.Limit, first.Emit = nil, nil, nil, nil
	for i, stmt := range append([]*ast.Statement{&first}, union.UnionAll...) {
		b, err := NewStatement(stmt)
		if err != nil {
			return fmt.Errorf("branch %d: %w", i+1, err)
		}
		if b.grouped || len(b.branches) > 0 {
			return fmt.Errorf("branch %d: groups, or a union", i+1)
		}
		q.branches = append(q.branches, b)
	}
	if err := q.unite(); err != nil {
		return err
	}
	if union == q.stmt {
		whole := *q.stmt
		whole.Select, whole.Where, whole.From, whole.UnionAll = nil, nil, ast.From{}, nil
		for _, c := range q.united {
			name := &ast.Name{Parts: []ast.Ident{{Name: c.name}}}
			whole.Select = append(whole.Select, ast.SelectItem{Expr: name})
		}
		q.stmt = &whole
	}
	return nil
}

// unite finds the types that the columns have together.
func (q *Query) unite() error {
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
		q.united = append(q.united, output{o.name, &expr{typ: typ}})
	}
	return nil
}

// resolveUnited finds a column of the union, with or without its alias before it.
func (q *Query) resolveUnited(full string) (int, bool) {
	names := []string{full}
	if a := q.stmt.From.Alias; a != nil {
		if rest, ok := strings.CutPrefix(full, a.Name+"."); ok {
			names = append(names, rest)
		}
	}
	for _, name := range names {
		for i, c := range q.united {
			if c.name == name {
				return len(columns) + i, true
			}
		}
	}
	return 0, false
}

// addBranches takes what the branches make of the document.
func (q *Query) addBranches() {
	for _, b := range q.branches {
		if b.drawn != nil && !b.drawn(q.env.doc) {
			continue
		}
		b.env.doc, b.env.elements = q.env.doc, nil
		b.addRows(b.unnests, func() {
			q.env.below = yes
			if b.where != nil {
				q.env.below = b.where(&b.env)
			}
			q.env.united = make([]*record.Value, len(q.united))
			for i := range q.united {
				q.env.united[i] = as(b.outputs[i].expr.eval(&b.env), q.united[i].expr.typ)
			}
			q.addRow()
		})
		q.errs, b.errs = q.errs+b.errs, 0
	}
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

// keeps evaluates the conditions of a row: its own, and that within the branch.
func (q *Query) keeps(e *env) truth {
	if q.where == nil {
		return e.below
	}
	return andTable[e.below][q.where(e)]
}
