package engine

import (
	"sync/atomic"

	"github.com/millrace/millrace/libs/exec/build"
	"github.com/millrace/millrace/libs/exec/scan"
	"github.com/millrace/millrace/libs/jsonscan"
	"github.com/millrace/millrace/libs/share"
	"github.com/millrace/millrace/libs/sql/plan"
)

// shared is the engine of the scan stage: one builder and program for all queries
// or, without scan sharing, one for each distinct selection.
type shared struct {
	opts    Options
	parts   map[plan.ID]*part // by selection; without scan sharing one, of the zero ID
	order   []*part
	uses    map[plan.ID]int64       // queries by selection, as programs know it
	shapes  map[string]*share.Shape // of all queries; only to collect
	collect *collector

	programs atomic.Pointer[[]*scan.Program] // by part, of the last Ready
}

// part is a builder with its queries.
type part struct {
	at      int // in shared.order
	builder *build.Builder
	queries int
}

func newShared(o Options) *shared {
	e := &shared{opts: o, parts: map[plan.ID]*part{}, uses: map[plan.ID]int64{}}
	if o.Collect {
		e.collect, e.shapes = newCollector(), map[string]*share.Shape{}
	}
	if o.Level.on(scanSharing) {
		e.part(plan.ID{})
	}
	e.programs.Store(new([]*scan.Program))
	return e
}

// part returns the part of that name, a new one if need be.
func (e *shared) part(of plan.ID) *part {
	p := e.parts[of]
	if p == nil {
		p = &part{at: len(e.order), builder: build.NewApart(e.opts.Catalog, e.opts.Level.apart())}
		e.parts[of] = p
		e.order = append(e.order, p)
	}
	return p
}

// place returns the query's shape as the programs know it, and the part that it
// belongs into.
func (e *shared) place(q Query) (shape *share.Shape, of plan.ID) {
	shape = q.Shape.Apart(q.ID, e.opts.Level.apart())
	if !e.opts.Level.on(scanSharing) {
		of = shape.Selection.ID
	}
	return shape, of
}

func (e *shared) Acceleration() string { return acceleration(e.opts.Portable) }

func (e *shared) Add(q Query) error {
	shape, of := e.place(q)
	p := e.part(of)
	if err := p.builder.Add(q.ID, q.Plan); err != nil {
		return err
	}
	p.queries++
	e.uses[shape.Selection.ID]++
	if e.opts.Collect {
		e.shapes[q.ID] = shape
	}
	return nil
}

func (e *shared) Drop(q Query) {
	shape, of := e.place(q)
	p := e.parts[of]
	p.builder.Drop(q.ID)
	delete(e.shapes, q.ID)
	if e.uses[shape.Selection.ID]--; e.uses[shape.Selection.ID] == 0 {
		delete(e.uses, shape.Selection.ID)
	}
	if p.queries--; p.queries > 0 || e.opts.Level.on(scanSharing) {
		return
	}
	delete(e.parts, of)
	last := len(e.order) - 1
	e.order[p.at] = e.order[last]
	e.order[p.at].at = p.at
	e.order[last] = nil
	e.order = e.order[:last]
}

func (e *shared) Ready() error {
	programs := make([]*scan.Program, len(e.order))
	for i, p := range e.order {
		programs[i] = p.builder.Program()
	}
	e.programs.Store(&programs)
	return nil
}

func (e *shared) Worker() (Worker, error) {
	w := &sharedWorker{engine: e}
	return w, w.swap()
}

func (e *shared) Matches() int64 {
	var sum int64
	for _, p := range *e.programs.Load() {
		for _, s := range p.Selections() {
			sum += s.Matched * e.uses[s.ID]
		}
	}
	return sum
}

func (e *shared) Answers() (map[string]Answer, error) {
	out := make(map[string]Answer, len(e.shapes))
	for id, shape := range e.shapes {
		var err error
		if out[id], err = e.collect.answer(shape); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// decoder returns a decoder by one of the two paths.
func decoder(spec jsonscan.Spec, portable bool) (jsonscan.Decoder, error) {
	spec.Portable = portable
	return jsonscan.New(spec)
}

// acceleration names the path that decoder takes.
func acceleration(portable bool) string {
	if portable {
		return "portable"
	}
	return jsonscan.Acceleration()
}
