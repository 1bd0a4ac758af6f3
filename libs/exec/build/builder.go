package build

import (
	"fmt"
	"slices"

	"github.com/millrace/millrace/libs/exec/expr"
	"github.com/millrace/millrace/libs/exec/scan"
	"github.com/millrace/millrace/libs/share"
	"github.com/millrace/millrace/libs/share/byid"
	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/libs/sql/plan"
)

// Builder holds the shared plan of all queries and makes programs of it. It is
// used by one goroutine at a time; the programs are anybody's.
type Builder struct {
	shared  *share.Plan
	apart   share.Apart
	streams []*stream
	derived []*stream           // what is unnested, after what it is made of
	trials  map[plan.ID]*stream // of nodes that are being compiled
	tally   *scan.Tally

	predicates byid.Set[*predicate]
	selections byid.Set[*selection]
	groupings  byid.Set[*grouping]
	rows       byid.Set[*rows]

	predicateSlots, indexSlots, valueSlots, outputSlots, countSlots, keySlots, unnestSlots, partSlots slots

	counts *scan.Book[scan.Counted] // by slot

	ids plan.IDs // of calls, while plans with them are at hand

	functions func(name string) (*expr.Function, bool) // nil: those of the table

	program *scan.Program // nil after a change
}

// NewBuilder returns a builder without queries over the streams of a catalog.
func NewBuilder(c *catalog.Catalog) *Builder { return NewApart(c, share.Apart{}) }

// NewApart is [NewBuilder] for queries that do not share what apart says: to see
// what sharing is worth.
func NewApart(c *catalog.Catalog, apart share.Apart) *Builder {
	b := &Builder{
		shared: share.New(),
		apart:  apart,
		trials: map[plan.ID]*stream{},
		tally:  new(scan.Tally),
		counts: scan.NewBook(scan.Counted{}),
	}
	for _, def := range c.Streams() {
		b.streams = append(b.streams, newStream(def, fieldsOf(def)))
	}
	return b
}

// Add adds a query, or replaces the query of that id. An error says what the
// plan needs and this version or the catalog does not have; nothing is changed
// then.
func (b *Builder) Add(id string, root *plan.Output) error {
	shape, err := share.Decompose(root)
	if err != nil {
		return fmt.Errorf("query %s: %w", id, err)
	}
	return b.AddShape(id, shape)
}

// AddShape is [Builder.Add] of a plan that is decomposed.
func (b *Builder) AddShape(id string, shape *share.Shape) error {
	defer b.ids.Forget()
	shape = shape.Apart(id, b.apart)
	addition, err := b.shared.Prepare(shape)
	if err != nil {
		return fmt.Errorf("query %s: %w", id, err)
	}
	clear(b.trials)
	ready := make([]*compiled, len(addition.Added))
	for i, n := range addition.Added {
		if ready[i], err = b.compile(n); err != nil {
			return fmt.Errorf("query %s: %w", id, err)
		}
	}
	change := b.shared.Commit(id, addition)
	for i, n := range change.Added {
		b.add(n, ready[i])
	}
	b.remove(change.Removed)
	if len(change.Added)+len(change.Removed) > 0 {
		b.program = nil
	}
	return nil
}

// Drop removes a query; one that is not there is no error.
func (b *Builder) Drop(id string) {
	defer b.ids.Forget()
	if change := b.shared.Drop(id); len(change.Removed) > 0 {
		b.remove(change.Removed)
		b.program = nil
	}
}

// Shared returns the shared plan; it is only to be read.
func (b *Builder) Shared() *share.Plan { return b.shared }

// Program returns the program of the queries that are there now: the same one
// as long as they are the same, and one that shares what did not change with
// those returned before.
func (b *Builder) Program() *scan.Program {
	if b.program != nil {
		return b.program
	}
	defer b.ids.Forget()
	p := &scan.Program{Tally: b.tally}
	candidates := 0
	for _, s := range slices.Backward(b.derived) { // a stream has what is made of it
		if was := s.last; b.snapshot(s) != was {
			s.below.dirty = true
		}
	}
	for _, s := range b.streams {
		p.Streams = append(p.Streams, b.snapshot(s))
		candidates = max(candidates, s.candidates.size)
	}
	for _, s := range b.derived {
		p.Streams = append(p.Streams, s.last)
		candidates = max(candidates, s.candidates.size)
	}
	p.Counts = b.counts.Pages()
	p.Size = scan.Size{
		Predicates: b.predicateSlots.size, Indexes: b.indexSlots.size,
		Values: b.valueSlots.size, Outputs: b.outputSlots.size, Counts: b.countSlots.size, Candidates: candidates,
		Keys: b.keySlots.size, Unnests: b.unnestSlots.size, Parts: b.partSlots.size,
	}
	b.program = p
	return p
}

func (b *Builder) stream(name string) *stream {
	for _, s := range b.streams {
		if s.def.Name == name {
			return s
		}
	}
	return nil
}

// slots gives out small numbers, those given back first.
type slots struct {
	size int
	free []int
}

func (s *slots) take() int {
	if n := len(s.free); n > 0 {
		slot := s.free[n-1]
		s.free = s.free[:n-1]
		return slot
	}
	s.size++
	return s.size - 1
}

func (s *slots) give(slot int) { s.free = append(s.free, slot) }
