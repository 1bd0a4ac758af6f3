package bind

import (
	"fmt"

	"github.com/millrace/millrace/libs/sql/ast"
	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/libs/sql/plan"
)

// Bind returns the plan of stmt before normalisation: predicates hold the
// operators that were written (ne, gt, ge, between and in among them), nested
// and ordered as they were. src is the text that stmt was parsed from; errors
// show it. Every error is an [*ast.Error].
func Bind(stmt *ast.Statement, cat *catalog.Catalog, src string) (*plan.Output, error) {
	b := newBinder(src, stmt, cat, nil, newWhole(len(src)))
	out, err := b.bind()
	if err != nil {
		return nil, err
	}
	return spread(out), nil
}

// binder is the state of binding one SELECT.
type binder struct {
	src     string
	stmt    *ast.Statement
	union   []*ast.Statement // the SELECTs that stmt is over; none: it is over what FROM names
	unnamed bool             // nobody asks how the output columns are called
	catalog *catalog.Catalog
	with    *named // the queries that FROM may name; nil: none
	rel     *relation
	window  *plan.Window
	group   *grouping // nil in a row-returning query
	cols    []plan.NamedExpr
	order   []plan.SortKey
	errs    []*ast.Error

	whole    *whole // what it has in common with the other SELECTs of the query
	branches int    // of rel: in each there is a copy of what is computed of it
	nodes    int    // what the SELECT has so far, written out

	grouped map[ast.Expr]bool  // whether an aggregate is called in an expression
	asKeys  map[keyed]boundKey // what was bound to be looked for among the keys: it is asked for again with all that it is in

	ordering bool                      // what is being bound is in ORDER BY
	computed map[*plan.Call]knownValue // calls that were asked whether they are
	reach    reach                     // of what is being bound
}

func (b *binder) bind() (*plan.Output, *ast.Error) {
	in, err := b.body()
	b.report(err)
	if err := b.reported(); err != nil {
		return nil, err
	}
	out, err := b.output(&plan.Project{In: in, Cols: b.cols})
	if err != nil {
		return nil, err
	}
	return b.limited(out), nil
}

// body binds all but the output: what the columns are computed of.
func (b *binder) body() (plan.Node, *ast.Error) {
	if err := b.unsupported(); err != nil {
		return nil, err
	}
	if err := b.withQueries(); err != nil {
		return nil, err
	}
	if err := b.from(); err != nil {
		return nil, err
	}
	in := b.rel.in
	if b.stmt.Where != nil {
		pred, err := b.predicate(whereScope, b.stmt.Where)
		if err == nil {
			err = b.take(b.stmt.Where.Pos(), pred)
		}
		if b.report(err) {
			in = filtered(in, pred)
		}
	}
	if b.aggregating() {
		return b.aggregate(in)
	}
	return in, b.rows()
}

// output checks EMIT.
func (b *binder) output(in plan.Node) (*plan.Output, *ast.Error) {
	out := &plan.Output{In: in, Emit: plan.EmitChanges}
	if e := b.stmt.Emit; e != nil && e.Final {
		if b.window == nil && b.rel.window == nil {
			return nil, b.fail(e.At, "EMIT FINAL needs a window: without one there is no final result").WithCode(ast.CodeWindow).
				WithHint("write EMIT CHANGES, or FROM %s", b.tumbleExample())
		}
		out.Emit = plan.EmitFinal
	}
	return out, nil
}

// rows binds a query without aggregates.
func (b *binder) rows() *ast.Error {
	if b.window != nil {
		return b.fail(b.stmt.From.Window.At, "a window needs an aggregate").WithCode(ast.CodeWindow).
			WithHint("add count(*) and GROUP BY window_start, or read FROM %s", b.rel.title())
	}
	if h := b.stmt.Having; h != nil {
		return b.fail(h.Pos(), "HAVING needs GROUP BY or an aggregate").WithCode(ast.CodeGrouping).
			WithHint("conditions on columns belong in WHERE")
	}
	if b.selectList(rowScope) {
		b.bindOrder()
	}
	return nil
}

// fail returns an error at pos, of types where WithCode says nothing else.
func (b *binder) fail(pos ast.Pos, format string, args ...any) *ast.Error {
	return ast.NewError(b.src, pos, fmt.Sprintf(format, args...)).WithCode(ast.CodeType)
}

// refuse returns an error about what SQL has and Millrace has not.
func (b *binder) refuse(pos ast.Pos, format string, args ...any) *ast.Error {
	return b.fail(pos, format, args...).WithCode(ast.CodeUnsupported)
}

func (b *binder) tumbleExample() string {
	at := b.rel.timeName()
	if at == "" {
		return "TUMBLE(stream, its event time, INTERVAL '1' MINUTE)"
	}
	return fmt.Sprintf("TUMBLE(%s, %s, INTERVAL '1' MINUTE)", b.rel.title(), at)
}
