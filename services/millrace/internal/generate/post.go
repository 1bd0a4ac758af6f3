package generate

import "github.com/millrace/millrace/services/millrace/internal/splitmix"

// snowflakeEpoch is the time that tweet ids count from, in ms.
const snowflakeEpoch = 1288834974657

// popularEvery is the distance between posts that many retweet, a power of two.
const popularEvery = 64

// post is what a tweet says, before it is written.
type post struct {
	id       int64
	at       int64 // ms
	author   int
	language int  // -1: und
	full     body // as written
	text     body // what the field text holds: full, unless that is long
	long     bool
	photo    entity // code 0: none
	place    int    // -1: none
	client   int
	replyTo  int64 // id, 0: none
	replied  int   // author
	quoted   int64 // line whose post is quoted, -1: none
	sharing  int   // retweets
	liking   int
}

// isRetweet reports whether line i repeats another.
func (g *Generator) isRetweet(i int64) bool {
	s := g.postSource(i)
	return s.Percent(retweetPercent)
}

func (g *Generator) postSource(i int64) source {
	return sequence(g.opts.Seed, postSequence, uint64(i))
}

// retweetPercent makes the documents 4.5 KB long on average.
const retweetPercent = 50

// original returns the post that line i repeats or quotes: some recent one, a
// popular one in every second case. It may have been posted before the first
// line, which is why numbers of posts may be negative.
func (g *Generator) original(i int64, s *source) int64 {
	j := i - 1 - int64(s.Below(20_000))
	if s.Percent(50) {
		j &^= popularEvery - 1
	}
	for g.isRetweet(j) {
		j--
	}
	return j
}

// at returns the time of line i in ms.
func (g *Generator) at(i int64) int64 {
	at := g.opts.Start.UnixMilli() + i*g.opts.Step.Microseconds()/1000
	if back := g.opts.Disorder.Milliseconds(); back > 0 {
		s := sequence(g.opts.Seed, timeSequence, uint64(i))
		if s.Percent(25) {
			at -= int64(s.Below(int(back) + 1))
		}
	}
	if i >= 0 {
		return max(at, g.opts.Start.UnixMilli())
	}
	return max(at, snowflakeEpoch)
}

// id returns the id of line i: a time, and a number that keeps the ids of posts
// of one time apart.
func (g *Generator) id(i int64) int64 {
	return (g.at(i)-snowflakeEpoch)<<22 | i&(1<<22-1)
}

// someone draws an author; a few post and are named most.
func (g *Generator) someone(s *source) int {
	const half = 1 << 20
	x := s.Below(half)
	x = x * x / half * s.Below(half) / half
	return x * userCount / half
}

// compile makes the post of line i, which is no retweet.
func (g *Generator) compile(p *post, i int64) {
	s := g.postSource(i)
	s.Next() // what isRetweet has seen
	full, text := p.full, p.text
	full.reset()
	text.reset()
	*p = post{id: g.id(i), at: g.at(i), place: -1, quoted: -1, full: full, text: text}
	p.author = g.someone(&s)
	p.language = g.users[p.author].language
	if s.Percent(12) {
		p.language = g.langs.draw(&s)
	}
	p.client = s.Below(len(g.clients))
	if s.Percent(3) {
		p.place = s.Below(len(g.places))
	}
	p.sharing, p.liking = g.shared.draw(&s), g.shared.draw(&s)*2
	if i%popularEvery == 0 {
		p.sharing, p.liking = 40+p.sharing*30, 80+p.liking*40
	}
	p.long = s.Percent(8)
	g.write(p, &s, i)
	p.long = p.full.runes > shortLimit
	if !p.long {
		p.text.cut(nil, &p.full, shortLimit)
		return
	}
	p.text.cut(nil, &p.full, shortLimit-shortURLRunes-1)
	p.text.addURL(entity{kind: link, code: uint64(p.id)})
}

// share makes the post of line i, a retweet of the post of.
func (g *Generator) share(p *post, i int64, of *post, s *source) {
	text := p.text
	text.reset()
	*p = post{id: g.id(i), at: g.at(i), author: g.someone(s), language: of.language, place: -1, quoted: of.quoted, full: p.full, text: text}
	p.client = s.Below(len(g.clients))
	p.sharing = of.sharing
	g.prefix = append(append(append(g.prefix[:0], "RT @"...), g.users[of.author].screenName...), ": "...)
	p.text.entities = append(p.text.entities, entity{kind: mention, from: 3, to: len(g.prefix) - 2, ref: of.author})
	p.text.cut(g.prefix, &of.full, shortLimit)
	for _, e := range p.text.entities {
		if e.kind == photo {
			p.photo = e
		}
	}
}

// write composes the text of a post.
func (g *Generator) write(p *post, s *source, i int64) {
	b := &p.full
	limit := shortLimit
	if p.long {
		limit = longLimit
	}
	if s.Percent(22) {
		to := i - 1 - int64(s.Below(5000))
		p.replyTo, p.replied = g.id(to), g.someone(s)
		b.add(entity{kind: mention, ref: p.replied}, "@", g.users[p.replied].screenName)
	} else if s.Percent(2) {
		p.language = -1
	}
	tags, links := g.tagCount(s), 0
	if s.Percent(24) {
		links = 1
	}
	if s.Percent(42) {
		p.photo = entity{kind: photo, code: s.Next() | 1}
	}
	wanted := 12 + s.Below(90)
	if p.long {
		wanted = 150 + s.Below(90)
	}
	switch {
	case p.language < 0:
		for range 1 + s.Below(4) {
			b.apart()
			b.write(splitmix.Pick(s, g.emoji))
		}
	default:
		g.compose(b, s, &g.vocabularies[p.language], wanted, limit-20*min(tags, 2)-24*links)
	}
	if s.Percent(12) {
		who := g.someone(s)
		g.addFitting(b, entity{kind: mention, ref: who}, "@", g.users[who].screenName, limit)
	}
	for range tags {
		tag := g.tags.draw(s)
		g.addFitting(b, entity{kind: hashtag, ref: tag}, "#", g.hashtags[tag], limit)
	}
	if links > 0 && b.runes+1+shortURLRunes <= limit {
		b.addURL(entity{kind: link, code: s.Next() | 1})
	}
	if b.runes+1+shortURLRunes <= limit && s.Percent(10) {
		p.quoted = g.original(i, s)
		b.addURL(entity{kind: link, code: uint64(g.id(p.quoted))})
	}
	if p.photo.code == 0 {
		return
	}
	if b.runes+1+shortURLRunes > limit {
		p.photo.code = 0
		return
	}
	b.addURL(p.photo)
	p.photo = b.entities[len(b.entities)-1]
}

// addFitting adds an entity if the limit allows.
func (g *Generator) addFitting(b *body, e entity, mark, s string, limit int) {
	if b.runes+2+len(s) <= limit {
		b.add(e, mark, s)
	}
}

// tagCount draws how many hashtags a post has: none in seven of ten.
func (g *Generator) tagCount(s *source) int {
	if !s.Percent(30) {
		return 0
	}
	n := 1
	for n < 6 && s.Percent(40) {
		n++
	}
	return n
}
