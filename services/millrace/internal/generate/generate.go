package generate

// Generator makes lines. It is not safe for use by several goroutines at once;
// two generators with the same options make the same lines.
type Generator struct {
	opts         Options
	vocabularies []vocabulary
	hashtags     []string
	users        []user
	emoji        []string
	clients      []string
	places       []place
	zones        []zone

	langs  shares
	words  zipf
	tags   zipf
	shared logNormal

	own, of, quoted post // reused
	prefix          []byte
	corrupt         []byte
}

// New returns a generator, or an error that says which option is wrong.
func New(o Options) (*Generator, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	vs := newVocabularies()
	langs := newShares(vs)
	return &Generator{
		opts:         o,
		vocabularies: vs,
		hashtags:     newHashtags(vs),
		users:        newUsers(o.Seed, langs, vs, newLogNormal(380, 1.8)),
		emoji:        emoji(),
		clients:      clients(),
		places:       places(),
		zones:        zones(),
		langs:        langs,
		words:        newZipf(vocabularySize),
		tags:         newZipf(hashtagCount),
		shared:       newLogNormal(1.5, 2.2),
	}, nil
}

// Append appends line i, from 0, with its line break.
func (g *Generator) Append(dst []byte, i int64) []byte {
	from := len(dst)
	s := g.postSource(i)
	p, of := &g.own, (*post)(nil)
	if g.isRetweet(i) {
		s.Next() // what isRetweet has seen
		of = &g.of
		g.compile(of, g.original(i, &s))
		g.share(p, i, of, &s)
	} else {
		g.compile(p, i)
	}
	w := writer{g: g, dst: dst, ascii: uint64(p.id)%8 == 0}
	if g.opts.Lean {
		w.lean(p, of)
	} else {
		w.tweet(p, of)
	}
	dst = w.dst
	if g.opts.Malformed > 0 {
		m := sequence(g.opts.Seed, malformedSequence, uint64(i))
		if float64(m.Next()>>11)/(1<<53) < g.opts.Malformed {
			dst = g.damage(dst, from, &m)
		}
	}
	return append(dst, '\n')
}
