package jsonscan_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/millrace/millrace/libs/jsonscan"
	"github.com/millrace/millrace/libs/record"
)

// sixFields are the columns that design figures are given for.
var sixFields = []string{"text", "lang", "created_at", "user.followers_count", "retweet_count", "hashtags"}

// BenchmarkDecode decodes batches of v1.1-like tweets of about 3.8 KB, with
// non-Latin texts as they are or as \u escapes.
func BenchmarkDecode(b *testing.B) {
	for _, escaped := range []bool{false, true} {
		value := tweetBatch(256, escaped)
		for _, set := range []struct {
			name  string
			names []string
		}{
			{"none", []string{"place.full_name"}},
			{"six", sixFields},
			{"all", nil},
		} {
			b.Run(fmt.Sprintf("columns=%s/escaped=%t", set.name, escaped), func(b *testing.B) {
				dec := newDecoder(b, specOf(tweets(b), set.names...))
				batch := record.NewBatch(dec.Schema())
				b.SetBytes(int64(len(value)))
				b.ReportAllocs()
				for b.Loop() {
					if n := decodeAll(dec, batch, value); n != 256 {
						b.Fatalf("%d documents", n)
					}
				}
				b.ReportMetric(float64(b.N)*256/b.Elapsed().Seconds(), "tweets/s")
			})
		}
	}
}

// BenchmarkValid is encoding/json's validation alone, to compare with.
func BenchmarkValid(b *testing.B) {
	value := tweetBatch(256, false)
	b.SetBytes(int64(len(value)))
	for b.Loop() {
		for _, doc := range jsonscan.Lines(value) {
			if !json.Valid(doc) {
				b.Fatal("invalid document")
			}
		}
	}
}

func decodeAll(dec jsonscan.Decoder, batch *record.Batch, value []byte) int {
	batch.Reset()
	for i, doc := range jsonscan.Lines(value) {
		if dec.Decode(doc, batch) == nil {
			batch.Index[batch.Len-1] = int32(i)
		}
	}
	return batch.Len
}

// TestDecodeDoesNotAllocate checks that a batch of good documents, once its
// memory has grown, costs no allocation but the iterator's.
func TestDecodeDoesNotAllocate(t *testing.T) {
	value := tweetBatch(1024, true)
	dec := newDecoder(t, specOf(tweets(t)))
	batch := record.NewBatch(dec.Schema())
	if n := testing.AllocsPerRun(10, func() { decodeAll(dec, batch, value) }); n > 2 {
		t.Errorf("%v allocations for 1024 documents", n)
	}
}

// tweetBatch returns n invented tweets as JSON lines, always the same ones.
func tweetBatch(n int, escaped bool) []byte {
	r := rand.New(rand.NewPCG(1, 2))
	var out []byte
	for i := range n {
		line, err := json.Marshal(tweet(r, i, true))
		if err != nil {
			panic(err)
		}
		if escaped {
			line = escapeAll(line)
		}
		out = append(append(out, line...), '\n')
	}
	return out
}

func escapeAll(line []byte) []byte {
	var out []byte
	for _, c := range string(line) {
		switch {
		case c < 0x80:
			out = append(out, byte(c))
		case c < 0x10000:
			out = fmt.Appendf(out, `\u%04x`, c)
		default:
			c -= 0x10000
			out = fmt.Appendf(out, `\u%04x\u%04x`, 0xd800+c>>10, 0xdc00+c&0x3ff)
		}
	}
	return out
}

type object = map[string]any

func tweet(r *rand.Rand, i int, outer bool) object {
	lang := "en"
	if r.IntN(5) < 2 {
		lang = "ja"
	}
	id := 783600000000000000 + int64(i)
	text := words(r, lang, 12) + " https://t.co/abcdefghij"
	t := object{
		"created_at": "Wed Oct 05 09:14:07 +0000 2016",
		"id":         id, "id_str": fmt.Sprint(id),
		"text": text, "truncated": false,
		"source":                `<a href="https://example.org/app" rel="nofollow">Example for Phones</a>`,
		"in_reply_to_status_id": nil, "in_reply_to_status_id_str": nil, "in_reply_to_user_id": nil,
		"in_reply_to_user_id_str": nil, "in_reply_to_screen_name": nil,
		"user": person(r, lang),
		"geo":  nil, "coordinates": nil, "place": nil, "contributors": nil,
		"retweet_count": r.IntN(1000), "favorite_count": r.IntN(1000),
		"entities": object{
			"hashtags": tags(r), "urls": []object{{
				"url": "https://t.co/abcdefghij", "expanded_url": "https://example.org/articles/2016/10/05/mill",
				"display_url": "example.org/articles/2016/…", "indices": []int{20, 43},
			}},
			"user_mentions": []object{{
				"screen_name": "mara_example", "name": words(r, lang, 2), "id": r.Int64(), "id_str": fmt.Sprint(r.Int64()), "indices": []int{3, 16},
			}},
			"symbols": []any{},
		},
		"favorited": false, "retweeted": false, "possibly_sensitive": false, "filter_level": "low",
		"lang": lang, "timestamp_ms": "1475658847123",
	}
	if outer && r.IntN(2) == 0 {
		t["retweeted_status"] = tweet(r, i+1000, false)
	}
	return t
}

func tags(r *rand.Rand) []object {
	out := []object{}
	for range r.IntN(3) {
		out = append(out, object{"text": "watermill", "indices": []int{50, 60}})
	}
	return out
}

func person(r *rand.Rand, lang string) object {
	id := r.Int64()
	image := "http://images.example.org/profile_images/" + fmt.Sprint(r.Int64())
	return object{
		"id": id, "id_str": fmt.Sprint(id), "name": words(r, lang, 2), "screen_name": "user_example",
		"location": words(r, lang, 1), "url": "https://example.org/~user", "description": words(r, lang, 14),
		"protected": false, "verified": r.IntN(20) == 0, "followers_count": r.IntN(100000), "friends_count": r.IntN(2000),
		"listed_count": r.IntN(100), "favourites_count": r.IntN(20000), "statuses_count": r.IntN(50000),
		"created_at": "Mon Apr 26 06:01:55 +0000 2010", "utc_offset": -18000, "time_zone": "Eastern Time (US & Canada)",
		"geo_enabled": true, "lang": lang, "contributors_enabled": false, "is_translator": false,
		"profile_background_color": "C0DEED", "profile_background_image_url": "http://images.example.org/images/themes/theme1/bg.png",
		"profile_background_image_url_https": "https://images.example.org/images/themes/theme1/bg.png", "profile_background_tile": false,
		"profile_link_color": "0084B4", "profile_sidebar_border_color": "C0DEED", "profile_sidebar_fill_color": "DDEEF6",
		"profile_text_color": "333333", "profile_use_background_image": true, "profile_image_url": image + "_normal.jpg",
		"profile_image_url_https": image + "_normal.jpg", "profile_banner_url": image, "default_profile": true,
		"default_profile_image": false, "following": nil, "follow_request_sent": nil, "notifications": nil,
	}
}

func words(r *rand.Rand, lang string, n int) string {
	choices := strings.Fields("the mill turns again by river and people came to see it #watermill grinding grain \"flour\" & bread")
	if lang == "ja" {
		choices = strings.Fields("水車が 今日も 回って いる 川の そばで みんなが 見て いた 🌾 小麦粉 パン")
	}
	var out []string
	for range n {
		out = append(out, choices[r.IntN(len(choices))])
	}
	return strings.Join(out, " ")
}
