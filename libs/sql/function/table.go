package function

import (
	"slices"
	"strings"
	"sync"
)

// table holds all scalar functions in the order of documentation, made when the
// first is looked up.
var table = sync.OnceValue(func() []Scalar {
	return slices.Concat(
		logic(), comparisons(), nulls(), truths(), texts(),
		choices(),
		arithmetic(),
		numberFunctions(), roundings(), transcendentals(),
		caseFunctions(), lengths(), parts(), searches(), trims(), joins(), codes(), formats(),
		regulars(),
		fields(), truncations(), instants(),
		arrays(), quantified(), arrayParts(), arrayOrders(), arrayTexts(),
		documents(), documentPaths(), sampling(),
		posts(),
		casts(),
	)
})

// Scalars returns all scalar functions in the order of documentation: by section.
func Scalars() []Scalar { return slices.Clone(table()) }

// byName holds the scalar functions by canonical name, and by aliases and operators.
var byName = sync.OnceValues(func() (canonical, all map[string]*Scalar) {
	fs := table()
	canonical, all = make(map[string]*Scalar, len(fs)), make(map[string]*Scalar, 2*len(fs))
	for i := range fs {
		canonical[fs[i].Name] = &fs[i]
		all[fs[i].Name] = &fs[i]
		for _, a := range fs[i].Aliases {
			all[a] = &fs[i]
		}
	}
	return canonical, all
})

// LookupScalar returns the function with the canonical name. All callers share
// it: it is not to be changed.
func LookupScalar(name string) (*Scalar, bool) {
	canonical, _ := byName()
	f, ok := canonical[name]
	return f, ok
}

// LookupName is [LookupScalar] for names as queries have them: aliases and
// operators are known too, and case does not matter.
func LookupName(name string) (*Scalar, bool) {
	_, all := byName()
	f, ok := all[strings.ToLower(name)]
	return f, ok
}
