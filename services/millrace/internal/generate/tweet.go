package generate

import "time"

// tweet writes a post in full form; of is the post that it retweets, or nil.
func (w *writer) tweet(p, of *post) {
	w.raw(`{"created_at":`)
	w.time(time.UnixMilli(p.at).UTC())
	w.raw(`,"id":`)
	w.int(p.id)
	w.raw(`,"id_str":`)
	w.intString(p.id)
	w.raw(`,"text":`)
	writeString(w, p.text.text)
	w.raw(`,"source":`)
	w.raw(w.g.clients[p.client])
	w.raw(`,"truncated":`)
	w.bool(p.long)
	w.reply(p)
	w.raw(`,"user":`)
	w.user(&w.g.users[p.author])
	w.raw(`,"geo":null,"coordinates":null,"place":`)
	w.place(p.place)
	w.raw(`,"contributors":null`)
	if of != nil {
		w.raw(`,"retweeted_status":`)
		w.tweet(of, nil)
	}
	w.quote(p)
	if p.long {
		w.raw(`,"extended_tweet":{"full_text":`)
		writeString(w, p.full.text)
		w.raw(`,"display_text_range":[0,`)
		w.int(int64(p.full.runes))
		w.raw(`],"entities":`)
		w.entities(&p.full, p)
		w.raw(`}`)
	}
	w.raw(`,"retweet_count":`)
	w.int(int64(p.sharing))
	w.raw(`,"favorite_count":`)
	w.int(int64(p.liking))
	w.raw(`,"entities":`)
	w.entities(&p.text, p)
	if p.photo.code != 0 && !p.long {
		w.raw(`,"extended_entities":{"media":[`)
		w.media(p.photo, p)
		w.raw(`]}`)
	}
	w.raw(`,"favorited":false,"retweeted":false,"possibly_sensitive":false,"filter_level":"low","lang":"`)
	w.raw(w.lang(p))
	w.raw(`","timestamp_ms":`)
	w.intString(p.at)
	w.raw(`}`)
}

// quote writes the post that p quotes, if any; what that one quotes is left out.
func (w *writer) quote(p *post) {
	if p.quoted < 0 {
		w.raw(`,"is_quote_status":false`)
		return
	}
	of := &w.g.quoted
	w.g.compile(of, p.quoted)
	of.quoted = -1
	w.raw(`,"is_quote_status":true,"quoted_status_id":`)
	w.int(of.id)
	w.raw(`,"quoted_status_id_str":`)
	w.intString(of.id)
	w.raw(`,"quoted_status":`)
	w.tweet(of, nil)
}

func (w *writer) lang(p *post) string {
	if p.language < 0 {
		return "und"
	}
	return w.g.vocabularies[p.language].code
}

func (w *writer) reply(p *post) {
	if p.replyTo == 0 {
		w.raw(`,"in_reply_to_status_id":null,"in_reply_to_status_id_str":null,"in_reply_to_user_id":null,` +
			`"in_reply_to_user_id_str":null,"in_reply_to_screen_name":null`)
		return
	}
	u := &w.g.users[p.replied]
	w.raw(`,"in_reply_to_status_id":`)
	w.int(p.replyTo)
	w.raw(`,"in_reply_to_status_id_str":`)
	w.intString(p.replyTo)
	w.raw(`,"in_reply_to_user_id":`)
	w.int(u.id)
	w.raw(`,"in_reply_to_user_id_str":`)
	w.intString(u.id)
	w.raw(`,"in_reply_to_screen_name":"`)
	w.raw(u.screenName)
	w.raw(`"`)
}

func (w *writer) user(u *user) {
	w.raw(`{"id":`)
	w.int(u.id)
	w.raw(`,"id_str":`)
	w.intString(u.id)
	w.raw(`,"name":`)
	writeString(w, u.name)
	w.raw(`,"screen_name":"`)
	w.raw(u.screenName)
	w.raw(`","location":`)
	w.orNull(u.location)
	w.raw(`,"url":`)
	if u.look&3 == 0 {
		w.raw(`"http://www.`)
		w.raw(u.screenName)
		w.raw(`.example"`)
	} else {
		w.raw(`null`)
	}
	w.raw(`,"description":`)
	w.orNull(u.description)
	w.raw(`,"entities":{"description":{"urls":[]}}`)
	w.raw(`,"translator_type":"none","protected":false,"verified":`)
	w.bool(u.verified)
	w.count(`,"followers_count":`, u.followers)
	w.count(`,"friends_count":`, u.friends)
	w.count(`,"listed_count":`, u.listed)
	w.count(`,"favourites_count":`, u.favourites)
	w.count(`,"statuses_count":`, u.statuses)
	w.raw(`,"created_at":`)
	w.time(u.created)
	if u.zone < 0 {
		w.raw(`,"utc_offset":null,"time_zone":null`)
	} else {
		z := w.g.zones[u.zone]
		w.count(`,"utc_offset":`, z.offset)
		w.raw(`,"time_zone":"`)
		w.raw(z.name)
		w.raw(`"`)
	}
	w.raw(`,"geo_enabled":`)
	w.bool(u.look&4 == 0)
	w.raw(`,"lang":"`)
	w.raw(w.g.vocabularies[u.language].code)
	w.raw(`","contributors_enabled":false,"is_translator":false,"is_translation_enabled":false,` +
		`"has_extended_profile":false`)
	w.profile(u)
	w.raw(`,"following":null,"follow_request_sent":null,"notifications":null}`)
}

// profile writes how the author's page looks.
func (w *writer) profile(u *user) {
	w.raw(`,"profile_background_color":"C0DEED",` +
		`"profile_background_image_url":"http://abs.twimg.com/images/themes/theme1/bg.png",` +
		`"profile_background_image_url_https":"https://abs.twimg.com/images/themes/theme1/bg.png",` +
		`"profile_background_tile":`)
	w.bool(u.look&8 == 0)
	w.color(`,"profile_link_color":"`, u.look>>8)
	w.color(`,"profile_sidebar_border_color":"`, u.look>>16)
	w.color(`,"profile_sidebar_fill_color":"`, u.look>>24)
	w.raw(`,"profile_text_color":"333333","profile_use_background_image":true`)
	w.image(`,"profile_image_url":"http://pbs.twimg.com/profile_images/`, u)
	w.image(`,"profile_image_url_https":"https://pbs.twimg.com/profile_images/`, u)
	if u.look&48 != 0 {
		w.raw(`,"profile_banner_url":"https://pbs.twimg.com/profile_banners/`)
		w.int(u.id)
		w.raw(`/`)
		w.int(u.created.Unix())
		w.raw(`"`)
	}
	w.raw(`,"default_profile":`)
	w.bool(u.look&64 == 0)
	w.raw(`,"default_profile_image":false`)
}

func (w *writer) count(name string, n int) {
	w.raw(name)
	w.int(int64(n))
}

func (w *writer) color(name string, bits uint64) {
	w.raw(name)
	for shift := 20; shift >= 0; shift -= 4 {
		w.dst = append(w.dst, "0123456789ABCDEF"[bits>>shift&15])
	}
	w.raw(`"`)
}

func (w *writer) image(name string, u *user) {
	w.raw(name)
	w.int(int64(u.look >> 12 & (1<<40 - 1)))
	w.raw(`/`)
	w.dst = appendCode(w.dst, u.look, 8)
	w.raw(`_normal.jpg"`)
}
