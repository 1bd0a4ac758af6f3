package merge

import (
	"bytes"
	"iter"
	"slices"
	"sort"

	"github.com/millrace/millrace/libs/sql/plan"
)

// fewAggs are so few that one is found among them by looking at each.
const fewAggs = 8

// unionOf returns the aggregates that queries want, each once, by id.
func unionOf(queries iter.Seq[*Query]) []Aggregate {
	var union []Aggregate
	var seen map[plan.ID]struct{} // of many
	for q := range queries {
		if q.Table == nil {
			continue
		}
		for _, a := range q.Table.Aggs {
			if len(union) < fewAggs {
				if slices.ContainsFunc(union, func(b Aggregate) bool { return a.ID == b.ID }) {
					continue
				}
			} else {
				if seen == nil {
					seen = map[plan.ID]struct{}{}
					for _, b := range union {
						seen[b.ID] = struct{}{}
					}
				}
				if _, ok := seen[a.ID]; ok {
					continue
				}
				seen[a.ID] = struct{}{}
			}
			union = append(union, a)
		}
	}
	sort.Slice(union, func(i, j int) bool { return bytes.Compare(union[i].ID[:], union[j].ID[:]) < 0 })
	return union
}
