package reference

import (
	"slices"

	"github.com/millrace/millrace/libs/record"
)

const (
	streamName  = "tweets"
	columnCount = 23
)

// Column is a column of the stream tweets.
type Column struct {
	Name string
	Type record.Type
}

// Columns returns the columns of tweets in the order of SELECT *.
func Columns() []Column {
	out := make([]Column, columnCount)
	for i := range columns {
		out[i] = Column{columns[i].name, columns[i].typ}
	}
	return out
}

func columnIndex(name string) (int, bool) {
	i := slices.IndexFunc(columns[:], func(c column) bool { return c.name == name })
	return i, i >= 0
}

// column says where a column is found in a document and how it is read.
type column struct {
	name  string
	typ   record.Type
	paths []finder // the first that finds something other than null decides
	read  reader   // nil for arrays
	// absentFalse makes the column FALSE where it would be NULL for want of a value.
	absentFalse bool
}

// find returns the JSON value of the column, nil where there is none or null.
func (c *column) find(root map[string]any) any {
	for _, p := range c.paths {
		if v := p(root); v != nil {
			return v
		}
	}
	if c.absentFalse {
		return false
	}
	return nil
}

// columns maps v1.1 tweets, v2 tweets (as streams deliver them, under data with
// includes, or alone with their expansions in place) and flat exports.
var columns = [columnCount]column{
	{name: "id", typ: record.BigIntType, read: readID, paths: []finder{
		at("id"), at("id_str"), at("data", "id"),
	}},
	{name: "created_at", typ: record.TimestampType, read: readTime, paths: []finder{
		at("created_at"), at("data", "created_at"),
	}},
	{name: "text", typ: record.VarcharType, read: readText, paths: []finder{
		at("extended_tweet", "full_text"), at("full_text"), at("note_tweet", "text"), at("text"),
		at("data", "note_tweet", "text"), at("data", "text"),
	}},
	{name: "lang", typ: record.VarcharType, read: readText, paths: []finder{
		at("lang"), at("data", "lang"),
	}},
	{name: "source", typ: record.VarcharType, read: readText, paths: []finder{
		at("source"), at("data", "source"),
	}},
	{name: "user.id", typ: record.BigIntType, read: readID, paths: []finder{
		at("user", "id"), at("user", "id_str"), at("author_id"), at("author", "id"), at("data", "author_id"),
		at("user.id"), at("user_id"),
	}},
	{name: "user.screen_name", typ: record.VarcharType, read: readText, paths: []finder{
		at("user", "screen_name"), at("author", "username"), author("username"),
		at("user.screen_name"), at("user_screen_name"),
	}},
	{name: "user.name", typ: record.VarcharType, read: readText, paths: []finder{
		at("user", "name"), at("author", "name"), author("name"),
		at("user.name"), at("user_name"),
	}},
	{name: "user.location", typ: record.VarcharType, read: readText, paths: []finder{
		at("user", "location"), at("author", "location"), author("location"),
		at("user.location"), at("user_location"),
	}},
	{name: "user.followers_count", typ: record.BigIntType, read: readInt, paths: []finder{
		at("user", "followers_count"), at("author", "public_metrics", "followers_count"), author("public_metrics", "followers_count"),
		at("user.followers_count"), at("user_followers_count"),
	}},
	{name: "user.friends_count", typ: record.BigIntType, read: readInt, paths: []finder{
		at("user", "friends_count"), at("author", "public_metrics", "following_count"), author("public_metrics", "following_count"),
		at("user.friends_count"), at("user_friends_count"),
	}},
	{name: "user.statuses_count", typ: record.BigIntType, read: readInt, paths: []finder{
		at("user", "statuses_count"), at("author", "public_metrics", "tweet_count"), author("public_metrics", "tweet_count"),
		at("user.statuses_count"), at("user_statuses_count"),
	}},
	{name: "user.verified", typ: record.BooleanType, read: readBool, paths: []finder{
		at("user", "verified"), at("author", "verified"), author("verified"),
		at("user.verified"), at("user_verified"),
	}},
	{name: "hashtags", typ: record.ArrayOf(record.VarcharType), paths: []finder{
		each(at("extended_tweet", "entities", "hashtags"), at("text")),
		each(at("entities", "hashtags"), at("text"), at("tag")),
		each(at("data", "entities", "hashtags"), at("tag")),
		at("hashtags"),
	}},
	{name: "mentions", typ: record.ArrayOf(record.VarcharType), paths: []finder{
		each(at("extended_tweet", "entities", "user_mentions"), at("screen_name")),
		each(at("entities", "user_mentions"), at("screen_name")),
		each(at("entities", "mentions"), at("username")),
		each(at("data", "entities", "mentions"), at("username")),
		at("mentions"),
	}},
	{name: "urls", typ: record.ArrayOf(record.VarcharType), paths: []finder{
		each(at("extended_tweet", "entities", "urls"), at("expanded_url"), at("url")),
		each(at("entities", "urls"), at("expanded_url"), at("url")),
		each(at("data", "entities", "urls"), at("expanded_url"), at("url")),
		at("urls"),
	}},
	{name: "retweet_count", typ: record.BigIntType, read: readInt, paths: []finder{
		at("retweet_count"), at("public_metrics", "retweet_count"), at("data", "public_metrics", "retweet_count"),
	}},
	{name: "favorite_count", typ: record.BigIntType, read: readInt, paths: []finder{
		at("favorite_count"), at("public_metrics", "like_count"), at("data", "public_metrics", "like_count"),
	}},
	{name: "is_retweet", typ: record.BooleanType, read: readBool, absentFalse: true, paths: []finder{
		exists(at("retweeted_status")), exists(referenced("retweeted")), exists(dataReferenced("retweeted")), at("is_retweet"),
	}},
	{name: "is_reply", typ: record.BooleanType, read: readBool, absentFalse: true, paths: []finder{
		exists(at("in_reply_to_status_id")), exists(at("in_reply_to_status_id_str")),
		exists(referenced("replied_to")), exists(dataReferenced("replied_to")), at("is_reply"),
	}},
	{name: "reply_to", typ: record.BigIntType, read: readID, paths: []finder{
		at("in_reply_to_status_id"), at("in_reply_to_status_id_str"),
		referenced("replied_to", "id"), dataReferenced("replied_to", "id"), at("reply_to"),
	}},
	{name: "place.country_code", typ: record.VarcharType, read: readText, paths: []finder{
		at("place", "country_code"), at("geo", "country_code"), place("country_code"),
		at("place.country_code"), at("place_country_code"),
	}},
	{name: "place.full_name", typ: record.VarcharType, read: readText, paths: []finder{
		at("place", "full_name"), at("geo", "full_name"), place("full_name"),
		at("place.full_name"), at("place_full_name"),
	}},
}
