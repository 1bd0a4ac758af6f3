package directory

import (
	"github.com/millrace/millrace/libs/explain"
	"github.com/millrace/millrace/libs/sql/plan"
	"github.com/millrace/millrace/libs/wire"
)

// Planning returns an empty directory that keeps the plans of registered queries
// in plans.
func Planning(plans *explain.Plans) *Directory {
	d := New()
	d.plans = plans
	return d
}

// plan follows a registered query; err says why its plan cannot be read.
func (d *Directory) plan(r *wire.Registry, out *plan.Output, err error) {
	switch {
	case d.plans == nil:
	case err != nil:
		d.plans.LeaveOut(r.ID, err)
	case r.Failed != nil:
		d.plans.Fail(r.ID, r.Plan)
	default:
		d.plans.Run(r.ID, out, r.Plan)
	}
}

// unplan follows a drop.
func (d *Directory) unplan(id string) {
	if d.plans != nil {
		d.plans.Drop(id)
	}
}
