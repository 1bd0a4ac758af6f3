package engine

import (
	"fmt"
	"sync/atomic"

	"github.com/millrace/millrace/libs/exec/build"
	"github.com/millrace/millrace/libs/exec/scan"
	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/libs/sql/plan"
)

// closures is the engine of one compiled closure per query. Queries share the
// decoded document and its case-folded text, and nothing else.
type closures struct {
	opts    Options
	stream  *catalog.Stream
	source  source
	at      map[string]int // query → its place in current
	refs    []int          // by column: queries that read it
	current []Query

	ready   atomic.Pointer[closurePlan]
	workers []*closureWorker
	matches atomic.Int64
}

// source is how documents become columns.
type source struct {
	name    string
	decoder func(s *scan.Stream) (documentDecoder, error)
}

// projecting decodes as the scan stage does.
func projecting(portable bool) source {
	return source{acceleration(portable), func(s *scan.Stream) (documentDecoder, error) { return decoder(s.Spec, portable) }}
}

// closurePlan is what workers run.
type closurePlan struct {
	queries []Query
	stream  *scan.Stream // the columns that some query needs
}

func newClosures(o Options, s source) *closures {
	stream, _ := o.Catalog.Stream(o.Stream)
	return &closures{opts: o, stream: stream, source: s, at: map[string]int{}, refs: make([]int, len(stream.Columns))}
}

func (e *closures) Acceleration() string { return e.source.name }

func (e *closures) Add(q Query) error {
	if _, err := newCompiler(e.stream).query(q); err != nil {
		return err
	}
	e.hold(q, 1)
	e.at[q.ID] = len(e.current)
	e.current = append(e.current, q)
	return nil
}

func (e *closures) Drop(q Query) {
	i, last := e.at[q.ID], len(e.current)-1
	e.hold(q, -1)
	delete(e.at, q.ID)
	if i != last {
		e.current[i] = e.current[last]
		e.at[e.current[i].ID] = i
	}
	e.current = e.current[:last]
}

// hold counts the columns that the query reads.
func (e *closures) hold(q Query, n int) {
	for _, col := range columnsOf(q.Shape, e.stream) {
		e.refs[col] += n
	}
}

func (e *closures) Ready() error {
	p := &closurePlan{queries: append([]Query(nil), e.current...)}
	if before := e.ready.Load(); before != nil && e.reads(before.stream) {
		p.stream = before.stream
	} else {
		var err error
		if p.stream, err = e.columns(); err != nil {
			return err
		}
	}
	e.ready.Store(p)
	return nil
}

// reads reports whether the columns of s are those that queries read.
func (e *closures) reads(s *scan.Stream) bool {
	n := 0
	for _, refs := range e.refs {
		if refs > 0 {
			n++
		}
	}
	for _, at := range s.Positions {
		if e.refs[at] == 0 {
			return false
		}
	}
	return n == len(s.Positions)
}

// columns returns how the columns that queries read are decoded: as for a query
// that returns them all.
func (e *closures) columns() (*scan.Stream, error) {
	b := build.NewBuilder(e.opts.Catalog)
	var cols []plan.NamedExpr
	for i, c := range e.stream.Columns {
		if e.refs[i] > 0 {
			cols = append(cols, plan.NamedExpr{Name: c.Name, Expr: &plan.Column{Name: c.Name, Typ: c.Type}})
		}
	}
	if len(cols) > 0 {
		root := &plan.Output{In: &plan.Project{In: &plan.Scan{Stream: e.stream.Name}, Cols: cols}, Emit: plan.EmitChanges}
		if err := b.Add("columns", root); err != nil {
			return nil, err
		}
	}
	s, ok := b.Program().Stream(e.stream.Name)
	if !ok {
		return nil, fmt.Errorf("stream %s is not in the catalog", e.stream.Name)
	}
	return s, nil
}

func (e *closures) Worker() (Worker, error) {
	w := &closureWorker{engine: e, compiler: newCompiler(e.stream), running: map[string]*closure{}}
	e.workers = append(e.workers, w)
	return w, w.swap()
}

func (e *closures) Matches() int64 { return e.matches.Load() }

// closureWorker runs one copy of all closures.
type closureWorker struct {
	engine   *closures
	plan     *closurePlan
	compiler *compiler
	running  map[string]*closure
	order    []*closure

	stream  *scan.Stream
	decoder documentDecoder
	batch   *record.Batch
}

// swap takes up the queries of the last Ready.
func (w *closureWorker) swap() error {
	next := w.engine.ready.Load()
	if next == w.plan {
		return nil
	}
	w.plan = next
	if w.stream != next.stream {
		var err error
		if w.decoder, err = w.engine.source.decoder(next.stream); err != nil {
			return err
		}
		w.stream, w.batch = next.stream, record.NewBatch(next.stream.Schema)
		w.compiler.point(w.batch, next.stream.Positions)
	}
	w.order = w.order[:0]
	for _, q := range next.queries {
		c := w.running[q.ID]
		if c == nil {
			var err error
			if c, err = w.compiler.query(q); err != nil {
				return err
			}
			w.running[q.ID] = c
		}
		w.order = append(w.order, c)
	}
	if len(w.running) > len(w.order) {
		clear(w.running)
		for _, c := range w.order {
			w.running[c.id] = c
		}
	}
	return nil
}

func (w *closureWorker) Fallbacks() int64 { return w.decoder.Fallbacks() }

func (w *closureWorker) Add(value []byte, partition int32, offset int64) (int, error) {
	w.batch.Reset()
	documents, err := decode(w.decoder, value, w.batch, partition, offset)
	if err != nil {
		return 0, err
	}
	w.compiler.begin(w.batch.Len)
	var matched int64
	for _, c := range w.order {
		matched += c.add(w.batch)
	}
	w.engine.matches.Add(matched)
	return documents, nil
}

func (w *closureWorker) Commit() error {
	for _, c := range w.order {
		c.ship(w.engine.opts.Collect)
	}
	return w.swap()
}

func (e *closures) Answers() (map[string]Answer, error) {
	out := make(map[string]Answer, len(e.current))
	for _, q := range e.current {
		var all *closure
		for _, w := range e.workers {
			c := w.running[q.ID]
			switch {
			case c == nil:
			case all == nil:
				all = c
			default:
				all.merge(c)
			}
		}
		if all == nil {
			return nil, fmt.Errorf("query %s has no worker", q.ID)
		}
		out[q.ID] = all.result()
	}
	return out, nil
}
