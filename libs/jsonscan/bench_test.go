package jsonscan_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/millrace/millrace/libs/jsonscan"
	"github.com/millrace/millrace/libs/record"
)

// sixFields are the columns that design figures are given for.
var sixFields = []string{"text", "lang", "created_at", "user.followers_count", "retweet_count", "hashtags"}

// BenchmarkDecode decodes batches of documents of about 4 KB, v1.1-like tweets
// with non-Latin texts as they are or as \u escapes, by both paths. Where
// MILLRACE_BENCH_INPUT names a file of JSON lines it takes its first 16 MB, in
// batches of 512 KiB.
func BenchmarkDecode(b *testing.B) {
	inputs := map[string][][]byte{"raw": {tweetBatch(256, false)}, "escaped": {tweetBatch(256, true)}}
	if name := os.Getenv("MILLRACE_BENCH_INPUT"); name != "" {
		inputs = map[string][][]byte{"file": batchesOf(b, name)}
	}
	for _, input := range slices.Sorted(maps.Keys(inputs)) {
		for _, set := range []struct {
			name  string
			names []string
		}{
			{"1", []string{"text"}},
			{"6", sixFields},
			{"all", nil},
		} {
			for _, path := range paths() {
				b.Run(fmt.Sprintf("input=%s/columns=%s/path=%s", input, set.name, path), func(b *testing.B) {
					dec := decoderOf(b, specOf(tweets(b), set.names...), path == "portable")
					benchmarkDecode(b, dec, inputs[input])
				})
			}
		}
	}
}

func benchmarkDecode(b *testing.B, dec jsonscan.Decoder, batches [][]byte) {
	b.Helper()
	batch := record.NewBatch(dec.Schema())
	size, documents := 0, 0
	for _, value := range batches {
		size += len(value)
	}
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		documents = 0
		for _, value := range batches {
			documents += decodeAll(dec, batch, value)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(documents), "ns/document")
	if n := dec.Fallbacks(); n > 0 {
		b.Errorf("%d fallbacks", n)
	}
}

// paths returns the paths that this machine can take.
func paths() []string {
	return slices.Compact([]string{jsonscan.Acceleration(), "portable"})
}

// batchesOf reads the beginning of a file of JSON lines.
func batchesOf(b *testing.B, name string) [][]byte {
	b.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		b.Fatal(err)
	}
	data = data[:min(len(data), 16<<20)]
	var out [][]byte
	for len(data) > 0 {
		n := bytes.LastIndexByte(data[:min(len(data), 512<<10)], '\n') + 1
		if n == 0 {
			break
		}
		out, data = append(out, data[:n]), data[n:]
	}
	return out
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
			batch.Name(0, 0, i)
		}
	}
	return batch.Len
}

// TestDecodeDoesNotAllocate checks that a batch of good documents, once its
// memory has grown, costs no allocation but the iterator's.
func TestDecodeDoesNotAllocate(t *testing.T) {
	value := tweetBatch(1024, true)
	for _, path := range paths() {
		dec := decoderOf(t, specOf(tweets(t)), path == "portable")
		batch := record.NewBatch(dec.Schema())
		if n := testing.AllocsPerRun(10, func() { decodeAll(dec, batch, value) }); n > 2 {
			t.Errorf("%s: %v allocations for 1024 documents", path, n)
		}
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
