package directory

import (
	"context"

	"github.com/millrace/millrace/libs/explain"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/libs/submission"
	"github.com/millrace/millrace/libs/wire"
)

// Catalog returns the streams and views that there are now, by what the registry has
// shown.
func (d *Directory) Catalog() *catalog.Catalog { return d.live.Load() }

// readDeclaration takes a record of millrace.registry about a stream or a view, if it is
// one.
func (d *Directory) readDeclaration(rec *kafka.Record) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	header, _ := rec.Header(wire.HeaderEpoch)
	change, err := d.declared.Read(rec.Key, rec.Value, header)
	if err != nil || change.Object == "" {
		return err
	}
	d.declares()
	d.changed(declaredKey(change.Object, change.Name))
	return change.LeftOut
}

// declares makes the declared streams and views those that there are.
func (d *Directory) declares() {
	now := d.declared.Catalog()
	if d.live.Swap(now) != now {
		d.plans.change(func(p *explain.Plans) { p.Over(now) })
	}
}

// declaredKey is what who waits for news of a stream or view waits for: no query has
// such an id.
func declaredKey(object wire.Object, name string) string { return string(object) + "/" + name }

// Fate is what became of a submission about a stream or a view.
type Fate struct {
	Message   string     // for people
	Rejection *Rejection // nil: it was not rejected
}

// fates are those of the last submissions, by epoch.
type fates struct {
	last  map[int64]Fate
	order []int64
}

// fate takes a status of a stream or a view. Repeats change nothing.
func (d *Directory) fate(s *wire.Status) {
	f := &d.fates
	if _, known := f.last[s.Epoch]; known {
		return
	}
	if f.last == nil {
		f.last = map[int64]Fate{}
	}
	fate := Fate{Message: s.Message}
	if s.Transition == wire.Rejected {
		fate.Rejection = rejection(s)
	}
	f.last[s.Epoch] = fate
	if f.order = append(f.order, s.Epoch); len(f.order) > maxUnregistered {
		delete(f.last, f.order[0])
		f.order = f.order[1:]
	}
	d.changed(declaredKey(s.Object, s.ID))
}

// AwaitDeclared waits until the declaration that was submitted at an epoch is decided and,
// unless it was rejected, the catalog is as it says. False: ctx was done before.
func (d *Directory) AwaitDeclared(ctx context.Context, of *submission.Declaration, epoch int64) (Fate, bool) {
	for {
		news, stop := d.Changed(declaredKey(of.Object, of.Name))
		if fate, settled := d.settled(of, epoch); settled {
			stop()
			return fate, true
		}
		select {
		case <-news:
		case <-ctx.Done():
			stop()
			return Fate{}, false
		}
	}
}

func (d *Directory) settled(of *submission.Declaration, epoch int64) (Fate, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	fate, told := d.fates.last[epoch]
	switch {
	case !told:
		return Fate{}, false
	case fate.Rejection != nil, d.declared.Epoch() >= epoch:
		return fate, true
	default:
		// IF EXISTS, IF NOT EXISTS: where it came too late nothing follows from it.
		return fate, of.Spares && d.exists(of) != of.Drops
	}
}

// exists reports whether there is what a declaration is about.
func (d *Directory) exists(of *submission.Declaration) bool {
	if of.Object == wire.ObjectView {
		_, ok := d.declared.Catalog().View(of.Name)
		return ok
	}
	_, ok := d.declared.Catalog().Stream(of.Name)
	return ok
}
