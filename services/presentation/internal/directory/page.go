package directory

import (
	"maps"
	"slices"
)

// maxOwners bounds the owners that a page names.
const maxOwners = 100

// Page is a part of the list, and what the whole is.
type Page struct {
	Queries []Query
	Next    string         // where to go on, "" at the end
	From    int            // how many that the filter chooses come before
	Total   int            // how many it chooses
	States  map[string]int // how many it chooses in each state if it chose by none
	Owners  []string       // of all registered queries, the first maxOwners, sorted
}

// Version grows with every change of what [Directory.Page] tells.
func (d *Directory) Version() uint64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.version
}

// Page returns what [Directory.List] does, and counts all that there is.
func (d *Directory) Page(f Filter, after string, limit int) Page {
	d.mu.Lock()
	defer d.mu.Unlock()
	p := Page{Queries: []Query{}, States: map[string]int{}}
	owners := map[string]bool{}
	more := false
	for _, id := range d.ids() {
		q, _ := d.entries[id].look(id)
		if q.Owner != "" {
			owners[q.Owner] = true
		}
		if !f.matchesBut(&q) {
			continue
		}
		p.States[q.State]++
		if f.State != "" && q.State != f.State {
			continue
		}
		p.Total++
		switch {
		case id <= after && after != "":
			p.From++
		case len(p.Queries) < limit:
			q.Labels = maps.Clone(q.Labels)
			p.Queries = append(p.Queries, q)
		default:
			more = true
		}
	}
	if more {
		p.Next = p.Queries[limit-1].ID
	}
	p.Owners = slices.AppendSeq([]string{}, maps.Keys(owners)) // [], not null, where nobody owns any
	slices.Sort(p.Owners)
	p.Owners = p.Owners[:min(len(p.Owners), maxOwners)]
	return p
}
