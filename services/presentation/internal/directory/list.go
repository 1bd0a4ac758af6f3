package directory

import (
	"slices"
	"strings"

	"github.com/millrace/millrace/libs/sql/ast"
)

// Filter chooses registered queries. The zero Filter chooses all.
type Filter struct {
	Owner  string // "": any
	State  string // "": any
	ID     string // that the id contains; "": any
	Labels []Label
}

// Label wants a label of that name, and, if HasValue, of that value.
type Label struct {
	Name, Value string
	HasValue    bool
}

func (f *Filter) matches(q *Query) bool {
	return (f.State == "" || q.State == f.State) && f.matchesBut(q)
}

// matchesBut is matches whatever the state.
func (f *Filter) matchesBut(q *Query) bool {
	if f.Owner != "" && q.Owner != f.Owner || !strings.Contains(q.ID, f.ID) {
		return false
	}
	for _, l := range f.Labels {
		v, ok := q.Labels[l.Name]
		if !ok || l.HasValue && v != l.Value {
			return false
		}
	}
	return true
}

// List returns up to limit registered queries that the filter chooses, in order
// of id, from the first id after the given one on. Next is where to go on, ""
// at the end.
func (d *Directory) List(f Filter, after string, limit int) (page []Query, next string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	ids := d.ids()
	from, found := slices.BinarySearch(ids, after)
	if found {
		from++
	}
	for _, id := range ids[from:] {
		q, _ := d.entries[id].view(id)
		if !f.matches(&q) {
			continue
		}
		if len(page) == limit {
			return page, page[limit-1].ID
		}
		page = append(page, q)
	}
	return page, ""
}

// ids returns the ids of registered queries, sorted.
func (d *Directory) ids() []string {
	if d.sorted == nil {
		d.sorted = make([]string, 0, len(d.entries))
		for id, e := range d.entries {
			if e.query != nil {
				d.sorted = append(d.sorted, id)
			}
		}
		slices.Sort(d.sorted)
	}
	return d.sorted
}

// Nearest returns the id of a registered query that may have been meant by id, ""
// for none.
func (d *Directory) Nearest(id string) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	const most = 10_000 // to compare with: a message is not worth more
	ids := d.ids()
	near, _ := ast.Nearest(id, ids[:min(len(ids), most)])
	return near
}

// Counts returns how many registered queries are in which state.
func (d *Directory) Counts() map[string]int {
	d.mu.Lock()
	defer d.mu.Unlock()
	counts := map[string]int{}
	for id, e := range d.entries {
		if e.query != nil {
			q, _ := e.view(id)
			counts[q.State]++
		}
	}
	return counts
}

// Len returns how many queries are registered.
func (d *Directory) Len() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.ids())
}
