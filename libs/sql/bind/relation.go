package bind

import (
	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/ast"
	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/libs/sql/plan"
)

// relation is what a query reads: a stream, or a query in FROM, WITH or a view, whose
// columns are expressions over what that one reads. So a query over a query is one
// query, and shares what it reads with all others that read it in any way.
type relation struct {
	name    string // of the stream, the view or the query of WITH; "" for a query in FROM
	columns []column
	in      plan.Node // the rows, or groups, that the columns are computed of

	time     plan.Expr    // event time of a row; nil: there is none
	document plan.Expr    // the whole document of a row; nil: it has none
	identity []plan.Expr  // what tells rows apart, as far as columns do
	window   *plan.Window // of groups

	groups bool // columns are over groups, and so is what is computed of them
	order  []plan.SortKey
	limit  *ast.Limit // of the rows in order, or of the first that come
	skip   int64      // rows before those
}

// column is a column of a relation.
type column struct {
	name   string
	expr   plan.Expr
	hidden bool // not in *

	unnested *ast.Ident // the name of the UNNEST that gives it; nil: what FROM names first does
}

func (c *column) typ() record.Type { return c.expr.Type() }

// column returns the column called name, letter for letter: names that are not quoted are
// folded when they are read.
func (r *relation) column(name string) (*column, bool) {
	for i := range r.columns {
		if c := &r.columns[i]; c.name == name {
			return c, true
		}
	}
	return nil, false
}

// title is what errors call the relation.
func (r *relation) title() string {
	if r.name == "" {
		return "the subquery"
	}
	return r.name
}

// timeName returns the name of the column that is the event time; "": there is none.
func (r *relation) timeName() string {
	for _, c := range r.columns {
		if r.time != nil && plan.EqualExpr(c.expr, r.time) {
			return c.name
		}
	}
	return ""
}

// ofStream returns a stream as a relation.
func ofStream(s *catalog.Stream) *relation {
	r := &relation{name: s.Name, in: &plan.Scan{Stream: s.Name}}
	for i, c := range s.Columns {
		x := &plan.Column{Name: c.Name, Typ: c.Type}
		if i == 0 || c.Name == s.EventTime {
			r.identity = append(r.identity, x)
		}
		r.columns = append(r.columns, column{name: c.Name, expr: x})
		if c.Name == s.EventTime {
			r.time = x
		}
	}
	if _, taken := s.Column(catalog.Document); !taken {
		whole := &plan.Column{Name: catalog.Document, Typ: record.JSONType}
		r.columns = append(r.columns, column{name: whole.Name, expr: whole, hidden: true})
		r.document, r.identity = whole, []plan.Expr{whole}
	}
	return r
}

// rename calls the columns as a list after the alias says, from the first on.
func (b *binder) rename(r *relation, names []*ast.Ident) (*relation, *ast.Error) {
	if len(names) == 0 {
		return r, nil
	}
	if len(names) > len(r.columns) {
		return nil, b.fail(names[len(r.columns)].At, "%s has %d columns, and %d names are given", r.title(), len(r.columns), len(names)).WithCode(ast.CodeReference)
	}
	renamed := *r
	renamed.columns = append([]column(nil), r.columns...)
	for i, n := range names {
		renamed.columns[i].name = n.Name
	}
	for i, n := range names {
		if c, _ := renamed.column(n.Name); c != &renamed.columns[i] {
			return nil, b.fail(n.At, "two columns are called %s", n).WithCode(ast.CodeDuplicate)
		}
	}
	return &renamed, nil
}
