package generate

// entities writes what a text names, as v1.1 does.
func (w *writer) entities(b *body, p *post) {
	w.raw(`{"hashtags":[`)
	w.each(b, hashtag, func(e entity) {
		w.raw(`{"text":`)
		writeString(w, w.g.hashtags[e.ref])
		w.indices(e)
		w.raw(`}`)
	})
	w.raw(`],"urls":[`)
	w.each(b, link, func(e entity) { w.link(e, p) })
	w.raw(`],"user_mentions":[`)
	w.each(b, mention, func(e entity) {
		u := &w.g.users[e.ref]
		w.raw(`{"screen_name":"`)
		w.raw(u.screenName)
		w.raw(`","name":`)
		writeString(w, u.name)
		w.raw(`,"id":`)
		w.int(u.id)
		w.raw(`,"id_str":`)
		w.intString(u.id)
		w.indices(e)
		w.raw(`}`)
	})
	w.raw(`],"symbols":[]`)
	if hasPhoto(b) {
		w.raw(`,"media":[`)
		w.each(b, photo, func(e entity) { w.media(e, p) })
		w.raw(`]`)
	}
	w.raw(`}`)
}

func hasPhoto(b *body) bool {
	for _, e := range b.entities {
		if e.kind == photo {
			return true
		}
	}
	return false
}

func (w *writer) each(b *body, kind entityKind, write func(entity)) {
	first := true
	for _, e := range b.entities {
		if e.kind != kind {
			continue
		}
		if !first {
			w.raw(`,`)
		}
		first = false
		write(e)
	}
}

func (w *writer) indices(e entity) {
	w.count(`,"indices":[`, e.from)
	w.count(`,`, e.to)
	w.raw(`]`)
}

// link writes a URL: of a site, or of the post that is quoted or continued.
func (w *writer) link(e entity, p *post) {
	w.raw(`{"url":"`)
	w.dst = appendShortURL(w.dst, e.code)
	if e.code == uint64(p.id) || p.quoted >= 0 && e.code == uint64(w.g.id(p.quoted)) {
		w.raw(`","expanded_url":"https://twitter.com/i/web/status/`)
		w.int(int64(e.code))
		w.raw(`","display_url":"twitter.com/i/web/status/…"`)
		w.indices(e)
		w.raw(`}`)
		return
	}
	site := e.code % 40
	w.raw(`","expanded_url":"http://www.site`)
	w.int(int64(site))
	w.raw(`.example/2016/`)
	w.dst = appendCode(w.dst, e.code>>8, 6)
	w.raw(`","display_url":"site`)
	w.int(int64(site))
	w.raw(`.example/2016/…"`)
	w.indices(e)
	w.raw(`}`)
}

func (w *writer) media(e entity, p *post) {
	id := p.id&^(1<<22-1) | int64(e.code&(1<<22-1))
	w.raw(`{"id":`)
	w.int(id)
	w.raw(`,"id_str":`)
	w.intString(id)
	w.indices(e)
	for _, name := range []string{`,"media_url":"http://pbs.twimg.com/media/`, `,"media_url_https":"https://pbs.twimg.com/media/`} {
		w.raw(name)
		w.dst = appendCode(w.dst, e.code, 15)
		w.raw(`.jpg"`)
	}
	w.raw(`,"url":"`)
	w.dst = appendShortURL(w.dst, e.code)
	w.raw(`","display_url":"pic.twitter.com/`)
	w.dst = appendCode(w.dst, e.code, 10)
	w.raw(`","expanded_url":"https://twitter.com/`)
	w.raw(w.g.users[p.author].screenName)
	w.raw(`/status/`)
	w.int(p.id)
	w.raw(`/photo/1","type":"photo","sizes":{"medium":{"w":600,"h":450,"resize":"fit"},` +
		`"small":{"w":340,"h":255,"resize":"fit"},"thumb":{"w":150,"h":150,"resize":"crop"},` +
		`"large":{"w":1024,"h":768,"resize":"fit"}}}`)
}

// leanEntities writes only what queries can name.
func (w *writer) leanEntities(b *body, p *post) {
	w.raw(`{"hashtags":[`)
	w.each(b, hashtag, func(e entity) {
		w.raw(`{"text":`)
		writeString(w, w.g.hashtags[e.ref])
		w.raw(`}`)
	})
	w.raw(`],"urls":[`)
	w.each(b, link, func(e entity) { w.link(e, p) })
	w.raw(`],"user_mentions":[`)
	w.each(b, mention, func(e entity) {
		w.raw(`{"screen_name":"`)
		w.raw(w.g.users[e.ref].screenName)
		w.raw(`"}`)
	})
	w.raw(`]}`)
}
