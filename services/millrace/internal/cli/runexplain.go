package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/segmentio/encoding/json"

	"github.com/millrace/millrace/libs/daemon"
	"github.com/millrace/millrace/libs/explain"
	"github.com/millrace/millrace/libs/sql"
	"github.com/millrace/millrace/libs/sql/ast"
	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/libs/sql/parser"
	"github.com/millrace/millrace/libs/sql/plan"
	"github.com/millrace/millrace/services/millrace"
	"github.com/millrace/millrace/services/millrace/internal/client"
)

// asked returns the EXPLAIN that a statement begins with, nil for none. What is
// wrong with its text is found later, and told better.
func asked(text string) *ast.Explain {
	stmt, err := parser.Parse(text)
	if err != nil {
		return nil
	}
	return stmt.Explain
}

// formAsked returns the form that an EXPLAIN asks for, else the one given.
func formAsked(x *ast.Explain, form string) string {
	switch {
	case x == nil || x.Format == "":
		return form
	case x.Format == "JSON":
		return client.FormJSON
	default:
		return client.FormText
	}
}

// apart separates the statements that are to be run from those that are to be
// explained.
func apart(stmts []millrace.Statement) (queries, explained []millrace.Statement) {
	for _, st := range stmts {
		if asked(st.SQL) != nil {
			explained = append(explained, st)
		} else {
			queries = append(queries, st)
		}
	}
	return queries, explained
}

// explainRun explains statements beside the queries of a run, in the form that each
// asks for, else in that of the run.
func explainRun(w io.Writer, format string, explained, queries []millrace.Statement, cat *catalog.Catalog) error {
	if format == "csv" {
		return daemon.Usagef("query %s: an explanation is no table: use --format table or --format json", explained[0].ID)
	}
	plans := explain.New(cat)
	var wrong millrace.StatementErrors
	for _, q := range queries {
		root, err := sql.CompileStanding(q.SQL, cat)
		if err != nil {
			wrong = append(wrong, &millrace.StatementError{ID: q.ID, Err: err})
			continue
		}
		plans.Run(q.ID, root, plan.Encode(root))
	}
	if len(wrong) > 0 {
		return wrong
	}
	for i, st := range explained {
		e, x, err := explainStatement(plans, cat, st)
		if err != nil {
			return err
		}
		form := client.FormText
		if format == "json" {
			form = client.FormJSON
		}
		if err := writeExplained(w, formAsked(x, form), e, st.ID, i, len(explained)+len(queries)); err != nil {
			return err
		}
	}
	if len(queries) > 0 && format == "table" {
		fmt.Fprintln(w)
	}
	return nil
}

func explainStatement(plans *explain.Plans, cat *catalog.Catalog, st millrace.Statement) (*explain.Explanation, *ast.Explain, error) {
	stmt, err := parser.Parse(st.SQL)
	if err != nil {
		return nil, nil, &millrace.StatementError{ID: st.ID, Err: err}
	}
	root, err := sql.CompileExplained(stmt, cat, st.SQL)
	if err != nil {
		return nil, nil, &millrace.StatementError{ID: st.ID, Err: err}
	}
	e, err := plans.Candidate(root, explain.Options{Sharing: stmt.Explain.Sharing})
	if err != nil {
		return nil, nil, &millrace.StatementError{ID: st.ID, Err: err}
	}
	e.Subject = explain.Subject{SQL: st.SQL}
	return &e, stmt.Explain, nil
}

// writeExplained writes the i-th explanation, of a statement that is one of several.
func writeExplained(w io.Writer, form string, e *explain.Explanation, id string, i, several int) error {
	if form == client.FormJSON {
		line, err := json.Marshal(e)
		if err == nil {
			_, err = w.Write(append(line, '\n'))
		}
		return err
	}
	head := ""
	if several > 1 {
		head = fmt.Sprintf("%s-- name: %s\n", strings.Repeat("\n", min(i, 1)), id)
	}
	_, err := io.WriteString(w, head+e.Text())
	return err
}
