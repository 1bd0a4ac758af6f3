package parser

import (
	"strings"

	"github.com/millrace/millrace/libs/sql/ast"
)

// command = CREATE … | DROP … | SHOW … | DESCRIBE … [;]; nil: here begins a query.
func (p *parser) command() (ast.Command, *ast.Error) {
	var (
		cmd ast.Command
		err *ast.Error
	)
	switch {
	case p.tok.is("create"):
		cmd, err = p.create()
	case p.tok.is("drop"):
		cmd, err = p.drop()
	case p.tok.is("show"):
		cmd, err = p.show()
	case p.tok.is("describe") || p.tok.is("desc"):
		cmd, err = p.describe()
	default:
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if query := queryOf(cmd); query == nil {
		return cmd, p.finish(func() []string { return []string{"end of statement"} })
	}
	return cmd, nil
}

// queryOf returns the query that a command ends with, nil where it has none.
func queryOf(cmd ast.Command) *ast.Statement {
	switch c := cmd.(type) {
	case *ast.CreateView:
		return c.Query
	case *ast.CreateMaterializedView:
		return c.Query
	default:
		return nil
	}
}

// create = CREATE [OR REPLACE] {STREAM | VIEW | MATERIALIZED VIEW} ….
func (p *parser) create() (ast.Command, *ast.Error) {
	at := p.tok.at
	p.advance()
	replace := p.tok.at
	orReplace := p.take("or")
	if orReplace {
		if err := p.need("replace"); err != nil {
			return nil, err
		}
	}
	if p.tok.is("temporary") || p.tok.is("temp") {
		return nil, p.refuse(p.tok.at, "CREATE TEMPORARY is not supported").WithHint("leave it out, and DROP what is no longer wanted")
	}
	switch {
	case p.take("stream"):
		return p.createStream(&ast.CreateStream{OrReplace: orReplace, At: at})
	case p.take("view"):
		return p.createView(&ast.CreateView{OrReplace: orReplace, At: at})
	case p.tok.is("materialized"):
		if orReplace {
			return nil, p.fail(replace, "OR REPLACE does not go with MATERIALIZED VIEW").
				WithHint("leave it out: a query with the id is replaced anyway")
		}
		p.advance()
		if err := p.need("view"); err != nil {
			return nil, err
		}
		return p.createMaterializedView(&ast.CreateMaterializedView{At: at})
	case p.tok.is("table"):
		return nil, p.refuse(p.tok.at, "CREATE TABLE is not supported").
			WithHint("a stream of documents is declared by CREATE STREAM name (column TYPE, …) WITH (…)")
	case p.tok.is("function"):
		return nil, p.refuse(p.tok.at, "CREATE FUNCTION is not supported").WithHint("SHOW FUNCTIONS lists those that there are")
	}
	what := []string{"STREAM", "VIEW", "MATERIALIZED VIEW"}
	if !orReplace {
		what = append(what, "OR REPLACE")
	}
	return nil, p.expected(what...)
}

// ifExists = [IF EXISTS], or with not [IF NOT EXISTS].
func (p *parser) ifExists(not bool) (bool, *ast.Error) {
	if !p.tok.is("if") || p.peek.kind != word {
		return false, nil
	}
	p.advance()
	if not {
		if err := p.need("not"); err != nil {
			return false, err
		}
	}
	return true, p.need("exists")
}

// createView = name AS query.
func (p *parser) createView(c *ast.CreateView) (_ ast.Command, err *ast.Error) {
	if p.tok.is("if") && p.peek.is("not") {
		return nil, p.fail(p.tok.at, "IF NOT EXISTS does not go with VIEW").WithHint("write CREATE OR REPLACE VIEW")
	}
	if c.Name, err = p.newName("a name for the view"); err != nil {
		return nil, err
	}
	if err := p.noViewColumns(); err != nil {
		return nil, err
	}
	if p.tok.is("with") {
		return nil, p.fail(p.tok.at, "a view has no options").WithHint("CREATE MATERIALIZED VIEW makes a standing query, which has some")
	}
	c.Query, err = p.viewQuery(true)
	return c, err
}

// createMaterializedView = name [WITH ( option, … )] AS query.
func (p *parser) createMaterializedView(c *ast.CreateMaterializedView) (_ ast.Command, err *ast.Error) {
	if p.tok.is("if") && p.peek.is("not") {
		return nil, p.fail(p.tok.at, "IF NOT EXISTS does not go with MATERIALIZED VIEW").
			WithHint("leave it out: a query with the id is replaced")
	}
	if c.Name, err = p.newName("an id for the query"); err != nil {
		return nil, err
	}
	if p.tok.is(".") || p.tok.is("-") {
		return nil, p.fail(p.tok.at, "an id with %s stands between double quotes", p.tok).
			WithHint(`write "%s%s…"`, c.Name.Name, p.tok.text)
	}
	if err := p.noViewColumns(); err != nil {
		return nil, err
	}
	if c.Options, err = p.options(); err != nil {
		return nil, err
	}
	c.Query, err = p.viewQuery(false)
	return c, err
}

func (p *parser) noViewColumns() *ast.Error {
	if !p.tok.is("(") {
		return nil
	}
	return p.refuse(p.tok.at, "a list of columns is not supported here").WithHint("name them in the query: SELECT lang AS l …")
}

// viewQuery = AS query [;].
func (p *parser) viewQuery(inner bool) (*ast.Statement, *ast.Error) {
	if err := p.need("as"); err != nil {
		return nil, hinted(err, "write … AS SELECT …")
	}
	if p.tok.is("explain") {
		return nil, p.fail(p.tok.at, "EXPLAIN is no query").WithHint("write EXPLAIN before a SELECT by itself")
	}
	r, err := p.query(inner)
	if err != nil {
		return nil, err
	}
	return r.whole, p.finish(func() []string { return append(p.mayFollow(r), "end of query") })
}

// drop = DROP {STREAM | VIEW | MATERIALIZED VIEW} [IF EXISTS] name.
func (p *parser) drop() (ast.Command, *ast.Error) {
	d := &ast.Drop{At: p.tok.at}
	p.advance()
	switch {
	case p.take("stream"):
		d.Kind = ast.StreamObject
	case p.take("view"):
		d.Kind = ast.ViewObject
	case p.take("materialized"):
		d.Kind = ast.MaterializedViewObject
		if err := p.need("view"); err != nil {
			return nil, err
		}
	case p.tok.is("table"):
		return nil, p.refuse(p.tok.at, "DROP TABLE is not supported").WithHint("write DROP STREAM, or DROP MATERIALIZED VIEW for a query")
	case p.tok.is("query"):
		return nil, p.refuse(p.tok.at, "DROP QUERY is not supported").WithHint("write DROP MATERIALIZED VIEW and the query's id")
	default:
		return nil, p.expected("STREAM", "VIEW", "MATERIALIZED VIEW")
	}
	var err *ast.Error
	if d.IfExists, err = p.ifExists(false); err != nil {
		return nil, err
	}
	if d.Name, err = p.newName("the name of a " + strings.ToLower(string(d.Kind))); err != nil {
		return nil, err
	}
	switch {
	case p.tok.is(","):
		return nil, p.fail(p.tok.at, "DROP takes one name").WithHint("drop one after the other")
	case p.tok.is("cascade"):
		return nil, p.refuse(p.tok.at, "CASCADE is not supported").WithHint("drop first what uses it")
	}
	p.take("restrict") // which is what happens anyway
	return d, nil
}
