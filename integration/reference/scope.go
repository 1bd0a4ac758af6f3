package reference

import (
	"fmt"
	"slices"
	"strings"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/ast"
)

// env is what an expression is evaluated over: a document, or a group.
type env struct {
	doc *Document
	grp *group

	elements []record.Value // of what is unnested, each with its position behind it

	united []*record.Value // columns of the query below, or of a branch of a union; nil for ERROR
	inner  *env            // what that was evaluated over
	below  truth           // of what chooses rows below: WHERE there, and TABLESAMPLE
}

// expr is a compiled expression. eval returns nil for ERROR and never changes
// what it returned before.
type expr struct {
	typ  record.Type
	eval func(*env) *record.Value
	col  int // of a plain column of the document in a row scope, else -1

	// check tests the engine's value where it need not be the same; nil: it has to be.
	check func(*env) func(got string) bool
	lit   bool
}

func literal(v record.Value) *expr {
	return &expr{typ: v.Type(), eval: func(*env) *record.Value { return &v }, col: -1, lit: true}
}

// scope resolves names. In the row scope (grouped false) they are columns of the
// document; in the group scope, keys and window bounds.
type scope struct {
	q       *Query
	grouped bool
	within  bool // of an aggregate's argument or FILTER
	outputs precedence
}

// precedence says when a name is looked up among the output columns.
type precedence uint8

const (
	never precedence = iota
	first            // ORDER BY: an output column hides a key or column
	last             // HAVING: a key hides an output column
)

// name resolves a column reference.
func (s *scope) name(n *ast.Name) (*expr, error) {
	if s.outputs == first {
		if x, err := s.output(n); x != nil || err != nil {
			return x, err
		}
	}
	x, err := s.stream(n)
	if err != nil && s.outputs == last {
		if out, outErr := s.output(n); out != nil || outErr != nil {
			return out, outErr
		}
	}
	return x, err
}

// stream resolves a name without regard to output columns.
func (s *scope) stream(n *ast.Name) (*expr, error) {
	col, isColumn := s.q.resolve(n)
	if !s.grouped {
		if !isColumn {
			return nil, fmt.Errorf("unknown column %s", joined(n))
		}
		return s.q.columnExpr(col), nil
	}
	if e := s.q.windowBound(joined(n)); e != nil {
		return e, nil
	}
	if !isColumn {
		return nil, fmt.Errorf("unknown column %s", joined(n))
	}
	return s.column(col)
}

// column is a column of the stream, above groups one of those grouped by.
func (s *scope) column(col int) (*expr, error) {
	if !s.grouped {
		return s.q.columnExpr(col), nil
	}
	if i := slices.Index(s.q.keyTexts, s.q.columnText(col)); i >= 0 {
		return s.q.keyExpr(i), nil
	}
	return nil, fmt.Errorf("column %s is not in GROUP BY", s.q.nameOf(col))
}

// groupKey is the key that an expression above the groups is: one that was grouped by
// is not evaluated again. nil: it is none, or only a name.
func (s *scope) groupKey(e ast.Expr) *expr {
	if !s.grouped || s.within {
		return nil
	}
	switch ast.Unparen(e).(type) {
	case *ast.Name, *ast.NullLit, *ast.BoolLit, *ast.NumberLit, *ast.StringLit, *ast.TimeLit, *ast.IntervalLit, *ast.Star:
		return nil
	}
	text := s.q.canonical(e)
	for i, k := range s.q.keyTexts {
		if k == text {
			return s.q.keyExpr(i)
		}
	}
	return nil
}

func (q *Query) keyExpr(i int) *expr {
	return &expr{typ: q.keys[i].typ, eval: func(e *env) *record.Value { return &e.grp.key[i] }, col: -1}
}

// output resolves a name of one part to an output column, nil where there is none.
func (s *scope) output(n *ast.Name) (*expr, error) {
	if len(n.Parts) != 1 {
		return nil, nil
	}
	for _, item := range s.q.stmt.Select {
		if _, star := item.Expr.(*ast.Star); !star && s.q.outputName(item) == n.Parts[0].Name {
			inner := scope{q: s.q, grouped: s.grouped}
			return inner.value(item.Expr)
		}
	}
	return nil, nil
}

// columnExpr is a column: of what FROM names, and then of what is unnested.
func (q *Query) columnExpr(col int) *expr {
	switch {
	case col >= len(q.names):
		return q.elementExpr(col - len(q.names))
	case q.isAbove():
		return q.unitedExpr(col)
	case col == len(columns):
		return &expr{typ: record.JSONType, eval: func(e *env) *record.Value { return constant(e.doc.whole()) }, col: -1}
	default:
		return &expr{typ: columns[col].typ, eval: func(e *env) *record.Value { return e.doc.column(col) }, col: col}
	}
}

// resolve finds the column that a name means, with or without what FROM calls it by before it.
func (q *Query) resolve(n *ast.Name) (int, bool) {
	full := joined(n)
	names := []string{full}
	for _, owner := range []*ast.Ident{q.stmt.From.Stream, q.stmt.From.Alias} {
		if owner == nil {
			continue
		}
		if rest, ok := strings.CutPrefix(full, owner.Name+"."); ok {
			names = append(names, rest)
		}
	}
	for _, name := range names {
		if i := slices.Index(q.names, name); i >= 0 {
			return i, true
		}
	}
	return q.resolveElement(full)
}

// windowBound resolves window_start and window_end, nil for other names.
func (q *Query) windowBound(name string) *expr {
	if q.windowSize == 0 {
		return nil
	}
	switch name {
	case "window_start":
		return &expr{typ: record.TimestampType, eval: func(e *env) *record.Value { return &e.grp.start }, col: -1}
	case "window_end":
		return &expr{typ: record.TimestampType, eval: func(e *env) *record.Value { return &e.grp.end }, col: -1}
	}
	return nil
}

func joined(n *ast.Name) string {
	parts := make([]string, len(n.Parts))
	for i, p := range n.Parts {
		parts[i] = p.Name
	}
	return strings.Join(parts, ".")
}
