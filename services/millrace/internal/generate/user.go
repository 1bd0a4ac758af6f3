package generate

import (
	"strconv"
	"time"

	"github.com/millrace/millrace/services/millrace/internal/splitmix"
)

// userCount is how many people post.
const userCount = 20000

// user is one author. Followers do not change while posts are generated.
type user struct {
	id          int64
	screenName  string
	name        string
	location    string // "" is null
	description string // "" is null
	language    int
	followers   int
	friends     int
	statuses    int
	favourites  int
	listed      int
	verified    bool
	created     time.Time
	zone        int // index into zones, -1 is null
	look        uint64
}

type zone struct {
	name   string
	offset int // seconds
}

func zones() []zone {
	return []zone{
		{"Pacific Time (US & Canada)", -25200},
		{"Eastern Time (US & Canada)", -14400},
		{"London", 3600},
		{"Tokyo", 32400},
		{"Brasilia", -10800},
		{"Amsterdam", 7200},
		{"Riyadh", 10800},
		{"Jakarta", 25200},
	}
}

func locations() []string {
	return []string{
		"London", "New York, NY", "東京", "São Paulo, Brasil", "Los Angeles, CA", "İstanbul", "Madrid", "الرياض",
		"Paris, France", "Jakarta", "日本 大阪", "서울", "México", "Chicago, IL", "Berlin", "กรุงเทพ", "Lagos, Nigeria",
		"Toronto, Ontario", "Москва", "worldwide", "earth 🌍", "Amsterdam",
	}
}

// newUsers makes the authors that a seed has.
func newUsers(seed uint64, langs shares, vs []vocabulary, followers logNormal) []user {
	all := make([]user, userCount)
	places, zoneCount := locations(), len(zones())
	var buf []byte
	for i := range all {
		s := sequence(seed, userSequence, uint64(i))
		u := &all[i]
		// Ids are apart by construction, and not in the order of the authors.
		u.id = int64(i*7919%userCount)*150_000 + int64(s.Below(150_000)) + 12
		u.language = langs.draw(&s)
		v := vs[u.language]
		u.screenName = screenName(&s, vs[0], i)
		u.name = hashtagWord(v.list[s.Below(len(v.list))])
		if v.spaced {
			u.name += " " + hashtagWord(v.list[s.Below(len(v.list))])
		}
		if s.Percent(65) {
			u.location = splitmix.Pick(&s, places)
		}
		if s.Percent(90) {
			buf = buf[:0]
			for n := range 5 + s.Below(12) {
				if n > 0 && v.spaced {
					buf = append(buf, ' ')
				}
				buf = append(buf, v.list[s.Below(300)]...)
			}
			u.description = string(buf)
		}
		u.followers = followers.draw(&s)
		u.friends = followers.draw(&s)*2/3 + s.Below(50)
		u.statuses = followers.draw(&s)*9 + s.Below(2000)
		u.favourites = followers.draw(&s) * 3
		u.listed = u.followers / (40 + s.Below(100))
		u.verified = u.followers > 50_000 && s.Percent(30)
		u.created = time.Unix(1180000000+int64(s.Below(280_000_000)), 0).UTC()
		u.zone = s.Below(2*zoneCount) - zoneCount
		if u.zone < 0 {
			u.zone = -1
		}
		u.look = s.Next()
	}
	return all
}

// screenName makes a name of at most 15 letters, digits and underscores that no
// other author has.
func screenName(s *source, v vocabulary, i int) string {
	buf := make([]byte, 0, 16)
	for _, c := range []byte(hashtagWord(v.list[200+s.Below(len(v.list)-200)])) {
		if len(buf) < 9 {
			buf = append(buf, c)
		}
	}
	if s.Percent(40) {
		buf = append(buf, '_')
	}
	return string(strconv.AppendInt(buf, int64(i), 10))
}

// shares draws an index in proportion to given shares.
type shares []uint8

// newShares makes a distribution over the languages.
func newShares(vs []vocabulary) shares {
	var z shares
	for i, v := range vs {
		for range v.share {
			z = append(z, uint8(i))
		}
	}
	return z
}

func (z shares) draw(s *source) int { return int(z[s.Below(len(z))]) }
