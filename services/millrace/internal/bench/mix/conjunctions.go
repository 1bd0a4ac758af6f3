package mix

import (
	"fmt"
	"strings"

	"github.com/millrace/millrace/services/millrace/internal/splitmix"
)

// conjunctions are ANDs of two to four conditions, of which one is selective: each
// query needs an access predicate, and which is best differs.
func conjunctions() Mix {
	v := newVocabulary()
	return Mix{
		Name: "conjunctions",
		Doc:  "AND of two to four conditions, one of them selective",
		query: func(s *source, _ int) string {
			var all []string
			switch s.Below(4) {
			case 0:
				all = append(all, contains(v.draw(s)))
			case 1:
				all = append(all, v.hashtag(s))
			case 2:
				all = append(all, followers(s))
			default:
				all = append(all, contains(v.draw(s)), contains(v.draw(s)))
			}
			for _, add := range []func() string{
				func() string { return "lang = " + quote(v.lang(s)) },
				func() string {
					return splitmix.Pick(s, []string{"NOT is_retweet", "is_retweet", "NOT user.verified", "is_reply"})
				},
				func() string { return fmt.Sprintf("retweet_count >= %d", s.Below(200)) },
			} {
				if len(all) < 2 || s.Percent(40) {
					all = append(all, add())
				}
			}
			return "SELECT count(*) FROM tweets WHERE " + strings.Join(all, " AND ")
		},
	}
}
