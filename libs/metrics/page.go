package metrics

import (
	"fmt"
	"sort"
)

// Page is what a source tells at one scrape. One goroutine uses it.
type Page struct {
	families map[string]*Family
	labels   []Label // that all metrics have
	err      error   // the first contradiction
}

func newPage(labels []Label) *Page { return &Page{families: map[string]*Family{}, labels: labels} }

// Add tells the value of a counter or a gauge, for the values of the labels that d names.
func (p *Page) Add(d *Desc, value float64, values ...string) {
	p.add(d, Series{Value: value}, values)
}

// AddDistribution is [Page.Add] for a histogram or a summary.
func (p *Page) AddDistribution(d *Desc, value Distribution, values ...string) {
	p.add(d, Series{Distribution: &value}, values)
}

func (p *Page) add(d *Desc, s Series, values []string) {
	distribution := d.Type == Histogram || d.Type == Summary
	if len(values) != len(d.Labels) || distribution != (s.Distribution != nil) {
		p.fail(fmt.Errorf("metric %s is a %s with labels %q, and was told as another, with values %q", d.Name, d.Type, d.Labels, values))
		return
	}
	s.Labels = append(s.Labels, p.labels...)
	for i, name := range d.Labels {
		s.Labels = append(s.Labels, Label{name, values[i]})
	}
	sort.Slice(s.Labels, func(i, j int) bool { return s.Labels[i].Name < s.Labels[j].Name })
	p.append(Family{Name: d.Name, Help: d.Help, Type: d.Type, Series: []Series{s}})
}

// merge adds what another page holds.
func (p *Page) merge(other *Page) {
	if other.err != nil {
		p.fail(other.err)
	}
	for _, f := range other.families {
		p.append(*f)
	}
}

func (p *Page) append(more Family) {
	f := p.families[more.Name]
	if f == nil {
		p.families[more.Name] = &more
		return
	}
	if f.Type != more.Type || f.Help != more.Help {
		p.fail(fmt.Errorf("metric %s is a %s (%s) and a %s (%s)", f.Name, f.Type, f.Help, more.Type, more.Help))
		return
	}
	f.Series = append(f.Series, more.Series...)
}

func (p *Page) fail(err error) {
	if p.err == nil {
		p.err = err
	}
}
