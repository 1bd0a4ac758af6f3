package mix

import "slices"

// Mix is a kind of set of standing queries over the stream tweets.
type Mix struct {
	Name string
	Doc  string // one line
	// Churns: queries come and go while it runs.
	Churns bool

	// query returns the text of query i, from 0, by the numbers of s, which are
	// drawn for that query alone.
	query func(s *source, i int) string
	// shares is the name of the mix whose numbers it draws; "": its own.
	shares string
}

// All returns the mixes.
func All() []Mix {
	return []Mix{keywords(), mixed(), conjunctions(), overlap(), groupby(), ranges(), churn(), worst()}
}

// Names returns their names.
func Names() []string {
	var out []string
	for _, m := range All() {
		out = append(out, m.Name)
	}
	return out
}

// Lookup returns the mix of a name.
func Lookup(name string) (Mix, bool) {
	all := All()
	if i := slices.IndexFunc(all, func(m Mix) bool { return m.Name == name }); i >= 0 {
		return all[i], true
	}
	return Mix{}, false
}

// Queries returns the first n queries of a seed.
func (m Mix) Queries(seed uint64, n int) []string {
	name := m.Name
	if m.shares != "" {
		name = m.shares
	}
	out := make([]string, n)
	for i := range out {
		s := newSource(seed, name, i)
		out[i] = m.query(&s, i)
	}
	return out
}
