package engine

import (
	"strconv"

	"github.com/millrace/millrace/libs/record"
)

// putter lays a field of a tweet into a column.
type putter func(t *tweet, c *record.Column)

// putters returns how every column of the stream tweets is filled.
func putters() map[string]putter {
	ofUser := func(put func(u *author, c *record.Column)) putter {
		return func(t *tweet, c *record.Column) {
			if t.User == nil {
				c.AppendNull()
				return
			}
			put(t.User, c)
		}
	}
	ofPlace := func(put func(p *location) *string) putter {
		return func(t *tweet, c *record.Column) {
			if t.Place == nil {
				c.AppendNull()
				return
			}
			putText(c, put(t.Place))
		}
	}
	return map[string]putter{
		"id": func(t *tweet, c *record.Column) { putID(c, t.ID, t.IDStr) },
		"created_at": func(t *tweet, c *record.Column) {
			if at, ok := createdAt(t); ok {
				c.AppendInt(at)
			} else {
				c.AppendNull()
			}
		},
		"text": func(t *tweet, c *record.Column) {
			switch {
			case t.Extended != nil && t.Extended.FullText != nil:
				c.AppendStr(*t.Extended.FullText)
			case t.FullText != nil:
				c.AppendStr(*t.FullText)
			default:
				putText(c, t.Text)
			}
		},
		"lang":                 func(t *tweet, c *record.Column) { putText(c, t.Lang) },
		"source":               func(t *tweet, c *record.Column) { putText(c, t.Source) },
		"user.id":              ofUser(func(u *author, c *record.Column) { putID(c, u.ID, u.IDStr) }),
		"user.screen_name":     ofUser(func(u *author, c *record.Column) { putText(c, u.Screen) }),
		"user.name":            ofUser(func(u *author, c *record.Column) { putText(c, u.Name) }),
		"user.location":        ofUser(func(u *author, c *record.Column) { putText(c, u.Location) }),
		"user.followers_count": ofUser(func(u *author, c *record.Column) { putInt(c, u.Followers) }),
		"user.friends_count":   ofUser(func(u *author, c *record.Column) { putInt(c, u.Friends) }),
		"user.statuses_count":  ofUser(func(u *author, c *record.Column) { putInt(c, u.Statuses) }),
		"user.verified":        ofUser(func(u *author, c *record.Column) { putBool(c, u.Verified) }),
		"hashtags":             putHashtags,
		"mentions":             putMentions,
		"urls":                 putURLs,
		"retweet_count":        func(t *tweet, c *record.Column) { putInt(c, t.RetweetCount) },
		"favorite_count":       func(t *tweet, c *record.Column) { putInt(c, t.FavoriteCount) },
		"is_retweet": func(t *tweet, c *record.Column) {
			putFlag(c, t.RetweetedStatus != nil, t.IsRetweetAlready)
		},
		"is_reply": func(t *tweet, c *record.Column) {
			putFlag(c, t.InReplyToID != nil || t.InReplyToIDStr != nil, t.IsReplyAlready)
		},
		"reply_to":           func(t *tweet, c *record.Column) { putID(c, t.InReplyToID, t.InReplyToIDStr) },
		"place.country_code": ofPlace(func(p *location) *string { return p.Country }),
		"place.full_name":    ofPlace(func(p *location) *string { return p.Name }),
	}
}

func putText(c *record.Column, v *string) {
	if v == nil {
		c.AppendNull()
	} else {
		c.AppendStr(*v)
	}
}

func putInt(c *record.Column, v *int64) {
	if v == nil {
		c.AppendNull()
	} else {
		c.AppendInt(*v)
	}
}

func putBool(c *record.Column, v *bool) {
	if v == nil {
		c.AppendNull()
	} else {
		c.AppendBool(*v)
	}
}

// putFlag is TRUE where a field exists, else what a flat document says, else FALSE.
func putFlag(c *record.Column, exists bool, said *bool) {
	c.AppendBool(exists || said != nil && *said)
}

// putID takes an id from its number, else from its string.
func putID(c *record.Column, n *int64, s *string) {
	if n != nil || s == nil {
		putInt(c, n)
		return
	}
	if v, err := strconv.ParseInt(*s, 10, 64); err == nil {
		c.AppendInt(v)
	} else {
		c.AppendNull()
	}
}

// putList fills an array column with n texts.
func putList(c *record.Column, n int, text func(i int) *string) {
	for i := range n {
		putText(c.Elem, text(i))
	}
	c.EndArray()
}

func putHashtags(t *tweet, c *record.Column) {
	for _, e := range bothEntities(t) {
		if e != nil && e.Hashtags != nil {
			putList(c, len(e.Hashtags), func(i int) *string {
				switch h := e.Hashtags[i]; {
				case h == nil:
					return nil
				case h.Text != nil:
					return h.Text
				default:
					return h.Tag
				}
			})
			return
		}
	}
	c.AppendNull()
}

func putMentions(t *tweet, c *record.Column) {
	for _, e := range bothEntities(t) {
		if e != nil && e.Mentions != nil {
			putList(c, len(e.Mentions), func(i int) *string {
				if m := e.Mentions[i]; m != nil {
					return m.Screen
				}
				return nil
			})
			return
		}
	}
	c.AppendNull()
}

func putURLs(t *tweet, c *record.Column) {
	for _, e := range bothEntities(t) {
		if e != nil && e.URLs != nil {
			putList(c, len(e.URLs), func(i int) *string {
				switch u := e.URLs[i]; {
				case u == nil:
					return nil
				case u.Expanded != nil:
					return u.Expanded
				default:
					return u.URL
				}
			})
			return
		}
	}
	c.AppendNull()
}

// bothEntities returns where entities are looked for, in order.
func bothEntities(t *tweet) [2]*entities {
	if t.Extended != nil {
		return [2]*entities{t.Extended.Entities, t.Entities}
	}
	return [2]*entities{t.Entities}
}
