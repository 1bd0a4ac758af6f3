package parser

import (
	"strings"

	"github.com/millrace/millrace/libs/sql/ast"
)

// createStream = [IF NOT EXISTS] name ( column {, column} ) [WITH ( option, … )].
func (p *parser) createStream(c *ast.CreateStream) (_ ast.Command, err *ast.Error) {
	if c.IfNotExists, err = p.ifExists(true); err != nil {
		return nil, err
	}
	if c.Name, err = p.newName("a name for the stream"); err != nil {
		return nil, err
	}
	if p.tok.is(".") {
		return nil, p.fail(p.tok.at, "the name of a stream has no dot")
	}
	if p.tok.is("as") {
		return nil, p.refuse(p.tok.at, "CREATE STREAM … AS is not supported").WithHint("CREATE VIEW gives a query a name")
	}
	open := p.tok.at
	if !p.take("(") {
		return nil, hinted(p.expected("("), "the columns stand in parentheses: CREATE STREAM logs (level VARCHAR, message VARCHAR)")
	}
	for {
		def, err := p.columnDef()
		if err != nil {
			return nil, err
		}
		if c.Columns = append(c.Columns, def); len(c.Columns) > MaxList {
			return nil, p.fail(def.Name.Pos(), "more than %d columns", MaxList)
		}
		if p.take(")") {
			break
		}
		if !p.take(",") {
			return nil, p.columnEnd(&def, open)
		}
	}
	c.Options, err = p.options()
	return c, err
}

// columnDef = name type {FROM … | FORMAT … | NUMERIC STRINGS | ABSENT IS FALSE | COMMENT 'text'}.
func (p *parser) columnDef() (def ast.ColumnDef, err *ast.Error) {
	if err := p.noConstraint(); err != nil {
		return def, err
	}
	if p.tok.kind != quoted && (p.tok.kind != word || ast.Reserved(p.tok.value)) {
		err := p.expected("the name of a column")
		if _, typed := typeNames[p.peek.value]; p.tok.kind == word && p.peek.kind == word && (typed || p.peek.is("array")) {
			return def, err.WithHint(`%s means something in queries: a column of that name stands between double quotes: "%s"`, strings.ToUpper(p.tok.text), p.tok.value)
		}
		return def, p.trailingComma(err)
	}
	if def.Name, err = p.name(); err != nil {
		return def, err
	}
	if p.tok.is(",") || p.tok.is(")") {
		return def, hinted(p.expected("a type"), "for example %s VARCHAR", def.Name)
	}
	if p.tok.is("as") {
		return def, p.notColumnExtra()
	}
	if err := p.typeName(&def.Type); err != nil {
		return def, err
	}
	for {
		more, err := p.columnExtra(&def)
		if !more || err != nil {
			return def, err
		}
	}
}

func (p *parser) columnExtra(def *ast.ColumnDef) (more bool, err *ast.Error) {
	at, what := p.tok.at, strings.ToUpper(p.tok.text)
	twice := false
	switch {
	case p.take("from"):
		twice = def.Paths != nil
		def.Paths, err = p.texts("a path between single quotes", "for example FROM 'user.id'")
	case p.take("format"):
		twice = def.Formats != nil
		def.Formats, err = p.texts("a format between single quotes", "for example FORMAT 'rfc3339'")
	case p.tok.is("numeric"):
		p.advance()
		twice, def.NumericStrings = def.NumericStrings, true
		err = p.need("strings")
	case p.tok.is("absent"):
		p.advance()
		twice, def.AbsentIsFalse = def.AbsentIsFalse, true
		if err = p.need("is"); err == nil {
			err = p.need("false")
		}
	case p.take("comment"):
		twice = def.Comment != nil
		if p.tok.kind != str {
			return false, p.expected("a text between single quotes")
		}
		def.Comment = p.text()
	default:
		return false, p.notColumnExtra()
	}
	if err == nil && twice {
		err = p.fail(at, "%s is written twice", what)
	}
	return true, err
}

// texts = 'text' | ( 'text' {, 'text'} ).
func (p *parser) texts(what, example string) ([]*ast.StringLit, *ast.Error) {
	if p.tok.kind == str {
		one := []*ast.StringLit{p.text()}
		if p.tok.is(",") && p.peek.kind == str {
			return nil, p.fail(p.tok.at, "several of them stand in parentheses").
				WithHint("write (%s, %s)", one[0], p.peek.text)
		}
		return one, nil
	}
	open := p.tok.at
	if !p.take("(") {
		return nil, hinted(p.expected(what, "("), "%s", example)
	}
	var list []*ast.StringLit
	for {
		if p.tok.kind != str {
			return nil, p.trailingComma(hinted(p.expected(what), "%s", example))
		}
		if list = append(list, p.text()); len(list) > MaxDepth {
			return nil, p.fail(open, "a list has more than %d texts", MaxDepth)
		}
		if p.take(")") {
			return list, nil
		}
		if !p.take(",") {
			return nil, p.unclosed(p.expected(",", ")"), open)
		}
	}
}

// text reads the string that stands here.
func (p *parser) text() *ast.StringLit {
	s := &ast.StringLit{Value: p.tok.value, At: p.tok.at}
	p.advance()
	return s
}

// noConstraint refuses what stands among columns elsewhere.
func (p *parser) noConstraint() *ast.Error {
	what := strings.ToUpper(p.tok.text)
	switch {
	case p.tok.is("primary") && p.peek.is("key"), p.tok.is("foreign") && p.peek.is("key"):
		return p.refuse(p.tok.at, "%s KEY is not supported", what).WithHint("leave it out: every document is a row")
	case p.tok.is("watermark") && p.peek.is("for"):
		return p.refuse(p.tok.at, "WATERMARK FOR is not supported").
			WithHint("name the column in the options: WITH (timestamp = 'created_at', lateness = '5s')")
	case p.tok.is("constraint") && p.peek.kind == word, (p.tok.is("unique") || p.tok.is("check")) && p.peek.is("("):
		return p.refuse(p.tok.at, "%s is not supported", what).WithHint("leave it out: documents are taken as they are")
	}
	return nil
}

// notColumnExtra refuses what may follow a column's type elsewhere.
func (p *parser) notColumnExtra() *ast.Error {
	what := strings.ToUpper(p.tok.text)
	switch {
	case p.tok.is("not") && p.peek.is("null"):
		return p.refuse(p.tok.at, "NOT NULL is not supported").WithHint("leave it out: where a document lacks the field there is NULL")
	case p.tok.is("null"):
		return p.fail(p.tok.at, "NULL is not written").WithHint("leave it out: every column may be NULL")
	case p.tok.is("default"), p.tok.is("generated"), p.tok.is("metadata"), p.tok.is("references"), p.tok.is("check"), p.tok.is("unique"), p.tok.is("collate"):
		return p.refuse(p.tok.at, "%s is not supported", what).WithHint("leave it out: documents are taken as they are")
	case p.tok.is("primary"):
		return p.refuse(p.tok.at, "PRIMARY KEY is not supported").WithHint("leave it out: every document is a row")
	case p.tok.is("as"):
		return p.refuse(p.tok.at, "computed columns are not supported").WithHint("compute it in a query, or in CREATE VIEW")
	case p.tok.is("path"):
		return p.fail(p.tok.at, "where a column is found is told by FROM").WithHint("for example FROM 'user.id'")
	}
	return nil
}

// columnEnd refuses what follows a column's definition.
func (p *parser) columnEnd(def *ast.ColumnDef, open ast.Pos) *ast.Error {
	what := []string{",", ")"}
	if def.Paths == nil {
		what = append(what, "FROM")
	}
	if def.Formats == nil {
		what = append(what, "FORMAT")
	}
	what = append(what, "NUMERIC STRINGS", "ABSENT IS FALSE", "COMMENT")
	return p.unclosed(p.expected(what...), open)
}
