package bench

import (
	"fmt"
	"strconv"

	"github.com/millrace/millrace/libs/sql"
	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/libs/sql/plan"
	"github.com/millrace/millrace/services/millrace/internal/bench/engine"
	"github.com/millrace/millrace/services/millrace/internal/bench/mix"
)

// set is the queries of a mix or a script, as the registry holds them: encoded, so
// that what an engine keeps of a query is its own.
type set struct {
	name   string
	churns bool
	ids    []string
	plans  [][]byte
	texts  []string // SQL, where it is known
}

func mixSet(m mix.Mix, seed uint64, n int, cat *catalog.Catalog) (*set, error) {
	s := &set{name: m.Name, churns: m.Churns, texts: m.Queries(seed, n)}
	for i, text := range s.texts {
		root, err := sql.Compile(text, cat)
		if err != nil {
			return nil, fmt.Errorf("mix %s, query %d: %s: %w", m.Name, i, text, err)
		}
		s.add("q"+strconv.Itoa(i+1), root)
	}
	return s, nil
}

func scriptSet(script *Script) *set {
	s := &set{name: script.Name}
	for i, root := range script.Plans {
		s.add(script.IDs[i], root)
	}
	return s
}

func (s *set) add(id string, root *plan.Output) {
	s.ids = append(s.ids, id)
	s.plans = append(s.plans, plan.Encode(root))
}

// query returns query i, made anew.
func (s *set) query(i int) (engine.Query, error) {
	root, err := plan.Decode(s.plans[i])
	if err != nil {
		return engine.Query{}, fmt.Errorf("query %s: %w", s.ids[i], err)
	}
	return engine.NewQuery(s.ids[i], root)
}
