package cli

import (
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/millrace/millrace/libs/daemon"
	"github.com/millrace/millrace/libs/sql"
	"github.com/millrace/millrace/libs/sql/ast"
	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/libs/sql/ddl"
	"github.com/millrace/millrace/libs/sql/parser"
	checked "github.com/millrace/millrace/libs/submission"
	"github.com/millrace/millrace/libs/wire"
	"github.com/millrace/millrace/services/millrace"
)

// work is what the statements of a run ask for.
type work struct {
	stmts   []millrace.Statement
	origins []origin         // parallel to stmts
	catalog *catalog.Catalog // with the streams and views that they declare
}

// origin is where in a file a query stands.
type origin struct {
	path, text string // "" for what -q says
	offset     ast.Pos
}

// statements reads what -q and -f say. Queries without a name are q1, q2, … by their
// place among all queries. What a statement declares is there for those after it.
func statements(queries, files []string) (*work, error) {
	cat, err := catalog.Default()
	if err != nil {
		return nil, err
	}
	w := &work{catalog: cat}
	for _, q := range queries {
		if err := oneStatement(q, "-q", "repeat -q for each, or put them into a file and use -f"); err != nil {
			return nil, err
		}
		_, cmd, err := parser.ParseAny(q)
		st := parser.ScriptStatement{SQL: q, Command: cmd}
		if view, ok := cmd.(*ast.CreateMaterializedView); ok {
			st.ID, st.Named = view.Name.Name, true
		}
		if err != nil {
			st.Command = nil // it is told with the id
		}
		if err := w.add(st); err != nil {
			return nil, err
		}
	}
	w.origins = make([]origin, len(w.stmts))
	for _, path := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, daemon.Usagef("-f: %w", err)
		}
		script, err := parseScript(string(text))
		if err != nil {
			return nil, &fileError{path: path, err: err}
		}
		for _, st := range script {
			err := w.add(st)
			for len(w.origins) < len(w.stmts) {
				w.origins = append(w.origins, origin{path, string(text), st.Offset})
			}
			var at *ast.Error
			if errors.As(err, &at) && at.Source == st.SQL {
				err = at.In(string(text), st.Offset)
			}
			if err != nil {
				return nil, &fileError{path: path, err: err}
			}
		}
	}
	if len(w.stmts) == 0 {
		return nil, daemon.Usagef("no query: give one with -q SQL, or a file of them with -f FILE")
	}
	return w, nil
}

// place tells what is wrong with queries where they stand in their files.
func (w *work) place(err error) error {
	var several millrace.StatementErrors
	if errors.As(err, &several) {
		placed := make(millrace.StatementErrors, len(several))
		for i, err := range several {
			placed[i] = w.place(err)
		}
		return placed
	}
	var (
		query *millrace.StatementError
		at    *ast.Error
	)
	if !errors.As(err, &query) || !errors.As(err, &at) {
		return err
	}
	for i, from := range w.origins {
		if st := w.stmts[i]; from.path != "" && st.ID == query.ID && st.SQL == at.Source {
			return &fileError{path: from.path, err: at.In(from.text, from.offset)}
		}
	}
	return err
}

// add takes a statement: a query, or what it declares.
func (w *work) add(st parser.ScriptStatement) error {
	switch cmd := st.Command.(type) {
	case *ast.CreateMaterializedView:
		if err := checked.Options(&wire.Submission{Kind: wire.SubmitSQL, SQL: st.SQL}, cmd); err != nil {
			return err
		}
		w.stmts = append(w.stmts, millrace.Statement{ID: cmd.Name.Name, SQL: st.SQL})
		return nil
	case nil:
		if !st.Named {
			st.ID = fmt.Sprintf("q%d", len(w.stmts)+1)
		}
		w.stmts = append(w.stmts, millrace.Statement{ID: st.ID, SQL: st.SQL})
		return nil
	case *ast.CreateStream, *ast.CreateView:
	case *ast.Drop:
		if cmd.Kind == ast.MaterializedViewObject {
			return ast.NewError(st.SQL, cmd.At, cmd.Verb()+" has no place in a run, whose queries end with it").
				WithCode(ast.CodeUnsupported).WithHint("leave it out")
		}
	default:
		return ast.NewError(st.SQL, cmd.Pos(), cmd.Verb()+" has no place in a run").
			WithCode(ast.CodeUnsupported).WithHint("ask with `millrace sql -c`")
	}
	next, _, err := sql.Declare(w.catalog, st.Command, st.SQL, w.users)
	var at *ast.Error
	if errors.As(err, &at) && at.Code == ast.CodeInUse {
		return at.WithHint("leave it out: what a run declares ends with it; or give what you declare another name")
	}
	if err == nil {
		w.catalog = next
	}
	return err
}

// declared returns the names of the streams that statements declare.
func (w *work) declared() (names []string) {
	for _, s := range w.catalog.Streams() {
		if s.Declared {
			names = append(names, s.Name)
		}
	}
	return names
}

// users returns the queries so far that read a stream or view.
func (w *work) users(name string) []string {
	var ids []string
	for _, st := range w.stmts {
		stmt, cmd, err := parser.ParseAny(st.SQL)
		if view, ok := cmd.(*ast.CreateMaterializedView); ok {
			stmt = view.Query
		}
		if err == nil && stmt != nil && slices.Contains(ddl.Reads(stmt), name) {
			ids = append(ids, st.ID)
		}
	}
	return ids
}
