package mix

import (
	"fmt"

	"github.com/millrace/millrace/services/millrace/internal/splitmix"
)

// worst has nothing that can be shared or indexed: each query has a pattern of its
// own of single letters with gaps between them, some beside a comparison of two
// columns.
func worst() Mix {
	letter := func(s *source) string { return string(rune('a' + s.Below(26))) }
	return Mix{
		Name: "worst",
		Doc:  "patterns of single letters, each another: nothing to share and nothing to index",
		query: func(s *source, _ int) string {
			pattern := "%" + letter(s) + "_" + letter(s) + "%" + letter(s) + "_" + letter(s) + "_" + letter(s) + "%"
			where := fmt.Sprintf("text %s '%s'", splitmix.Pick(s, []string{"LIKE", "LIKE", "LIKE", "ILIKE"}), pattern)
			switch s.Below(6) {
			case 0:
				where += " AND user.followers_count < user.friends_count"
			case 1:
				where += " AND retweet_count < favorite_count"
			}
			return "SELECT count(*) FROM tweets WHERE " + where
		},
	}
}
