package bind

import "github.com/millrace/millrace/libs/sql/plan"

// keySet is different expressions in an order. There may be thousands, and each part of
// what stands above them is looked for among them.
type keySet struct {
	keys []plan.Expr
	ids  plan.IDs
	byID map[plan.ID]int
}

// index returns the index of the key that x is, or -1.
func (s *keySet) index(x plan.Expr) int {
	if i, ok := s.byID[s.ids.Of(x)]; ok {
		return i
	}
	return -1
}

// add adds a key unless it is there, and reports whether it was not.
func (s *keySet) add(x plan.Expr) bool {
	if s.index(x) >= 0 {
		return false
	}
	if s.byID == nil {
		s.byID = make(map[plan.ID]int)
	}
	s.byID[s.ids.Of(x)] = len(s.keys)
	s.keys = append(s.keys, x)
	return true
}
