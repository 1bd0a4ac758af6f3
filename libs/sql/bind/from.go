package bind

import (
	"strings"
	"time"

	"github.com/millrace/millrace/libs/sql/ast"
	"github.com/millrace/millrace/libs/sql/plan"
)

// from binds what is read, and the window. The Window node is put above WHERE by
// aggregate.
func (b *binder) from() *ast.Error {
	f := &b.stmt.From
	r, err := b.source(f)
	if err != nil {
		return err
	}
	if b.rel, err = b.rename(r, f.Columns); err != nil {
		return err
	}
	if err := b.above(b.rel); err != nil {
		return err
	}
	b.count()
	if f.Sample != nil {
		if err := b.sample(f.Sample); err != nil {
			return err
		}
	}
	if f.Window != nil {
		if err := b.bindWindow(f.Window); err != nil {
			return err
		}
	}
	return b.unnest()
}

// source returns what FROM names.
func (b *binder) source(f *ast.From) (*relation, *ast.Error) {
	if len(b.union) > 0 {
		return b.unionAll()
	}
	if f.Query != nil {
		return b.subquery(f.Query, b.with)
	}
	if n := b.with.find(f.Stream); n != nil {
		return b.ofQuery(n)
	}
	if v, ok := b.catalog.View(f.Stream.Name); ok && (!f.Stream.Quoted || v.Name == f.Stream.Name) {
		return b.view(v)
	}
	stream, ok := b.catalog.Stream(f.Stream.Name)
	if !ok || f.Stream.Quoted && stream.Name != f.Stream.Name {
		return nil, b.unknownStream(f.Stream)
	}
	return ofStream(stream), nil
}

func (b *binder) unknownStream(name *ast.Ident) *ast.Error {
	var names []string
	for n := b.with; n != nil; n = n.above {
		names = append(names, n.cte.Name.Name)
	}
	for _, s := range b.catalog.Streams() {
		names = append(names, s.Name)
	}
	for _, v := range b.catalog.Views() {
		names = append(names, v.Name)
	}
	err := b.fail(name.At, "unknown stream %s", name).WithCode(ast.CodeStream)
	err.Expected, err.Found = strings.Join(names, ", "), name.String()
	if near, ok := ast.Nearest(name.Name, names); ok {
		return err.WithHint("did you mean %s?", written(near))
	}
	return err.WithHint("streams: %s", err.Expected)
}

func (b *binder) bindWindow(w *ast.Window) *ast.Error {
	if w.Func != "TUMBLE" {
		return b.fail(w.At, "unknown window function %s", w.Func).WithCode(ast.CodeFunction).WithHint("write TUMBLE")
	}
	if b.rel.groups {
		return b.refuse(w.At, "a window over the groups of another query is not supported yet").
			WithHint("cut the stream into windows in the query below")
	}
	column, err := b.column(w.Time)
	if err != nil {
		return err
	}
	if b.rel.time == nil {
		return b.fail(w.Time.Pos(), "windows follow event time, and %s has none", b.rel.title()).WithCode(ast.CodeWindow).
			WithHint("declare it: CREATE STREAM … WITH (timestamp = 'column')")
	}
	if !plan.EqualExpr(column.expr, b.rel.time) {
		err := b.fail(w.Time.Pos(), "windows of %s follow its event time, not %s", b.rel.title(), column.name).WithCode(ast.CodeWindow)
		if name := b.rel.timeName(); name != "" {
			err = b.fail(w.Time.Pos(), "windows of %s follow its event time, %s, not %s", b.rel.title(), name, column.name).WithCode(ast.CodeWindow).
				WithHint("write DESCRIPTOR(%s)", name)
		}
		return err
	}
	size := w.Size.Span
	if w.Size.Months != 0 || size <= 0 || size%time.Millisecond != 0 {
		return b.fail(w.Size.At, "the size of a window is a whole number of milliseconds, at least 1").WithCode(ast.CodeWindow)
	}
	b.window = &plan.Window{Kind: plan.Tumble, Time: b.rel.time.(*plan.Column).Name, Size: size.Microseconds()}
	return nil
}
