package directory

import (
	"context"
	"time"

	"github.com/millrace/millrace/libs/explain"
	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/libs/sql/plan"
	"github.com/millrace/millrace/libs/wire"
)

// plansKept is for how long the shared plan is kept after somebody asked for it.
const plansKept = 10 * time.Minute

// plans is the shared plan of the registered queries, which takes much more memory
// than the directory needs otherwise: it is made when somebody asks for it, then
// follows every change, and is forgotten when nobody has asked for a while.
type plans struct {
	empty func(*catalog.Catalog) *explain.Plans

	now   *explain.Plans         // nil: there is none
	used  time.Time              // when it was asked for last
	made  chan struct{}          // while it is being made: closed at the end
	later []func(*explain.Plans) // changes that came meanwhile
}

// Planning returns an empty directory that can tell the shared plan of the registered
// queries, which it makes of an empty one over the streams that there are.
func Planning(builtIn *catalog.Catalog, empty func(*catalog.Catalog) *explain.Plans) *Directory {
	d := New(builtIn)
	d.plans = &plans{empty: empty}
	return d
}

// Plans returns the shared plan of all registered queries, that of a [Planning]
// directory. Where nobody has asked for it lately it is made first, which takes
// seconds for 100,000 queries, and ends early only for those who wait for another's
// making of it.
func (d *Directory) Plans(ctx context.Context) (*explain.Plans, error) {
	for {
		d.mu.Lock()
		p := d.plans
		switch {
		case p.now != nil:
			p.used = time.Now()
			now := p.now
			d.mu.Unlock()
			return now, nil
		case p.made == nil:
			p.made = make(chan struct{})
			registered := make([]planned, 0, len(d.entries))
			for id, e := range d.entries {
				if e.query != nil {
					registered = append(registered, planned{id, e.plan, e.query.Ended()})
				}
			}
			over := d.declared.Catalog()
			d.mu.Unlock()
			d.makePlans(registered, over)
			continue
		}
		made := p.made
		d.mu.Unlock()
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-made:
		}
	}
}

// planned is a registered query and its plan as bytes.
type planned struct {
	id     string
	plan   []byte
	failed bool
}

// into puts the query into the shared plan; out and err are what its bytes decode to.
func (q *planned) into(p *explain.Plans, out *plan.Output, err error) {
	switch {
	case q.failed:
		p.Fail(q.id, q.plan)
	case err != nil:
		p.LeaveOut(q.id, err)
	default:
		p.Run(q.id, out, q.plan)
	}
}

// makePlans makes the shared plan of queries, and of what changes meanwhile.
func (d *Directory) makePlans(registered []planned, over *catalog.Catalog) {
	made := d.plans.empty(over)
	for i := range registered {
		out, err := plan.Decode(registered[i].plan)
		registered[i].into(made, out, err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	p := d.plans
	for len(p.later) > 0 {
		later := p.later
		p.later = nil
		d.mu.Unlock()
		for _, change := range later {
			change(made)
		}
		d.mu.Lock()
	}
	p.now, p.used = made, time.Now()
	close(p.made)
	p.made = nil
	time.AfterFunc(plansKept, d.forgetPlans)
}

// forgetPlans lets the shared plan go if nobody has asked for it for long enough.
func (d *Directory) forgetPlans() {
	d.mu.Lock()
	defer d.mu.Unlock()
	p := d.plans
	if rest := plansKept - time.Since(p.used); rest > 0 {
		time.AfterFunc(rest, d.forgetPlans)
		return
	}
	p.now = nil
}

// change has the shared plan follow, if there is one.
func (p *plans) change(f func(*explain.Plans)) {
	switch {
	case p == nil:
	case p.now != nil:
		f(p.now)
	case p.made != nil:
		p.later = append(p.later, f)
	}
}

// plan follows a registered query, whose plan decodes to out, or not, with err.
func (d *Directory) plan(e *entry, r *wire.Registry, out *plan.Output, err error) {
	if d.plans == nil {
		return
	}
	e.plan = r.Plan
	q := planned{r.ID, r.Plan, r.Failed != nil}
	d.plans.change(func(p *explain.Plans) { q.into(p, out, err) })
}

// unplan follows a drop.
func (d *Directory) unplan(e *entry, id string) {
	e.plan = nil
	d.plans.change(func(p *explain.Plans) { p.Drop(id) })
}
