package generate

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"math"
	"sort"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func newGenerator(t testing.TB, o Options) *Generator {
	t.Helper()
	g, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func lines(t testing.TB, o Options, n int64) [][]byte {
	t.Helper()
	var buf bytes.Buffer
	if err := Write(t.Context(), newGenerator(t, o), &buf, n, 0); err != nil {
		t.Fatal(err)
	}
	all := bytes.SplitAfter(buf.Bytes(), []byte("\n"))
	if int64(len(all)) != n+1 || len(all[n]) != 0 {
		t.Fatalf("got %d lines and %d bytes after them, want %d and 0", len(all)-1, len(all[len(all)-1]), n)
	}
	return all[:n]
}

type tweet struct {
	CreatedAt string `json:"created_at"`
	ID        int64  `json:"id"`
	IDStr     string `json:"id_str"`
	Text      string `json:"text"`
	Lang      string `json:"lang"`
	Truncated bool   `json:"truncated"`
	ReplyTo   *int64 `json:"in_reply_to_status_id"`
	User      struct {
		ID         int64  `json:"id"`
		ScreenName string `json:"screen_name"`
		Followers  int    `json:"followers_count"`
		Location   *string
	} `json:"user"`
	Place    *struct{}     `json:"place"`
	Retweet  *tweet        `json:"retweeted_status"`
	Entities tweetEntities `json:"entities"`
	Extended *struct {
		FullText string        `json:"full_text"`
		Entities tweetEntities `json:"entities"`
	} `json:"extended_tweet"`
}

type tweetEntities struct {
	Hashtags []struct {
		Text    string
		Indices [2]int
	}
	URLs []struct {
		URL     string
		Indices [2]int
	} `json:"urls"`
	Mentions []struct {
		ScreenName string `json:"screen_name"`
		Indices    [2]int
	} `json:"user_mentions"`
	Media []struct {
		URL     string
		Indices [2]int
	}
}

func tweets(t testing.TB, o Options, n int64) []tweet {
	t.Helper()
	all := make([]tweet, n)
	for i, line := range lines(t, o, n) {
		if err := json.Unmarshal(line, &all[i]); err != nil {
			t.Fatalf("line %d: %v\n%s", i, err, line)
		}
	}
	return all
}

// TestBytesNeverChange holds the promise that a seed gives the same bytes in
// every version and on every machine.
func TestBytesNeverChange(t *testing.T) {
	for _, c := range []struct {
		name string
		opts Options
		want string
	}{
		{"full", Options{Seed: 1, Disorder: DefaultDisorder}, "e1cf88b584f58f88"},
		{"lean", Options{Seed: 1, Lean: true}, "8a0284bdb9288e88"},
		{"malformed", Options{Seed: 7, Malformed: 0.1}, "38ee3b46a1078651"},
	} {
		h := sha256.New()
		for _, line := range lines(t, c.opts, 3000) {
			h.Write(line)
		}
		if got := hex.EncodeToString(h.Sum(nil)[:8]); got != c.want {
			t.Errorf("%s: hash of 3,000 lines is %s, want %s", c.name, got, c.want)
		}
	}
}

func TestLinesDoNotDependOnEachOther(t *testing.T) {
	o := Options{Seed: 3, Malformed: 0.05, Disorder: time.Second}
	all := lines(t, o, 500)
	g := newGenerator(t, o)
	for i := len(all) - 1; i >= 0; i-- {
		if got := g.Append(nil, int64(i)); !bytes.Equal(got, all[i]) {
			t.Fatalf("line %d differs when made out of order:\n%s\n%s", i, got, all[i])
		}
	}
}

func TestMeanSize(t *testing.T) {
	for _, c := range []struct {
		name string
		lean bool
		want float64
	}{{"full", false, 4500}, {"lean", true, 700}} {
		total := 0
		const n = 6000
		for _, line := range lines(t, Options{Seed: 2, Lean: c.lean}, n) {
			total += len(line)
		}
		mean := float64(total) / n
		t.Logf("%s: %.0f bytes on average", c.name, mean)
		if math.Abs(mean-c.want) > c.want/10 {
			t.Errorf("%s: %.0f bytes on average, want %.0f within a tenth", c.name, mean, c.want)
		}
	}
}

func TestFieldsAgree(t *testing.T) {
	ids := make(map[int64]bool)
	originals := make(map[int64]tweet)
	repeated := 0
	for i, tw := range tweets(t, Options{Seed: 5, Disorder: DefaultDisorder}, 3000) {
		if ids[tw.ID] {
			t.Fatalf("line %d: id %d again", i, tw.ID)
		}
		ids[tw.ID] = true
		checkText(t, i, tw)
		if tw.Retweet == nil {
			originals[tw.ID] = tw
			continue
		}
		checkText(t, i, *tw.Retweet)
		if !strings.HasPrefix(tw.Text, "RT @"+tw.Retweet.User.ScreenName+": ") {
			t.Errorf("line %d: retweet of %s begins otherwise: %s", i, tw.Retweet.User.ScreenName, tw.Text)
		}
		of, ok := originals[tw.Retweet.ID]
		if !ok {
			continue // posted before the first line
		}
		repeated++
		if of.Text != tw.Retweet.Text || of.User.ID != tw.Retweet.User.ID || of.CreatedAt != tw.Retweet.CreatedAt {
			t.Errorf("line %d retweets other than what was posted:\n%+v\n%+v", i, of, tw.Retweet)
		}
	}
	within(t, "retweets of earlier lines", float64(repeated), 40, 400)
}

// checkText checks lengths, and that entities stand where their indices say.
func checkText(t *testing.T, i int, tw tweet) {
	t.Helper()
	if tw.Text == "" || utf8.RuneCountInString(tw.Text) > shortLimit || !utf8.ValidString(tw.Text) {
		t.Errorf("line %d: bad text %q", i, tw.Text)
	}
	checkEntities(t, i, tw.Text, tw.Entities)
	if (tw.Extended != nil) != tw.Truncated {
		t.Errorf("line %d: truncated is %v and extended_tweet %v", i, tw.Truncated, tw.Extended)
	}
	if tw.Extended == nil {
		return
	}
	checkEntities(t, i, tw.Extended.FullText, tw.Extended.Entities)
	if n := utf8.RuneCountInString(tw.Extended.FullText); n <= shortLimit || n > longLimit {
		t.Errorf("line %d: full text of %d code points", i, n)
	}
}

func checkEntities(t *testing.T, i int, text string, e tweetEntities) {
	t.Helper()
	runes := []rune(text)
	check := func(want string, at [2]int) {
		if at[0] < 0 || at[1] > len(runes) || at[0] >= at[1] || string(runes[at[0]:at[1]]) != want {
			t.Errorf("line %d: %q is not at %v of %q", i, want, at, text)
		}
	}
	for _, h := range e.Hashtags {
		check("#"+h.Text, h.Indices)
	}
	for _, u := range e.URLs {
		check(u.URL, u.Indices)
	}
	for _, m := range e.Mentions {
		check("@"+m.ScreenName, m.Indices)
	}
	for _, m := range e.Media {
		check(m.URL, m.Indices)
	}
}

func TestDistributions(t *testing.T) {
	const n = 10_000
	all := tweets(t, Options{Seed: 11}, n)
	tags, langs, authors := map[string]int{}, map[string]int{}, map[int64]int{}
	retweets, replies, places, wide, long := 0, 0, 0, 0, 0
	var logs []float64
	for _, tw := range all {
		for _, h := range tw.Entities.Hashtags {
			tags[h.Text]++
		}
		langs[tw.Lang]++
		authors[tw.User.ID]++
		if tw.User.Followers > 0 {
			logs = append(logs, math.Log(float64(tw.User.Followers)))
		}
		retweets += count(tw.Retweet != nil)
		replies += count(tw.ReplyTo != nil)
		places += count(tw.Place != nil)
		long += count(tw.Truncated)
		wide += count(tw.Lang == "ja" || tw.Lang == "ko" || tw.Lang == "zh" || tw.Lang == "th")
	}
	within(t, "retweets", float64(retweets)/n, 0.48, 0.52)
	within(t, "replies", float64(replies)/n, 0.10, 0.16)
	within(t, "places", float64(places)/n, 0.01, 0.03)
	within(t, "long posts", float64(long)/n, 0.02, 0.06)
	within(t, "English", float64(langs["en"])/n, 0.30, 0.42)
	within(t, "without spaces or Hangul", float64(wide)/n, 0.22, 0.34)
	within(t, "most active author", float64(byCount(authors)[0])/n, 0.001, 0.02)
	within(t, "distinct authors", float64(len(authors)), 3000, userCount)

	ranks := byCount(tags)
	within(t, "distinct hashtags", float64(len(ranks)), 500, hashtagCount)
	within(t, "slope of hashtags", slope(ranks[:100]), -1.2, -0.8)

	mean, spread := moments(logs)
	within(t, "median followers", math.Exp(mean), 200, 700)
	within(t, "spread of followers", spread, 1.5, 2.1)
}

// TestWordsFollowZipf draws words as posts do.
func TestWordsFollowZipf(t *testing.T) {
	z, s := newZipf(vocabularySize), sequence(1, 99, 0)
	seen := make(map[int]int)
	for range 1_000_000 {
		seen[z.draw(&s)]++
	}
	within(t, "slope of words", slope(byCount(seen)[:500]), -1.05, -0.95)
	within(t, "distinct words", float64(len(seen)), vocabularySize*0.99, vocabularySize)
}

func TestTime(t *testing.T) {
	start := time.Date(2020, 2, 29, 23, 59, 50, 0, time.UTC)
	o := Options{Seed: 1, Lean: true, Start: start, Step: time.Second, Disorder: 3 * time.Second}
	newest, behind := time.Time{}, 0
	for i, tw := range tweets(t, o, 2000) {
		at, err := time.Parse(time.RubyDate, tw.CreatedAt)
		if err != nil {
			t.Fatal(err)
		}
		due := start.Add(time.Duration(i) * time.Second)
		if at.After(due) || at.Before(due.Add(-3*time.Second)) {
			t.Fatalf("line %d: created at %v, want at most 3 s before %v", i, at, due)
		}
		if at.Before(newest) {
			behind++
		} else {
			newest = at
		}
	}
	within(t, "lines out of order", float64(behind)/2000, 0.05, 0.25)
}

func TestMalformed(t *testing.T) {
	const n = 3000
	broken := 0
	for i, line := range lines(t, Options{Seed: 9, Malformed: 0.1}, n) {
		var doc map[string]any
		if json.Unmarshal(line, &doc) != nil {
			broken++
		} else if doc["id_str"] == nil {
			t.Errorf("line %d is neither a tweet nor broken: %.100s", i, line)
		}
	}
	within(t, "broken lines", float64(broken)/n, 0.09, 0.11)
	for i, line := range lines(t, Options{Seed: 9, Malformed: 1}, 500) {
		if json.Valid(line) {
			t.Errorf("line %d is to be broken and is not: %s", i, line)
		}
	}
}

func TestOptions(t *testing.T) {
	for name, o := range map[string]Options{
		"--malformed: 1.5 is not allowed here; allowed: a share of the lines, from 0 to 1": {Malformed: 1.5},
		"--step: -1s is not allowed here; allowed: a positive duration such as 10ms":       {Step: -time.Second},
		"--disorder: -1s is not allowed here; allowed: a positive duration such as 2s":     {Disorder: -time.Second},
		"--start is before November 2010, when tweets had no ids like today's": {
			Start: time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC),
		},
	} {
		if _, err := New(o); err == nil || err.Error() != name {
			t.Errorf("New(%+v): error %v, want %s", o, err, name)
		}
	}
}

func BenchmarkAppend(b *testing.B) {
	for _, c := range []struct {
		name string
		lean bool
	}{{"full", false}, {"lean", true}} {
		b.Run(c.name, func(b *testing.B) {
			g := newGenerator(b, Options{Seed: 1, Lean: c.lean})
			var buf []byte
			total := int64(0)
			i := int64(0)
			for b.Loop() {
				buf = g.Append(buf[:0], i)
				total += int64(len(buf))
				i++
			}
			b.SetBytes(total / i)
		})
	}
}

func count(b bool) int {
	if b {
		return 1
	}
	return 0
}

func within(t *testing.T, what string, got, low, high float64) {
	t.Helper()
	t.Logf("%s: %.4g", what, got)
	if got < low || got > high {
		t.Errorf("%s: %v, want %v to %v", what, got, low, high)
	}
}

// byCount returns the counts, greatest first.
func byCount[K comparable](m map[K]int) []int {
	all := make([]int, 0, len(m))
	for _, n := range m {
		all = append(all, n)
	}
	sort.Sort(sort.Reverse(sort.IntSlice(all)))
	return all
}

// slope fits a line to log(count) over log(rank): -1 is Zipf's law.
func slope(counts []int) float64 {
	var sx, sy, sxx, sxy float64
	for i, c := range counts {
		x, y := math.Log(float64(i+1)), math.Log(float64(c))
		sx, sy, sxx, sxy = sx+x, sy+y, sxx+x*x, sxy+x*y
	}
	n := float64(len(counts))
	return (n*sxy - sx*sy) / (n*sxx - sx*sx)
}

func moments(xs []float64) (mean, deviation float64) {
	for _, x := range xs {
		mean += x / float64(len(xs))
	}
	for _, x := range xs {
		deviation += (x - mean) * (x - mean) / float64(len(xs))
	}
	return mean, math.Sqrt(deviation)
}
