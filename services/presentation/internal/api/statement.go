package api

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/segmentio/encoding/json"

	"github.com/millrace/millrace/libs/exec/build"
	"github.com/millrace/millrace/libs/explain"
	"github.com/millrace/millrace/libs/sql"
	"github.com/millrace/millrace/libs/sql/ast"
	"github.com/millrace/millrace/libs/sql/parser"
	"github.com/millrace/millrace/libs/sql/show"
	"github.com/millrace/millrace/libs/submission"
	"github.com/millrace/millrace/libs/wire"
	"github.com/millrace/millrace/services/presentation/internal/directory"
)

// mostListed bounds the rows of SHOW QUERIES.
const mostListed = 10_000

// said is the answer to a statement: a table, an explanation, or what became of a query.
type said struct {
	Statement string `json:"statement"` // the words that it begins with: "SHOW STREAMS"

	Columns    []string   `json:"columns,omitempty"` // of a table
	Rows       [][]string `json:"rows,omitempty"`
	Definition string     `json:"definition,omitempty"` // what makes what is described
	Note       string     `json:"note,omitempty"`       // for people

	Text        string               `json:"text,omitempty"` // an explanation
	Explanation *explain.Explanation `json:"explanation,omitempty"`

	ID    string `json:"id,omitempty"` // of the query, stream or view that was submitted or dropped
	Epoch *int64 `json:"epoch,omitempty"`
	State string `json:"state,omitempty"`
}

// table returns the answer with a table.
func (s said) table(t *show.Table) said {
	s.Columns, s.Rows, s.Definition = t.Columns, t.Rows, t.Definition
	return s
}

// statement answers POST /v1/sql: any statement but a SELECT by itself.
func (a *API) statement(w http.ResponseWriter, r *http.Request) error {
	if err := onlyParameters(r.URL.Query()); err != nil {
		return err
	}
	body, err := readBody(w, r)
	if err != nil {
		return err
	}
	var asked map[string]json.RawMessage
	var src string
	err = json.Unmarshal(body, &asked)
	if err == nil && len(asked) == 1 && asked["sql"] != nil {
		err = json.Unmarshal(asked["sql"], &src)
	}
	if err != nil || strings.TrimSpace(src) == "" {
		return badRequestError(`the body must be a JSON object such as {"sql":"SHOW STREAMS"}, with nothing else in it`)
	}
	stmt, cmd, err := parser.ParseAny(src)
	if err != nil {
		return invalid(err)
	}
	switch c := cmd.(type) {
	case nil:
		if stmt.Explain == nil {
			return invalid(ast.NewError(src, stmt.At, "a SELECT by itself is a standing query, and needs an id").WithCode(ast.CodeUnsupported).
				WithHint("write CREATE MATERIALIZED VIEW id AS SELECT …, or EXPLAIN SELECT … to see how it would be answered"))
		}
		return a.sayExplained(w, r, src)
	case *ast.Show:
		return a.showAll(w, r, c)
	case *ast.Describe:
		return a.describe(w, r, src, c)
	case *ast.CreateMaterializedView:
		return a.create(w, r, src, c)
	case *ast.Drop:
		if c.Kind == ast.MaterializedViewObject {
			return a.dropView(w, r, src, c)
		}
	}
	return a.declare(w, r, submission.NewDeclaration(src, cmd), cmd.Verb(), src)
}

// invalid tells what is wrong with a statement.
func invalid(err error) error {
	return submissionProblem(http.StatusUnprocessableEntity, submission.ProblemOf(err))
}

func (a *API) sayExplained(w http.ResponseWriter, r *http.Request, src string) error {
	sub := &wire.Submission{Kind: wire.SubmitSQL, SQL: src}
	q, err := a.checker().CheckExplained(sub)
	if err != nil {
		return a.refused(err)
	}
	if err := a.ready(); err != nil {
		return err
	}
	plans, err := a.cfg.Directory.Plans(r.Context())
	if err != nil {
		return err
	}
	e, err := plans.Candidate(q.Output, explain.Options{Sharing: q.Explain.Sharing, Measured: a.cfg.Measured})
	if err != nil {
		return err
	}
	e.Subject = explain.Subject{SQL: q.Text}
	answer := said{Statement: "EXPLAIN", Explanation: &e}
	if q.Explain.Format != "JSON" {
		answer.Text = e.Text()
	}
	a.answer(w, r, http.StatusOK, answer)
	return nil
}

// showAll answers SHOW, which lists all there is.
func (a *API) showAll(w http.ResponseWriter, r *http.Request, c *ast.Show) error {
	answer := said{Statement: c.Verb()}
	var t show.Table
	if c.What != ast.ShowFunctions {
		if err := a.ready(); err != nil {
			return err
		}
	}
	switch c.What {
	case ast.ShowStreams:
		t = show.Streams(a.cfg.Directory.Catalog())
	case ast.ShowViews:
		t = show.Views(a.cfg.Directory.Catalog())
	case ast.ShowFunctions:
		t = show.Functions()
	case ast.ShowQueries:
		t, answer.Note = a.queries()
	}
	a.answer(w, r, http.StatusOK, answer.table(&t))
	return nil
}

// queries lists the registered queries, as many as fit.
func (a *API) queries() (show.Table, string) {
	t := show.Table{Columns: []string{"id", "state", "owner", "sql"}, Rows: [][]string{}}
	for after := ""; len(t.Rows) < mostListed; {
		page, next := a.cfg.Directory.List(directory.Filter{}, after, maxPage)
		for i := range page {
			t.Rows = append(t.Rows, []string{page[i].ID, page[i].State, page[i].Owner, page[i].SQL})
		}
		if after = next; after == "" {
			return t, ""
		}
	}
	return t, fmt.Sprintf("these are the first %d; `millrace query list`, or GET /v1/queries, lists all", len(t.Rows))
}

// describe answers DESCRIBE: a stream or view of the name goes before a query.
func (a *API) describe(w http.ResponseWriter, r *http.Request, src string, c *ast.Describe) error {
	if t, ok := show.Describe(a.cfg.Directory.Catalog(), c.Name); ok {
		if err := a.viewColumns(&t, c.Name); err != nil {
			return err
		}
		a.answer(w, r, http.StatusOK, said{Statement: c.Verb()}.table(&t))
		return nil
	}
	if err := a.ready(); err != nil {
		return err
	}
	q, ok := a.registered(c.Name)
	if !ok {
		return invalid(a.nothing(src, c.Name, "a stream, a view or a query"))
	}
	t := show.Table{Columns: []string{"column", "type"}, Rows: [][]string{}, Definition: q.SQL}
	for _, col := range q.Columns {
		t.Rows = append(t.Rows, []string{col.Name, col.Type})
	}
	a.answer(w, r, http.StatusOK, said{Statement: c.Verb(), ID: q.ID, Epoch: &q.Epoch, State: q.State}.table(&t))
	return nil
}

// viewColumns makes the rows of t, where it describes a view, those of a query that reads
// all of the view.
func (a *API) viewColumns(t *show.Table, name *ast.Ident) error {
	cat := a.cfg.Directory.Catalog()
	if _, ok := cat.View(name.Name); !ok {
		return nil
	}
	root, err := sql.Compile("SELECT * FROM "+name.String(), cat)
	if err != nil {
		return err
	}
	q, err := build.Query(root)
	if err != nil {
		return err
	}
	t.Columns, t.Rows = []string{"column", "type"}, [][]string{}
	for _, col := range q.Info.Columns {
		t.Rows = append(t.Rows, []string{col.Name, col.Type})
	}
	return nil
}

// registered returns a query that there is now.
func (a *API) registered(name *ast.Ident) (directory.Query, bool) {
	q, ok := a.cfg.Directory.Get(name.Name)
	gone := []string{string(wire.Dropped), string(wire.Rejected)}
	return q, ok && !slices.Contains(gone, q.State)
}

// nothing says that there is nothing of a name.
func (a *API) nothing(src string, name *ast.Ident, what string) *ast.Error {
	err := ast.NewError(src, name.At, fmt.Sprintf("%s is not the name of %s", name.Name, what)).WithCode(ast.CodeStream)
	var names []string
	cat := a.cfg.Directory.Catalog()
	for _, s := range cat.Streams() {
		names = append(names, s.Name)
	}
	for _, v := range cat.Views() {
		names = append(names, v.Name)
	}
	if near, ok := ast.Nearest(name.Name, names); ok {
		return err.WithHint("did you mean %s?", near)
	}
	if near := a.cfg.Directory.Nearest(name.Name); near != "" {
		return err.WithHint("did you mean %s?", (&ast.Ident{Name: near}).String())
	}
	return err.WithHint("SHOW STREAMS and SHOW QUERIES list them")
}

// create submits a CREATE MATERIALIZED VIEW.
func (a *API) create(w http.ResponseWriter, r *http.Request, src string, c *ast.CreateMaterializedView) error {
	id := c.Name.Name
	if !wire.ValidID(id) {
		return invalid(ast.NewError(src, c.Name.At, fmt.Sprintf("%q cannot be the id of a query", id)).WithCode(ast.CodeName).
			WithHint("an id has 1 to 128 characters of A-Z a-z 0-9 . _ -"))
	}
	sub := &wire.Submission{Kind: wire.SubmitSQL, SQL: src}
	checker := a.checker()
	q, err := checker.Check(sub)
	if err == nil {
		err = checker.Fits(id, sub, q)
	}
	if err != nil {
		return a.refused(err)
	}
	epochs, err := a.write(r.Context(), submitTime, []Submission{{ID: id, Value: []byte(src)}})
	if err != nil {
		return err
	}
	a.answer(w, r, http.StatusAccepted, said{Statement: c.Verb(), ID: id, Epoch: &epochs[0], State: directory.StateSubmitted})
	return nil
}

// dropView submits a DROP MATERIALIZED VIEW.
func (a *API) dropView(w http.ResponseWriter, r *http.Request, src string, c *ast.Drop) error {
	if err := a.ready(); err != nil {
		return err
	}
	q, ok := a.registered(c.Name)
	switch {
	case !ok && c.IfExists:
		a.answer(w, r, http.StatusOK, said{Statement: c.Verb(), Note: "there is no query " + c.Name.Name})
		return nil
	case !ok:
		return invalid(a.nothing(src, c.Name, "a query"))
	}
	epochs, err := a.write(r.Context(), submitTime, []Submission{{ID: q.ID}})
	if err != nil {
		return err
	}
	a.answer(w, r, http.StatusAccepted, said{Statement: c.Verb(), ID: q.ID, Epoch: &epochs[0], State: string(wire.Dropped)})
	return nil
}
