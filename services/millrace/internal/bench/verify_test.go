package bench

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/millrace/millrace/libs/sql"
	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/services/millrace/internal/bench/engine"
	"github.com/millrace/millrace/services/millrace/internal/bench/mix"
)

// small is a configuration that takes little time.
func small(t *testing.T, documents int) Config {
	t.Helper()
	in, err := Generated(7, documents, false)
	if err != nil {
		t.Fatal(err)
	}
	return Config{
		Engines: engine.Names(), Levels: []string{"all"}, Mixes: []string{"mixed"}, Input: in, Cores: []int{1},
		Rounds: 1, Round: time.Microsecond, Limit: 20 * time.Second, Seed: 1, Spare: 20,
	}
}

// everyLevel is the ladder, and everything but one.
func everyLevel() []string { return append(engine.Ladder(), engine.LeftOut()...) }

// All engines, levels and paths of the decoder agree on every query of every mix,
// and so do several workers, who each see a part of the documents.
func TestAllEnginesAgree(t *testing.T) {
	cfg := small(t, 400)
	cfg.Levels, cfg.Mixes, cfg.Queries, cfg.Cores, cfg.Decoders = everyLevel(), mix.Names(), []int{50}, []int{2}, Decoders()
	verified, err := Verify(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if len(verified) != len(mix.Names()) {
		t.Errorf("%d mixes were verified", len(verified))
	}
	for _, v := range verified {
		if want := 2*len(cfg.Levels) + 3; len(v.Against) != want {
			t.Errorf("%s: compared with %d ways, want %d: %v", v.Mix, len(v.Against), want, v.Against)
		}
	}
}

// The same for what the mixes do not have: rows, ranks, windows, filters, arrays and
// comparisons of every type.
func TestAllEnginesAgreeOnEverythingElse(t *testing.T) {
	cfg := small(t, 300)
	cfg.Mixes, cfg.Levels, cfg.Decoders = nil, everyLevel(), Decoders()
	cfg.Own = script(t,
		"SELECT * FROM tweets WHERE user.verified OR retweet_count > 50",
		"SELECT id, created_at, text FROM tweets WHERE text LIKE 'RT @%' AND created_at < '2016-10-01T00:00:02Z'",
		"SELECT id, created_at, text FROM tweets WHERE text LIKE 'RT @%' AND created_at < '2016-10-01T00:00:02Z'",
		"SELECT id, user.followers_count FROM tweets ORDER BY user.followers_count DESC LIMIT 7",
		"SELECT lang, count(*) AS n FROM tweets GROUP BY lang ORDER BY n DESC LIMIT 3",
		"SELECT window_start, lang, count(*) FROM TUMBLE(tweets, created_at, INTERVAL '1' SECOND) GROUP BY window_start, lang",
		"SELECT window_end, max(user.name), min(created_at) FROM TUMBLE(tweets, created_at, INTERVAL '500' MILLISECOND) WHERE NOT is_reply GROUP BY window_end",
		"SELECT count(*), count(user.location), avg(user.followers_count), sum(user.statuses_count), max(user.verified) FROM tweets",
		"SELECT hashtags, count(*) FROM tweets WHERE hashtags IS NOT NULL GROUP BY hashtags",
		"SELECT count(*) FROM tweets WHERE user.followers_count = 100 OR user.followers_count < 50.5 OR user.id IN (1, 2, 3)",
		"SELECT count(*) FROM tweets WHERE retweet_count = favorite_count OR user.name < user.screen_name OR lang <= 'es'",
		"SELECT count(*) FROM tweets WHERE user.location IS NULL AND NOT ('news' = ANY(hashtags)) AND source NOT LIKE '%iPhone%'",
		"SELECT count(*) FROM tweets WHERE lang = NULL OR lang NOT IN ('en', NULL)",
		"SELECT count(*) FROM tweets WHERE text ICONTAINS 'LOVE' OR text ILIKE '_t %e%' OR user.name ICONTAINS 'é'",
		"SELECT is_retweet, is_reply, place.country_code, place.full_name, count(*) FROM tweets GROUP BY is_retweet, is_reply, place.country_code, place.full_name",
		"SELECT user.id, reply_to, mentions, urls, user.friends_count FROM tweets WHERE 'x' = ANY(mentions) OR urls IS NOT NULL",
	)
	if _, err := Verify(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
}

func script(t *testing.T, texts ...string) *Script {
	t.Helper()
	cat, err := catalog.Default()
	if err != nil {
		t.Fatal(err)
	}
	s := &Script{Name: "script"}
	for i, text := range texts {
		root, err := sql.Compile(text, cat)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		s.IDs, s.Plans = append(s.IDs, "own"+string(rune('a'+i))), append(s.Plans, root)
	}
	return s
}

// A difference is told with the query and what it came to.
func TestADifferenceIsTold(t *testing.T) {
	a := engine.Answer{Groups: map[string]string{"()": "1 rows: 1", "(\"en\")": "2 rows: 2"}}
	b := engine.Answer{Groups: map[string]string{"()": "1 rows: 1", "(\"ja\")": "2 rows: 2"}, Rows: 1}
	if a.Equal(b) || !a.Equal(a) {
		t.Error("answers are not told apart")
	}
	for _, want := range []string{"1 rows", `group ("en"): "", not "2 rows: 2"`, `group ("ja"): "2 rows: 2", not ""`} {
		if diff := a.Diff(b); !strings.Contains(diff, want) {
			t.Errorf("%s does not say %s", diff, want)
		}
	}
}

// Who interrupts is not kept waiting for the end.
func TestVerifyEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	cfg := small(t, 10)
	cfg.Queries = []int{1}
	if _, err := Verify(ctx, cfg); err == nil {
		t.Error("it went on")
	}
	if _, err := Run(ctx, cfg); err == nil {
		t.Error("it went on")
	}
}

// Only the paths of the decoder that were chosen are verified; segmentio has its own,
// whichever they are.
func TestDecodersThatAreVerified(t *testing.T) {
	cfg := small(t, 20)
	cfg.Queries = []int{5}
	for _, test := range []struct {
		decoders []string
		want     []string
	}{
		{nil, []string{"closure", "segmentio", "shared, all"}},
		{[]string{Auto}, []string{"closure", "segmentio", "shared, all"}},
		{[]string{Portable}, []string{"closure, portable", "segmentio", "shared, all, portable"}},
		{Decoders(), []string{"closure", "closure, portable", "segmentio", "shared, all", "shared, all, portable"}},
	} {
		cfg.Decoders = test.decoders
		verified, err := Verify(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		if got := slices.Sorted(slices.Values(verified[0].Against)); !slices.Equal(got, test.want) {
			t.Errorf("decoders %v: %q, want %q", test.decoders, got, test.want)
		}
	}
}

// Of n times the quantile q is the one at n·q, rounded up.
func TestQuantile(t *testing.T) {
	times := make([]time.Duration, 200)
	for i := range times {
		times[i] = time.Duration(i + 1)
	}
	for _, test := range []struct {
		n    int
		q    float64
		want time.Duration
	}{{200, 0.5, 100}, {200, 0.99, 198}, {200, 1, 200}, {200, 0, 1}, {3, 0.5, 2}, {1, 0.99, 1}, {0, 0.5, 0}} {
		if got := Quantile(times[:test.n], test.q); got != test.want {
			t.Errorf("quantile %v of %d: %d, want %d", test.q, test.n, got, test.want)
		}
	}
}
