package bind

import (
	"cmp"
	"slices"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/plan"
)

// identify gives a union what tells its rows apart: what does so in each branch, a document
// and the positions of what is unnested of it. These are columns that no query names.
// Plans over the branches have as many keys of the same types, so a branch has its own in
// the places of their types, and NULL in the others; the order of the places is that of
// the types, not that of the branches, which means nothing.
func (b *binder) identify(r *relation, all []branch) {
	var types []record.Type
	places := make([][]plan.Expr, len(all))
	for i := range all {
		places[i] = make([]plan.Expr, len(types))
		for _, x := range all[i].identity {
			at := 0
			for at < len(types) && (places[i][at] != nil || !types[at].Equal(x.Type())) {
				at++
			}
			if at == len(types) {
				types, places[i] = append(types, x.Type()), append(places[i], nil)
			}
			places[i][at] = x
		}
	}
	order := make([]int, len(types))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(types[i].Kind, types[j].Kind) })
	for _, at := range order {
		t := types[at]
		key := &plan.Column{Name: placeholder(len(all[0].cols)), Typ: t}
		var size extent
		for i := range all {
			var own plan.Expr = &plan.Literal{Value: record.NullOf(t)}
			if at < len(places[i]) && places[i][at] != nil {
				own = places[i][at]
			}
			all[i].cols = append(slices.Clip(all[i].cols), plan.NamedExpr{Name: key.Name, Expr: own})
			of := b.whole.extent(own, all[i].branches)
			size.nodes, size.depth = b.whole.sum(size.nodes, of.nodes), max(size.depth, of.depth)
		}
		b.whole.columns[key] = size
		r.identity = append(r.identity, key)
	}
}
