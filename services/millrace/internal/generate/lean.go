package generate

import "time"

// lean writes the fields that the tweets stream reads and no others.
func (w *writer) lean(p, of *post) {
	w.raw(`{"created_at":`)
	w.time(time.UnixMilli(p.at).UTC())
	w.raw(`,"id":`)
	w.int(p.id)
	w.raw(`,"text":`)
	if p.long {
		writeString(w, p.full.text)
	} else {
		writeString(w, p.text.text)
	}
	w.raw(`,"source":`)
	w.raw(w.g.clients[p.client])
	if p.replyTo != 0 {
		w.reply(p)
	}
	u := &w.g.users[p.author]
	w.raw(`,"user":{"id":`)
	w.int(u.id)
	w.raw(`,"name":`)
	writeString(w, u.name)
	w.raw(`,"screen_name":"`)
	w.raw(u.screenName)
	w.raw(`","location":`)
	w.orNull(u.location)
	w.raw(`,"verified":`)
	w.bool(u.verified)
	w.count(`,"followers_count":`, u.followers)
	w.count(`,"friends_count":`, u.friends)
	w.count(`,"statuses_count":`, u.statuses)
	w.raw(`},"place":`)
	w.place(p.place)
	if of != nil {
		w.raw(`,"retweeted_status":{"id":`)
		w.int(of.id)
		w.raw(`}`)
	}
	w.count(`,"retweet_count":`, p.sharing)
	w.count(`,"favorite_count":`, p.liking)
	w.raw(`,"entities":`)
	if p.long {
		w.leanEntities(&p.full, p)
	} else {
		w.leanEntities(&p.text, p)
	}
	w.raw(`,"lang":"`)
	w.raw(w.lang(p))
	w.raw(`"}`)
}
