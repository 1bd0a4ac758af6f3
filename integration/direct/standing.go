package direct

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/millrace/millrace/integration/reference"
	"github.com/millrace/millrace/libs/exec/build"
	"github.com/millrace/millrace/libs/exec/merge"
	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/share"
	"github.com/millrace/millrace/libs/sql"
	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/libs/sql/plan"
)

// Standing is a query and the documents that it stands for.
type Standing struct {
	SQL  string
	From int // it is added before this document
	To   int // and dropped before this one, or after the last; 0: never
}

// Stand is [Engine.Run] for queries that come and go. The rows of a query that is
// dropped are those that it has just before.
func (e Engine) Stand(ctx context.Context, queries map[string]Standing, docs [][]byte) (map[string][]reference.Row, error) {
	for _, n := range []*int{&e.Scans, &e.Merges, &e.Batch, &e.Transaction, &e.Together} {
		*n = max(*n, 1)
	}
	if e.Catalog == nil {
		var err error
		if e.Catalog, err = catalog.Default(); err != nil {
			return nil, err
		}
	}
	changes, err := changesOf(queries, len(docs))
	if err != nil {
		return nil, err
	}
	r := &run{
		Engine: e, queries: queries, changes: changes, docs: docs, rows: map[string][]reference.Row{},
		builder: build.NewApart(e.Catalog, e.Apart), store: newStore(), registry: new(registry),
		from: make([]int64, e.Scans), at: make([]int64, e.Scans), newest: make([]int64, e.Scans),
		registered: map[string]*merge.Query{}, plans: map[string]*plan.Output{}, dropped: map[string]int64{},
	}
	for p := range r.newest {
		r.newest[p] = record.NoEventTime
	}
	r.log = newLog(e.Merges, r.store, r.advance)
	r.publish()
	if err := r.merge(ctx); err != nil {
		return nil, err
	}
	if e.Outcome != nil {
		*e.Outcome = Outcome{Shared: r.builder.Shared(), Counters: r.program.Counters(), Counted: map[string]map[string]int64{}}
		for id := range r.registered {
			e.Outcome.Counted[id] = r.store.counted(id)
		}
	}
	for id := range r.dropped {
		if r.store.holds(id) {
			return nil, fmt.Errorf("query %s is dropped, and the store still has rows of it", id)
		}
	}
	for id, q := range r.registered {
		r.rows[id] = r.store.rows(q)
	}
	return r.rows, nil
}

// change is a query that comes or goes before a document.
type change struct {
	before int
	drop   bool
	id     string
}

func changesOf(queries map[string]Standing, docs int) ([]change, error) {
	var out []change
	for id, q := range queries {
		if q.From < 0 || q.From > docs || q.To != 0 && (q.To <= q.From || q.To > docs) {
			return nil, fmt.Errorf("query %s stands from document %d to %d of %d", id, q.From, q.To, docs)
		}
		out = append(out, change{before: q.From, id: id})
		if q.To != 0 {
			out = append(out, change{before: q.To, drop: true, id: id})
		}
	}
	slices.SortFunc(out, func(a, b change) int {
		if a.before == b.before && a.drop != b.drop {
			if a.drop {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(a.before, b.before), cmp.Compare(a.id, b.id))
	})
	return out, nil
}

// errEnded says that the log is asked for more than there is.
var errEnded = errors.New("everything has been merged, and the store was not told of the end")

// advance is called when everything written has been merged: it makes the changes
// that are due and scans the documents up to the next ones.
func (r *run) advance() error {
	if r.ended {
		return errEnded
	}
	due := r.due()
	for _, c := range due {
		if c.drop {
			r.rows[c.id] = r.store.rows(r.registered[c.id])
			r.builder.Drop(c.id)
			r.drop(c.id)
			continue
		}
		if err := r.register(c.id); err != nil {
			return fmt.Errorf("query %s: %w", c.id, err)
		}
		if err := r.builder.Add(c.id, r.plans[c.id]); err != nil {
			return err
		}
	}
	r.changes = r.changes[len(due):]
	r.plan = r.position - 1
	until := len(r.docs)
	if len(r.changes) > 0 {
		until = r.changes[0].before
	}
	if r.Ahead {
		for _, c := range r.changes {
			if c.before == until && !c.drop {
				if err := r.register(c.id); err != nil {
					return fmt.Errorf("query %s: %w", c.id, err)
				}
			}
		}
	}
	r.publish()
	if err := r.take(); err != nil {
		return err
	}
	return r.scan(until, until == len(r.docs) && len(r.changes) == 0)
}

// due returns the changes before the next document.
func (r *run) due() []change {
	n := 0
	for n < len(r.changes) && r.changes[n].before == r.read {
		n++
	}
	return r.changes[:n]
}

// register gives a query a place in the registry, once.
func (r *run) register(id string) error {
	if r.registered[id] != nil {
		return nil
	}
	root, err := sql.Compile(r.queries[id].SQL, r.Catalog)
	if err != nil {
		return err
	}
	// Through its bytes, as the registry has it.
	if root, err = plan.Decode(plan.Encode(root)); err != nil {
		return err
	}
	q, err := build.Query(root)
	if err != nil {
		return err
	}
	if err := r.keepApart(id, root, q); err != nil {
		return err
	}
	q.ID, q.Epoch, q.Position = id, r.position, r.position
	r.registered[id], r.plans[id] = q, root
	r.position++
	return nil
}

// keepApart gives a query the nodes that the builder makes for it.
func (r *run) keepApart(id string, root *plan.Output, q *merge.Query) error {
	if r.Apart == (share.Apart{}) {
		return nil
	}
	shape, err := share.Decompose(root)
	if err != nil {
		return err
	}
	shape = shape.Apart(id, r.Apart)
	q.Selection = shape.Selection.ID
	if q.Rows != nil {
		q.Rows.Node = shape.Rows.NodeID
	} else {
		q.Table.Node = shape.Table.NodeID
	}
	return nil
}

func (r *run) drop(id string) {
	delete(r.registered, id)
	r.dropped[id] = r.position
	r.position++
}

// publish shows merge the registry as it is now.
func (r *run) publish() {
	r.registry.defs.Store(&merge.Definitions{Position: r.position, Queries: merge.DirectoryOf(r.registered), Drops: merge.DirectoryOf(r.dropped)})
}
