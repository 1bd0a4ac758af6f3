package parser

import (
	"math/big"
	"strings"
	"time"

	"github.com/millrace/millrace/libs/sql/ast"
)

// from = stream [[AS] alias] | window-function [[AS] alias].
func (p *parser) from(f *ast.From) *ast.Error {
	f.At = p.tok.at
	if p.tok.is("(") {
		return p.fail(p.tok.at, "subqueries are not supported yet").WithHint("name a stream: FROM tweets")
	}
	var err *ast.Error
	switch {
	case p.tok.is("table") && p.peek.is("("):
		p.advance()
		open := p.tok.at
		p.advance()
		err = p.window(f)
		if err == nil {
			err = p.closes(open)
		}
	case p.tok.kind == word && p.peek.is("("):
		err = p.window(f)
	default:
		f.Stream, err = p.stream()
	}
	if err != nil {
		return err
	}
	if f.Alias, err = p.alias(); err != nil {
		return err
	}
	if p.tok.is(",") {
		return p.fail(p.tok.at, "a second stream is not supported yet").WithHint("a query reads one stream")
	}
	return nil
}

// stream = name.
func (p *parser) stream() (*ast.Ident, *ast.Error) {
	if p.tok.kind != quoted && (p.tok.kind != word || ast.Reserved(p.tok.value)) {
		return nil, p.expected("the name of a stream")
	}
	id := p.ident()
	if p.tok.is(".") {
		return nil, p.fail(p.tok.at, "the name of a stream has no dot")
	}
	return id, nil
}

// window = TUMBLE ( [TABLE] stream , DESCRIPTOR(time) | time , INTERVAL … ).
func (p *parser) window(f *ast.From) *ast.Error {
	name := p.tok
	if name.kind != word {
		return p.expected("TUMBLE")
	}
	w := &ast.Window{Func: strings.ToUpper(name.text), At: name.at}
	switch name.value {
	case "tumble":
	case "hop", "session", "cumulate", "unnest":
		return p.fail(name.at, "%s is not supported yet", w.Func).
			WithHint("TUMBLE(tweets, created_at, INTERVAL '1' MINUTE) cuts a stream into windows")
	default:
		err := p.fail(name.at, "unknown window function %s", name.text)
		err.Expected, err.Found = "TUMBLE", name.String()
		if near, ok := ast.Nearest(name.text, []string{"TUMBLE"}); ok {
			return err.WithHint("did you mean %s?", near)
		}
		return err.WithHint("TUMBLE(tweets, created_at, INTERVAL '1' MINUTE) cuts a stream into windows")
	}
	p.advance()
	open := p.tok.at
	if err := p.need("("); err != nil {
		return err
	}
	f.Window = w
	if err := p.windowArgs(f, w); err != nil {
		return err
	}
	return p.closes(open)
}

func (p *parser) windowArgs(f *ast.From, w *ast.Window) (err *ast.Error) {
	if p.tok.is("table") && (p.peek.kind == word || p.peek.kind == quoted) {
		p.advance()
	}
	if f.Stream, err = p.stream(); err != nil {
		return err
	}
	if err = p.need(","); err != nil {
		return err
	}
	if w.Time, err = p.descriptor(); err != nil {
		return err
	}
	if err = p.need(","); err != nil {
		return err
	}
	if w.Size, err = p.interval(); err != nil {
		return err
	}
	if p.tok.is(",") {
		return p.fail(p.tok.at, "an offset of the window is not supported yet").
			WithHint("TUMBLE takes the stream, the time column and the size")
	}
	return nil
}

func (p *parser) descriptor() (*ast.Name, *ast.Error) {
	wrapped := p.tok.is("descriptor") && p.peek.is("(")
	if wrapped {
		p.advance()
		p.advance()
	}
	if p.tok.kind != word && p.tok.kind != quoted {
		return nil, p.expected("DESCRIPTOR(column)")
	}
	name, err := p.name()
	if err == nil && wrapped {
		err = p.need(")")
	}
	return name, err
}

// units are the units of an interval, singular.
var units = [...]struct {
	name string
	span time.Duration
}{
	{"MILLISECOND", time.Millisecond},
	{"SECOND", time.Second},
	{"MINUTE", time.Minute},
	{"HOUR", time.Hour},
	{"DAY", 24 * time.Hour},
}

// interval = INTERVAL 'n' unit.
func (p *parser) interval() (*ast.IntervalLit, *ast.Error) {
	lit := &ast.IntervalLit{At: p.tok.at}
	if !p.take("interval") {
		err := p.expected("INTERVAL '1' MINUTE")
		if err.Hint == "" {
			err.Hint = "the size of a window is written INTERVAL '1' MINUTE"
		}
		return nil, err
	}
	if p.tok.kind != str {
		err := p.expected("a number between single quotes")
		if p.tok.kind == number {
			err.Hint = "write INTERVAL '" + p.tok.text + "' and the unit"
		}
		return nil, err
	}
	amount := p.tok
	p.advance()
	lit.Text = amount.value
	unit := strings.TrimSuffix(strings.ToUpper(p.tok.value), "S")
	var names []string
	var span time.Duration
	for _, u := range units {
		names = append(names, u.name)
		if p.tok.kind == word && unit == u.name {
			span = u.span
		}
	}
	if span == 0 {
		err := p.expected(names...)
		if strings.Contains(amount.value, " ") {
			err.Hint = "only the number stands between the quotes: INTERVAL '1' MINUTE"
		}
		return nil, err
	}
	p.advance()
	lit.Unit = unit
	var ok bool
	if lit.Span, ok = spanOf(amount.value, span); !ok {
		return nil, p.fail(amount.at, "an interval needs a whole number of milliseconds, at least 1, at most 366 days, found %s", amount).
			WithHint("for example INTERVAL '90' SECOND")
	}
	return lit, nil
}

// spanOf multiplies a decimal number by a unit.
func spanOf(text string, unit time.Duration) (time.Duration, bool) {
	if text == "" || len(text) > 20 || strings.Trim(text, "0123456789.") != "" {
		return 0, false
	}
	n, ok := new(big.Rat).SetString(text)
	if !ok {
		return 0, false
	}
	n.Mul(n, big.NewRat(int64(unit/time.Millisecond), 1))
	if !n.IsInt() || !n.Num().IsInt64() {
		return 0, false
	}
	ms := n.Num().Int64()
	if ms < 1 || ms > int64(366*24*time.Hour/time.Millisecond) {
		return 0, false
	}
	return time.Duration(ms) * time.Millisecond, true
}
