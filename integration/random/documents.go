package random

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
)

// Streams of random numbers, so that asking for more documents does not change
// the queries of a seed.
const (
	documentStream = 1
	brokenStream   = 2
	queryStream    = 3
)

// object is a JSON object in the making.
type object map[string]any

// Documents returns n well-formed documents. They lie within an hour or so, in
// v1.1, v2 and flat form; many share values, some lack fields or hold other
// types than they should.
func Documents(seed uint64, n int) [][]byte {
	r := newRand(seed, documentStream)
	docs := make([][]byte, n)
	for i := range docs {
		docs[i] = document(r)
	}
	return docs
}

// Broken returns n lines that are not documents.
func Broken(seed uint64, n int) [][]byte {
	r := newRand(seed, brokenStream)
	docs := make([][]byte, n)
	for i := range docs {
		d := document(r)
		switch r.IntN(6) {
		case 0:
			d = d[:1+r.IntN(len(d)-1)] // cut off
		case 1:
			d = append(d, " {}"...)
		case 2:
			d = append([]byte{'['}, append(d, ']')...)
		case 3:
			d = bytes.Replace(d, []byte(":"), []byte(";"), 1)
		case 4:
			d = append(d[:len(d)-1], `,"x":01}`...)
		default:
			d = []byte(pick(r, []string{"{", "true", "12", `"text"`, "\x00\x01\x02", `{"text":"` + "\x01" + `"}`, `{"text":nul}`}))
		}
		docs[i] = d
	}
	return docs
}

func document(r *rand.Rand) []byte {
	var o object
	switch r.IntN(10) {
	case 0, 1:
		o = flat(r)
	case 2:
		o = v2Alone(r)
	case 3, 4:
		o = v2(r)
	default:
		o = v11(r)
	}
	return encode(r, o)
}

// encode writes an object. Now and then a name comes twice, the first time with
// a value that must not count, or is written with an escape.
func encode(r *rand.Rand, o object) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(chance(r, 2))
	if err := enc.Encode(o); err != nil {
		panic(err) // maps of strings, numbers and lists only
	}
	doc := bytes.TrimSpace(b.Bytes())
	if chance(r, 8) {
		first := pick(r, []string{`"lang":"xx"`, `"text":"first"`, `"user":{"id":1,"followers_count":5}`, `"retweet_count":77`, `"hashtags":["xx"]`, `"x":{"a":[1,{"b":null}]}`})
		rest := doc[1:]
		if len(rest) > 1 {
			first += ","
		}
		doc = append([]byte("{"+first), rest...)
	}
	if chance(r, 8) {
		doc = bytes.Replace(doc, []byte(`"lang":`), []byte(`"\u006cang":`), 1)
	}
	return doc
}

func v11(r *rand.Rand) object {
	o := object{}
	put(r, o, "id", ident(r))
	put(r, o, "created_at", instant(r).In(pick(r, zones())).Format(time.RubyDate))
	put(r, o, pick(r, []string{"text", "text", "full_text"}), text(r))
	put(r, o, "lang", pick(r, langs[:]))
	put(r, o, "source", pick(r, words[:]))
	user := object{}
	put(r, user, "id", ident(r))
	put(r, user, "screen_name", pick(r, people[:]))
	put(r, user, "name", pick(r, words[:]))
	put(r, user, "location", pick(r, words[:]))
	put(r, user, "followers_count", count(r))
	put(r, user, "friends_count", count(r))
	put(r, user, "statuses_count", count(r))
	put(r, user, "verified", chance(r, 3))
	put(r, o, "user", user)
	put(r, o, "entities", object{
		"hashtags":      list(r, "text", tags[:]),
		"user_mentions": list(r, "screen_name", people[:]),
		"urls":          list(r, "expanded_url", words[:]),
	})
	put(r, o, "retweet_count", count(r))
	put(r, o, "favorite_count", count(r))
	if chance(r, 4) {
		o["extended_tweet"] = object{"full_text": text(r), "entities": object{"hashtags": list(r, "text", tags[:])}}
	}
	if chance(r, 4) {
		o["retweeted_status"] = object{"id": 1, "text": "inner", "lang": "zz", "user": object{"id": 2}}
	}
	if chance(r, 4) {
		o["in_reply_to_status_id"] = ident(r)
	}
	if chance(r, 4) {
		o["place"] = object{"country_code": pick(r, places[:]), "full_name": pick(r, words[:])}
	}
	return o
}

func v2Tweet(r *rand.Rand) object {
	o := object{}
	put(r, o, "id", strconv.FormatInt(ident(r), 10))
	put(r, o, "created_at", instant(r).Format("2006-01-02T15:04:05.000Z"))
	put(r, o, "text", text(r))
	put(r, o, "lang", pick(r, langs[:]))
	put(r, o, "public_metrics", object{"retweet_count": count(r), "like_count": count(r)})
	put(r, o, "entities", object{
		"hashtags": list(r, "tag", tags[:]),
		"mentions": list(r, "username", people[:]),
		"urls":     list(r, pick(r, []string{"url", "expanded_url"}), words[:]),
	})
	if chance(r, 3) {
		o["referenced_tweets"] = []any{object{"type": pick(r, []string{"retweeted", "quoted", "replied_to"}), "id": "9"}}
	}
	return o
}

func v2User(r *rand.Rand) object {
	o := object{}
	put(r, o, "username", pick(r, people[:]))
	put(r, o, "name", pick(r, words[:]))
	put(r, o, "location", pick(r, words[:]))
	put(r, o, "verified", chance(r, 3))
	put(r, o, "public_metrics", object{"followers_count": count(r), "following_count": count(r), "tweet_count": count(r)})
	return o
}

func v2Alone(r *rand.Rand) object {
	o := v2Tweet(r)
	put(r, o, "author_id", strconv.Itoa(r.IntN(5)))
	put(r, o, "author", v2User(r))
	put(r, o, "geo", object{"full_name": pick(r, words[:]), "country_code": pick(r, places[:])})
	return o
}

func v2(r *rand.Rand) object {
	o := v2Tweet(r)
	id := strconv.Itoa(r.IntN(3))
	o["author_id"] = id
	var users []any
	for i := range 3 {
		u := v2User(r)
		u["id"] = strconv.Itoa((i + r.IntN(2)) % 3)
		users = append(users, u)
	}
	return object{"data": o, "includes": object{"users": users}, "matching_rules": []any{}}
}

func flat(r *rand.Rand) object {
	o := object{}
	dot := pick(r, []string{".", "_"})
	put(r, o, "id", ident(r))
	put(r, o, "created_at", pick(r, []any{instant(r).UnixMilli(), instant(r).Format(time.DateTime)}))
	put(r, o, "text", text(r))
	put(r, o, "lang", pick(r, langs[:]))
	put(r, o, "source", pick(r, words[:]))
	put(r, o, "user"+dot+"id", ident(r))
	put(r, o, "user"+dot+"screen_name", pick(r, people[:]))
	put(r, o, "user"+dot+"location", pick(r, words[:]))
	put(r, o, "user"+dot+"followers_count", count(r))
	put(r, o, "user"+dot+"verified", chance(r, 2))
	put(r, o, "hashtags", strs(r, tags[:]))
	put(r, o, "mentions", strs(r, people[:]))
	put(r, o, "retweet_count", count(r))
	put(r, o, "favorite_count", count(r))
	put(r, o, "is_retweet", chance(r, 2))
	put(r, o, "is_reply", chance(r, 2))
	put(r, o, "reply_to", ident(r))
	put(r, o, "place"+dot+"country_code", pick(r, places[:]))
	return o
}

// put sets a field, or leaves it out, or makes it null or something wrong.
func put(r *rand.Rand, o object, name string, v any) {
	switch r.IntN(40) {
	case 0, 1, 2:
	case 3, 4:
		o[name] = nil
	case 5:
		o[name] = pick(r, []any{"text", "12", 3, 1.5, json.Number("1e3"), json.Number("99999999999999999999"), true, []any{}, []any{1}, object{}, object{"id": 1}})
	default:
		o[name] = v
	}
}

func ident(r *rand.Rand) int64 {
	if chance(r, 8) {
		return 790000000000000000 + r.Int64N(1000)
	}
	return r.Int64N(50)
}

// count draws counts that tie often and spread widely.
func count(r *rand.Rand) int64 {
	switch r.IntN(5) {
	case 0:
		return 0
	case 1, 2:
		return r.Int64N(10)
	case 3:
		return pick(r, []int64{-1, 10, 100, 1000, 9007199254740993})
	default:
		return r.Int64N(100000)
	}
}

func zones() []*time.Location {
	return []*time.Location{time.UTC, time.UTC, time.FixedZone("", 9*3600), time.FixedZone("", -(3*3600 + 1800))}
}

// instant is within an hour of midnight, often just at a minute; some lie before
// 1970.
func instant(r *rand.Rand) time.Time {
	t := time.Date(2016, 10, 1, 23, 30, 0, 0, time.UTC)
	if chance(r, 30) {
		t = time.Date(1969, 12, 31, 23, 30, 0, 0, time.UTC)
	}
	if chance(r, 3) {
		return t.Add(time.Duration(r.IntN(60)) * time.Minute)
	}
	return t.Add(time.Duration(r.IntN(3600)) * time.Second)
}

func text(r *rand.Rand) string {
	parts := make([]string, 1+r.IntN(8))
	for i := range parts {
		parts[i] = pick(r, words[:])
	}
	return strings.Join(parts, pick(r, []string{" ", " ", ""}))
}

func list(r *rand.Rand, name string, from []string) []any {
	out := []any{}
	for range r.IntN(4) {
		e := object{"indices": []int{0, 1}}
		put(r, e, name, pick(r, from))
		out = append(out, e)
	}
	return out
}

func strs(r *rand.Rand, from []string) []any {
	out := []any{}
	for range r.IntN(4) {
		out = append(out, pick(r, from))
	}
	if chance(r, 8) {
		out = append(out, nil)
	}
	return out
}
