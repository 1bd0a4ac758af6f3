package parser

import (
	"strconv"
	"strings"

	"github.com/millrace/millrace/libs/sql/ast"
)

// unnesting = {CROSS JOIN | ,} UNNEST ( array ) [WITH ORDINALITY] [[AS] alias [( column, … )]].
func (p *parser) unnesting(f *ast.From) *ast.Error {
	at, comma := p.tok.at, p.tok.is(",")
	if !comma && !p.peek.is("join") {
		return p.joins()
	}
	p.advance()
	if !comma {
		p.advance()
	}
	if p.tok.is("lateral") && p.peek.is("unnest") {
		p.advance() // UNNEST sees what stands before it as it is
	} else if p.tok.is("lateral") && (p.peek.is("(") || p.peek.is("table")) {
		return p.lateral()
	}
	if !p.tok.is("unnest") || !p.peek.is("(") {
		if comma {
			return p.refuse(at, "a second stream is not supported yet").WithHint("a query reads one stream")
		}
		return p.refuse(at, "joins are not supported yet").WithHint("a query reads one stream")
	}
	u := ast.Unnest{At: p.tok.at}
	p.advance()
	open := p.tok.at
	p.advance()
	var err *ast.Error
	if u.Array, err = p.expr(); err != nil {
		return err
	}
	if p.tok.is(",") {
		return p.refuse(p.tok.at, "UNNEST of several arrays is not supported").WithHint("unnest one after the other")
	}
	if err := p.closes(open); err != nil {
		return err
	}
	if p.tok.is("with") {
		p.advance()
		if err := p.need("ordinality"); err != nil {
			return err
		}
		u.Ordinality = true
	}
	if u.Alias, u.Columns, err = p.correlation(); err != nil {
		return err
	}
	if p.sampled() {
		return p.fail(p.tok.at, "TABLESAMPLE stands before UNNEST").
			WithHint("write FROM tweets TABLESAMPLE BERNOULLI (10) CROSS JOIN UNNEST(hashtags) AS h(tag)")
	}
	if len(f.Unnest) == MaxDepth {
		return p.fail(u.At, "more than %d arrays are unnested", MaxDepth)
	}
	f.Unnest = append(f.Unnest, u)
	return nil
}

func (p *parser) lateral() *ast.Error {
	return p.refuse(p.tok.at, "LATERAL is not supported").
		WithHint("UNNEST sees the columns before it as it is: CROSS JOIN UNNEST(hashtags) AS h(tag)")
}

// sampled reports whether TABLESAMPLE begins here, and is no name.
func (p *parser) sampled() bool {
	return p.tok.is("tablesample") && (p.peek.kind == word && !ast.Reserved(p.peek.value) || p.peek.is("("))
}

// sample = [TABLESAMPLE BERNOULLI ( percent ) [REPEATABLE ( seed )]].
func (p *parser) sample() (*ast.Sample, *ast.Error) {
	if !p.sampled() {
		return nil, nil
	}
	const form = "TABLESAMPLE BERNOULLI (10) keeps about 10 % of the rows"
	s := &ast.Sample{At: p.tok.at}
	p.advance()
	if p.tok.is("system") {
		return nil, p.refuse(p.tok.at, "TABLESAMPLE SYSTEM is not supported").WithHint("%s", form)
	}
	if !p.take("bernoulli") {
		return nil, hinted(p.expected("BERNOULLI"), "%s", form)
	}
	var err *ast.Error
	if s.Percent, err = p.sampleNumber("a percentage from 0 to 100", percentage, form); err != nil {
		return nil, err
	}
	if p.take("repeatable") {
		if s.Repeatable, err = p.sampleNumber("a whole number", wholeNumber, "for example REPEATABLE (42)"); err != nil {
			return nil, err
		}
	}
	if p.tok.is("as") || p.tok.kind == quoted || p.tok.kind == word && !ast.Reserved(p.tok.value) && p.peek.is("(") {
		return nil, p.fail(p.tok.at, "the alias stands before TABLESAMPLE").
			WithHint("write FROM tweets AS t TABLESAMPLE …")
	}
	return s, nil
}

// sampleNumber = ( [-] number ).
func (p *parser) sampleNumber(what string, ok func(string) bool, hint string) (*ast.NumberLit, *ast.Error) {
	open := p.tok.at
	if err := p.need("("); err != nil {
		return nil, hinted(err, "%s", hint)
	}
	n := &ast.NumberLit{At: p.tok.at}
	if p.tok.is("-") && p.peek.kind == number {
		n.Text = "-"
		p.advance()
	}
	found := n.Text + p.tok.String()
	n.Text += p.tok.text
	if p.tok.kind != number || !ok(n.Text) {
		err := p.expected(what)
		if p.tok.kind == number {
			err = p.fail(n.At, "expected %s, found %s", what, found)
			err.Expected, err.Found = what, found
		}
		return nil, hinted(err, "%s", hint)
	}
	p.advance()
	return n, p.closes(open)
}

func percentage(text string) bool {
	f, err := strconv.ParseFloat(text, 64)
	return err == nil && f >= 0 && f <= 100 && !strings.HasPrefix(text, "-")
}

func wholeNumber(text string) bool {
	_, err := strconv.ParseInt(text, 10, 64)
	return err == nil
}
