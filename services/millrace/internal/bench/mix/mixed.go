package mix

import (
	"strings"

	"github.com/millrace/millrace/services/millrace/internal/splitmix"
)

// mixed is what many users of a listening service ask together: 40 % CONTAINS of a
// vocabulary of 20,000 words by Zipf's law, 20 % membership of a hashtag, 20 % a
// language and a range of followers, 10 % OR of two of these, 10 % ILIKE; some of
// them with a condition under NOT, some over fields that are often NULL.
func mixed() Mix {
	v := newVocabulary()
	return Mix{
		Name:  "mixed",
		Doc:   "40 % CONTAINS, 20 % hashtags, 20 % language and followers, 10 % OR of two, 10 % ILIKE",
		query: func(s *source, _ int) string { return v.mixed(s) },
	}
}

// churn is mixed while queries come and go at random moments.
func churn() Mix {
	m := mixed()
	m.Name, m.Doc, m.Churns, m.shares = "churn", "the queries of mixed, added and dropped at random moments while it runs", true, m.Name
	return m
}

// mixed makes one query. All together they read six columns.
func (v *vocabulary) mixed(s *source) string {
	where := v.mixedWhere(s)
	switch n := s.Below(100); {
	case n < 80:
		return "SELECT count(*) FROM tweets WHERE " + where
	case n < 88:
		return "SELECT lang, count(*) AS n FROM tweets WHERE " + where + " GROUP BY lang"
	case n < 92:
		return "SELECT count(*), avg(user.followers_count) FROM tweets WHERE " + where
	case n < 96:
		return "SELECT max(user.followers_count), sum(user.followers_count) FROM tweets WHERE " + where
	default:
		return "SELECT place.country_code, count(*) AS n, count(reply_to) AS replies FROM tweets WHERE " + where + " GROUP BY place.country_code"
	}
}

func (v *vocabulary) mixedWhere(s *source) string {
	where := ""
	switch n := s.Below(100); {
	case n < 40:
		where = contains(v.draw(s))
	case n < 60:
		where = v.hashtag(s)
	case n < 80:
		where = v.langAnd(s)
	case n < 90:
		where = "(" + v.simple(s) + " OR " + v.simple(s) + ")"
	default:
		where = v.ilike(s)
	}
	switch n := s.Below(100); {
	case n < 8:
		return where + " AND NOT " + v.excluded(s)
	case n < 16:
		return where + " AND " + oftenNull(s)
	default:
		return where
	}
}

// simple is one condition of a query of an OR.
func (v *vocabulary) simple(s *source) string {
	switch n := s.Below(10); {
	case n < 5:
		return contains(v.draw(s))
	case n < 8:
		return v.hashtag(s)
	default:
		return v.langAnd(s)
	}
}

func (v *vocabulary) hashtag(s *source) string { return quote(v.tag(s)) + " = ANY(hashtags)" }

func (v *vocabulary) langAnd(s *source) string {
	return "lang = " + quote(v.lang(s)) + " AND " + followers(s)
}

// ilike looks for a word, or two in this order, in letters of any case.
func (v *vocabulary) ilike(s *source) string {
	word := v.draw(s)
	switch s.Below(3) {
	case 0:
		word = strings.ToUpper(word)
	case 1:
		word = title(word)
	}
	if s.Percent(10) {
		word += "%" + v.draw(s)
	}
	return "text ILIKE " + quote("%"+word+"%")
}

// excluded is what a query leaves out.
func (v *vocabulary) excluded(s *source) string {
	switch s.Below(4) {
	case 0:
		return contains(v.draw(s))
	case 1:
		return "text CONTAINS 'RT @'"
	case 2:
		return v.hashtag(s)
	default:
		return "lang = " + quote(v.lang(s))
	}
}

// oftenNull is a condition on a field that most posts do not have.
func oftenNull(s *source) string {
	country := splitmix.Pick(s, strings.Fields("US JP BR GB TR ES ID MX FR CA"))
	switch s.Below(5) {
	case 0:
		return "place.country_code = " + quote(country)
	case 1:
		return "NOT place.country_code = " + quote(country)
	case 2:
		return "place.country_code IS NULL"
	case 3:
		return "(reply_to IS NOT NULL OR place.country_code = " + quote(country) + ")"
	default:
		return "reply_to IS NULL"
	}
}
