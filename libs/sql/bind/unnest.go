package bind

import (
	"strings"

	"github.com/millrace/millrace/libs/planted"
	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/ast"
	"github.com/millrace/millrace/libs/sql/plan"
)

// mostUnnests bounds the arrays that are unnested in turn.
const mostUnnests = 8

// unnest adds the elements of the arrays that FROM unnests, each of which may be made of
// those before it.
func (b *binder) unnest() *ast.Error {
	for i := range b.stmt.From.Unnest {
		if err := b.unnestArray(&b.stmt.From.Unnest[i]); err != nil {
			return err
		}
	}
	return nil
}

func (b *binder) unnestArray(u *ast.Unnest) *ast.Error {
	switch r := b.rel; {
	case r.groups:
		return b.refuse(u.At, "UNNEST over the groups of another query is not supported yet").
			WithHint("unnest in the query below, before it aggregates")
	case r.limit != nil:
		return b.refuse(u.At, "UNNEST over a query with LIMIT is not supported").
			WithHint("unnest in the query with LIMIT")
	}
	array, err := b.value(unnestScope, u.Array)
	if err != nil {
		return err
	}
	t := array.Type()
	if t.Kind != record.Array {
		return b.notArray(u.Array, t)
	}
	if !known(t) {
		return b.fail(u.Array.Pos(), "it is not known what the elements of %s are", short(u.Array)).
			WithHint("say it: CAST(%s AS ARRAY<VARCHAR>)", short(u.Array))
	}
	name, names, err := b.unnestNames(u)
	if err != nil {
		return err
	}
	if b.called(*name) != nil {
		return b.fail(name.At, "two parts of FROM are called %s", name).WithCode(ast.CodeDuplicate).WithHint("give one another alias")
	}
	if err := b.take(u.Array.Pos(), array); err != nil {
		return err
	}
	r := *b.rel
	r.in = unnested(r.in, array)
	level := levels(r.in)
	if level > mostUnnests {
		return b.fail(u.At, "more than %d arrays are unnested, one of the other", mostUnnests).WithCode(ast.CodeLimit).
			WithHint("each has a row for every row of those before it")
	}
	position := &plan.Column{Name: plan.PositionColumn(level), Typ: record.BigIntType}
	columns := []plan.Expr{&plan.Column{Name: plan.ElementColumn(level), Typ: *t.Elem}, position}
	r.columns = append([]column(nil), r.columns...)
	for i, n := range names {
		r.columns = append(r.columns, column{name: n, expr: columns[i], unnested: name})
	}
	if r.identity != nil {
		r.identity = append(append([]plan.Expr(nil), r.identity...), position)
	}
	b.rel = &r
	return nil
}

func (b *binder) notArray(e ast.Expr, t record.Type) *ast.Error {
	err := b.fail(e.Pos(), "UNNEST needs an array, and %s is %s", short(e), t)
	switch t.Kind {
	case record.Varchar:
		return err.WithHint("the words of a text are an array: UNNEST(words(%s))", short(e))
	case record.JSON:
		return err.WithHint("say what its elements are: UNNEST(CAST(%s AS ARRAY<VARCHAR>))", short(e))
	case record.Unknown:
		return err.WithHint("UNNEST(hashtags) has a row for every hashtag")
	default:
		return err.WithHint("arrays of values: UNNEST(ARRAY[%s])", short(e))
	}
}

// unnestNames returns what an UNNEST is called, and its columns. Without names for those,
// the element is called as the whole, as in PostgreSQL.
func (b *binder) unnestNames(u *ast.Unnest) (*ast.Ident, []string, *ast.Error) {
	name := &ast.Ident{Name: "unnest", At: u.At}
	if u.Alias != nil {
		name = u.Alias
	}
	names := []string{name.Name}
	if u.Ordinality {
		names = append(names, "ordinality")
	}
	if n := len(u.Columns); n > len(names) {
		err := b.fail(u.Columns[len(names)].At, "%d names are given, and UNNEST has %d", n, len(names)).WithCode(ast.CodeReference)
		if !u.Ordinality && n == 2 {
			return nil, nil, err.WithHint("the position is there WITH ORDINALITY: UNNEST(%s) WITH ORDINALITY AS %s(%s, %s)", short(u.Array), name, u.Columns[0], u.Columns[1])
		}
		return nil, nil, err.WithHint("give the element a name, and with WITH ORDINALITY its position")
	}
	for i, c := range u.Columns {
		names[i] = c.Name
	}
	if len(names) == 2 && names[0] == names[1] {
		return nil, nil, b.fail(name.At, "two columns are called %s", names[0]).WithCode(ast.CodeDuplicate)
	}
	return name, names, nil
}

// known reports whether it is known what the elements of an array are.
func known(t record.Type) bool {
	for ; t.Kind == record.Array; t = *t.Elem {
		if t.Elem == nil {
			return false
		}
	}
	return t.Kind != record.Unknown
}

// unnested puts an Unnest below the condition that there may be: queries that unnest the
// same share it, whatever they choose.
func unnested(in plan.Node, array plan.Expr) plan.Node {
	if f, ok := in.(*plan.Filter); ok && planted.On(planted.UnnestUnfiltered) {
		return unnested(f.In, array)
	} else if ok {
		return &plan.Filter{In: unnested(f.In, array), Pred: f.Pred}
	}
	return &plan.Unnest{In: in, Array: array}
}

// levels returns how many arrays are unnested below n.
func levels(n plan.Node) int {
	all := 0
	for ; n != nil; n = n.Input() {
		switch n.(type) {
		case *plan.Unnest:
			all++
		case *plan.Union: // each of its branches has levels of its own
			return all
		}
	}
	return all
}

// unnestCalled returns the columns of the UNNEST of a name; nil: none is called so.
func (r *relation) unnestCalled(name ast.Ident) *relation {
	return r.only(func(c *column) bool { return c.unnested != nil && same(name, *c.unnested) })
}

// without returns the relation without what UNNEST adds.
func (r *relation) without() *relation {
	return r.only(func(c *column) bool { return c.unnested == nil })
}

// only returns a relation of some of the columns; nil: of none.
func (r *relation) only(keep func(c *column) bool) *relation {
	out := *r
	out.columns = nil
	for i := range r.columns {
		if c := &r.columns[i]; keep(c) {
			out.columns = append(out.columns, *c)
		}
	}
	if out.columns == nil {
		return nil
	}
	return &out
}

// several reports whether columns that UNNEST adds, and others, have the name.
func (r *relation) several(parts []ast.Ident) bool {
	name, found := join(parts), []*ast.Ident(nil)
	for i := range r.columns {
		if c := &r.columns[i]; c.name == name {
			found = append(found, c.unnested)
		}
	}
	for _, f := range found {
		if f != found[0] {
			return true
		}
	}
	return false
}

// severalMeant refuses a name that columns of several parts of FROM have.
func (b *binder) severalMeant(n *ast.Name) *ast.Error {
	var owners []string
	for _, c := range b.rel.columns {
		if c.name != join(n.Parts) {
			continue
		}
		if c.unnested != nil {
			owners = append(owners, c.unnested.String())
		} else if a := b.stmt.From.Alias; a != nil {
			owners = append(owners, a.String())
		} else {
			owners = append(owners, b.rel.title())
		}
	}
	last := len(owners) - 1
	return b.fail(n.Pos(), "%s is ambiguous: it is a column of %s and of %s", n, strings.Join(owners[:last], ", "), owners[last]).WithCode(ast.CodeAmbiguous).
		WithHint("say of which: %s.%s", owners[last], n)
}
