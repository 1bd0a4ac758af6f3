package mix

import "fmt"

// ranges are a language and a range of followers, and parts of a range that is
// common to all: what an index of intervals answers.
func ranges() Mix {
	v := newVocabulary()
	return Mix{
		Name: "ranges",
		Doc:  "a language and a range of followers, or a part of a common range",
		query: func(s *source, _ int) string {
			where := v.langAnd(s)
			switch s.Below(4) {
			case 0:
				low := 1000 + s.Below(99_000)
				where = fmt.Sprintf("user.followers_count BETWEEN %d AND %d", low, low+low*(1+s.Below(20))/1000)
			case 1:
				low := s.Below(50_000)
				where = fmt.Sprintf("user.statuses_count >= %d AND user.statuses_count < %d", low, low+1+s.Below(100))
			}
			return "SELECT count(*) FROM tweets WHERE " + where
		},
	}
}
