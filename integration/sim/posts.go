package sim

import (
	"fmt"
	"math"
	"math/bits"
	"strings"
	"time"
)

// post is what the oracle knows of a document.
type post struct {
	id       int64
	lang     string
	retweets int64
	odd      bool  // it has text in the place of retweets, which counts as NULL
	at       int64 // event time, milliseconds since 1970, or never
}

// never is the event time of a post that has none.
const never = math.MinInt64

// many are so many retweets that two such posts are more than a BIGINT holds.
const many = 6e18

// languages are many, so that what was lost is not soon written over.
var languages = []string{
	"en", "de", "ja", "fr", "es", "pt", "tr", "ar", "ko", "th", "id", "it",
	"nl", "pl", "ru", "sv", "fi", "da", "el", "he", "hi", "hu", "ro", "uk",
}

// post appends a record to one of the feeds.
func (l *workload) post() {
	f := l.tweets.feed
	if l.logs != nil && l.w.chance(3) { // declared or not
		f = l.logs
	}
	l.postTo(f)
}

// postTo appends a record of one to three posts.
func (l *workload) postTo(f *feed) {
	p := l.w.rng.IntN(len(f.parts))
	part := f.parts[p]
	var posts []post
	var text strings.Builder
	lines := 1 + l.w.rng.IntN(3)
	for line := range lines {
		if l.w.chance(30) {
			f.poison[spot{p, part.end(), line + 1}] = true
			text.WriteString("{\"id\": poison\n")
			continue
		}
		l.made++
		it := l.makePost(f.spread)
		posts = append(posts, it)
		text.WriteString(it.document() + "\n")
	}
	f.posts[[2]int64{int64(p), part.end()}] = posts
	f.lines[[2]int64{int64(p), part.end()}] = lines
	part.entries = append(part.entries, &entry{value: []byte(text.String()), lines: true, at: time.Now()})
	if l.w.chance(2) { // the end of its transaction
		part.entries = append(part.entries, &entry{control: true, at: time.Now()})
	}
}

func (l *workload) makePost(spread int) post {
	n := 1 + l.w.rng.IntN(len(languages))
	it := post{
		id: l.made, lang: languages[l.w.rng.IntN(n)], retweets: int64(l.w.rng.IntN(10)),
		at: time.Now().UnixMilli() - int64(l.w.rng.IntN(spread)),
	}
	switch l.w.rng.IntN(60) {
	case 0:
		it.odd = true
	case 1:
		it.at = never
	case 2:
		it.retweets = many
	}
	return it
}

// document is the post in JSON.
func (p *post) document() string {
	retweets, at := fmt.Sprint(p.retweets), fmt.Sprintf(`,"created_at":%d`, p.at)
	if p.odd {
		retweets = `"some"`
	}
	if p.at == never {
		at = ""
	}
	return fmt.Sprintf(`{"id":%d,"lang":%q,"retweet_count":%s%s}`, p.id, p.lang, retweets, at)
}

// total is the sum of what was retweeted; false where there is none, or it is more
// than a BIGINT holds.
func total(posts []post) (sum int64, ok bool) {
	var high, low uint64
	for _, p := range posts {
		if !p.odd {
			var carry uint64
			low, carry = bits.Add64(low, uint64(p.retweets), 0)
			high, ok = high+carry, true
		}
	}
	return int64(low), ok && high == 0 && low <= math.MaxInt64
}
