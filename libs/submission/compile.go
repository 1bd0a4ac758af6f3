package submission

import (
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/millrace/millrace/libs/sql"
	"github.com/millrace/millrace/libs/sql/ast"
	"github.com/millrace/millrace/libs/sql/legacy"
	"github.com/millrace/millrace/libs/sql/parser"
	"github.com/millrace/millrace/libs/sql/plan"
	"github.com/millrace/millrace/libs/wire"
)

// legacyStream is the one that queries of the older form are over.
const legacyStream = "tweets"

// Query is a submission that can be registered.
type Query struct {
	Text   string       // as submitted
	Output *plan.Output // the canonical plan
	Plan   []byte       // the same, encoded
	Note   string       // for the author: how the query was read, if that is not plain
	Name   string       // of CREATE MATERIALIZED VIEW, which its id must equal; "": a SELECT
	nameAt ast.Pos

	// Explain is what stands before the SELECT of a query that is only to be
	// explained; nil: nothing. See [Checker.CheckExplained].
	Explain *ast.Explain
}

// CheckID holds that a query that bears its id has this one. Its error is a [*Problem].
func (q *Query) CheckID(id string) error {
	if q.Name == "" || q.Name == id {
		return nil
	}
	return problemOf(ast.NewError(q.Text, q.nameAt, fmt.Sprintf("the statement calls the query %s, and it is submitted as %s", q.Name, id)).
		WithCode(ast.CodeName).WithHint("submit it as %s, or call it %s here", q.Name, (&ast.Ident{Name: id}).String()))
}

// ErrDefect is what an author is told where Millrace is at fault.
var ErrDefect = errors.New("the query could not be read because of a defect in Millrace: please report it")

// compile parses and binds a query. A panic on the way must not stop a service,
// which would meet it again: it is a defect of ours, and the service goes on.
func (c *Checker) compile(sub *wire.Submission, explained bool) (q *Query, err error) {
	defer func() {
		if r := recover(); r != nil {
			q, err = nil, c.defect(sub, fmt.Errorf("panic: %v\n%s", r, debug.Stack()))
		}
	}()
	if sub.Kind == wire.SubmitLegacy {
		return c.compileLegacy(sub)
	}
	stmt, cmd, err := parser.ParseAny(sub.SQL)
	if err != nil {
		return nil, c.explain(sub, err)
	}
	q = &Query{Text: sub.SQL}
	if cmd != nil {
		var refused *ast.Error
		if stmt, refused = command(sub, cmd); refused != nil {
			return nil, c.explain(sub, refused)
		}
		view := cmd.(*ast.CreateMaterializedView).Name
		q.Name, q.nameAt = view.Name, view.At
	}
	compile := sql.CompileStatement
	if explained {
		compile = sql.CompileExplained
	}
	out, err := compile(stmt, c.Catalog, sub.SQL)
	if err != nil {
		return nil, c.explain(sub, err)
	}
	q.Output, q.Explain = out, stmt.Explain
	return c.encode(sub, q)
}

func (c *Checker) compileLegacy(sub *wire.Submission) (*Query, error) {
	stream, ok := c.Catalog.Stream(legacyStream)
	if !ok {
		return nil, &Problem{Message: fmt.Sprintf("queries of the older JSON form are over the stream %s, which is not declared", legacyStream)}
	}
	src := string(sub.Legacy)
	read, err := legacy.Parse(src, stream)
	if err != nil {
		return nil, c.explain(sub, err)
	}
	out, err := sql.CompileStatement(read.Statement, c.Catalog, src)
	if err != nil {
		return nil, c.explain(sub, read.Explain(err))
	}
	return c.encode(sub, &Query{Text: src, Output: out, Note: "read as " + read.Statement.String()})
}

// encode fills in the plan's bytes, and holds them against what readers of the
// registry take: a plan that they refuse would stop every scheduler.
func (c *Checker) encode(sub *wire.Submission, q *Query) (*Query, error) {
	q.Plan = plan.Encode(q.Output)
	if len(q.Plan) > plan.MaxEncoded {
		return nil, &Problem{
			Message: fmt.Sprintf("the query's plan has %d bytes, more than %d", len(q.Plan), plan.MaxEncoded),
			Hint:    "split it into several queries",
		}
	}
	if _, err := plan.Decode(q.Plan); err != nil {
		return nil, c.defect(sub, err)
	}
	return q, nil
}

// explain makes what is wrong with the text a problem, and all else a defect.
func (c *Checker) explain(sub *wire.Submission, err error) error {
	var at *ast.Error
	if errors.As(err, &at) {
		return problemOf(err)
	}
	return c.defect(sub, err)
}

func (c *Checker) defect(sub *wire.Submission, err error) error {
	if c.Defect != nil {
		c.Defect(sub, err)
	}
	return ErrDefect
}
