package bind

import (
	"strings"
	"time"

	"github.com/millrace/millrace/libs/sql/ast"
	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/libs/sql/plan"
)

// from binds the stream and the window. The Window node is made here and put
// above WHERE by aggregate.
func (b *binder) from(cat *catalog.Catalog) (plan.Node, *ast.Error) {
	f := &b.stmt.From
	stream, ok := cat.Stream(f.Stream.Name)
	if !ok || f.Stream.Quoted && stream.Name != f.Stream.Name {
		return nil, b.unknownStream(cat, f.Stream)
	}
	b.stream = stream
	if f.Window != nil {
		if err := b.bindWindow(f.Window); err != nil {
			return nil, err
		}
	}
	return &plan.Scan{Stream: stream.Name}, nil
}

func (b *binder) unknownStream(cat *catalog.Catalog, name *ast.Ident) *ast.Error {
	var names []string
	for _, s := range cat.Streams() {
		names = append(names, s.Name)
	}
	err := b.fail(name.At, "unknown stream %s", name).As(ast.CodeStream)
	err.Expected, err.Found = strings.Join(names, ", "), name.String()
	if near, ok := ast.Nearest(name.Name, names); ok {
		return err.WithHint("did you mean %s?", near)
	}
	return err.WithHint("streams: %s", err.Expected)
}

func (b *binder) bindWindow(w *ast.Window) *ast.Error {
	if w.Func != "TUMBLE" {
		return b.fail(w.At, "unknown window function %s", w.Func).As(ast.CodeFunction).WithHint("write TUMBLE")
	}
	column, err := b.column(w.Time)
	if err != nil {
		return err
	}
	if column.Name != b.stream.EventTime {
		return b.fail(w.Time.Pos(), "windows of %s follow its event time, %s, not %s", b.stream.Name, b.stream.EventTime, column.Name).As(ast.CodeWindow).
			WithHint("write DESCRIPTOR(%s)", b.stream.EventTime)
	}
	size := w.Size.Span
	if w.Size.Months != 0 || size <= 0 || size%time.Millisecond != 0 {
		return b.fail(w.Size.At, "the size of a window is a whole number of milliseconds, at least 1").As(ast.CodeWindow)
	}
	b.window = &plan.Window{Kind: plan.Tumble, Time: column.Name, Size: size.Microseconds()}
	return nil
}
