package metrics

import (
	"fmt"
	"slices"
	"sort"
	"sync"
)

// Source puts what it has to tell on a page, which it does not keep. It is called at
// each scrape, for several scrapes at once if need be, and may be on the way when it
// is unregistered.
type Source func(*Page)

// Registry holds the sources of a process. Many goroutines may use it; nil is one
// that nobody reads.
type Registry struct {
	sources *sources
	labels  []Label
}

// sources are what views of one registry share.
type sources struct {
	mu   sync.Mutex
	next int
	all  map[int]registered
}

// registered is a source and the labels of the view that it came by.
type registered struct {
	source Source
	labels []Label
}

// NewRegistry returns a registry without sources.
func NewRegistry() *Registry {
	return &Registry{sources: &sources{all: map[int]registered{}}}
}

// With returns a view of the registry: what is registered with it has one label more.
func (r *Registry) With(name, value string) *Registry {
	if r == nil {
		return nil
	}
	return &Registry{sources: r.sources, labels: append(slices.Clone(r.labels), Label{name, value})}
}

// Register adds a source; unregister takes it away again.
func (r *Registry) Register(source Source) (unregister func()) {
	if r == nil {
		return func() {}
	}
	s := r.sources
	s.mu.Lock()
	defer s.mu.Unlock()
	id := s.next
	s.next++
	s.all[id] = registered{source, r.labels}
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.all, id)
	}
}

// Gather asks all sources, also those registered with other views, and returns the
// families by name. It fails where the sources contradict each other: a metric has
// one value and a family one type and one help.
func (r *Registry) Gather() ([]Family, error) {
	if r == nil {
		return nil, nil
	}
	r.sources.mu.Lock()
	all := make([]registered, 0, len(r.sources.all))
	for _, s := range r.sources.all {
		all = append(all, s)
	}
	r.sources.mu.Unlock()
	pages := make([]*Page, len(all))
	var asked sync.WaitGroup // at once: a source may wait for a server that is away
	for i, s := range all {
		pages[i] = newPage(s.labels)
		asked.Go(func() { s.source(pages[i]) })
	}
	asked.Wait()
	whole := newPage(nil)
	for _, p := range pages {
		whole.merge(p)
	}
	if whole.err != nil {
		return nil, whole.err
	}
	families := make([]Family, 0, len(whole.families))
	for _, f := range whole.families {
		sort.Slice(f.Series, func(i, j int) bool { return compareLabels(f.Series[i].Labels, f.Series[j].Labels) < 0 })
		for i := 1; i < len(f.Series); i++ {
			if compareLabels(f.Series[i-1].Labels, f.Series[i].Labels) == 0 {
				return nil, fmt.Errorf("metric %s%v is told twice", f.Name, f.Series[i].Labels)
			}
		}
		families = append(families, *f)
	}
	sort.Slice(families, func(i, j int) bool { return families[i].Name < families[j].Name })
	return families, nil
}
