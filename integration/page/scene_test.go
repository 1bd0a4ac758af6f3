package page_test

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/redis/go-redis/v9"
	"github.com/segmentio/encoding/json"

	"github.com/millrace/millrace/integration/browser"
	"github.com/millrace/millrace/integration/page"
	"github.com/millrace/millrace/libs/results"
	"github.com/millrace/millrace/libs/wire"
)

// scene is the page over a house with a few queries.
type scene struct {
	*browser.Tab
	house *page.House
	posts int // written so far
	now   time.Time
}

// post writes posts a second apart and returns how many there are.
func (s *scene) post(n int) {
	s.T.Helper()
	langs := []string{"en", "ja", "es", "de", "en", "fr", "en", "pt", "ko", "ar"}
	documents := make([]string, n)
	for i := range documents {
		at := s.posts + i
		p := page.Post{
			ID: int64(9007199254740993 + at), At: s.now.Add(time.Duration(at) * 100 * time.Millisecond), Lang: langs[at%len(langs)],
			Text: fmt.Sprintf(`<b onclick="x">%d</b> & "coffee" 地震`, at), Name: fmt.Sprintf("name%d", at%7), Followers: int64(at), Retweets: int64(at % 5),
		}
		if at == 3 {
			p.Retweets = 9007199254740993
		}
		documents[i] = p.Document()
	}
	if err := s.house.Post(s.Ctx, documents...); err != nil {
		s.T.Fatal(err)
	}
	s.posts += n
}

// shown returns the rows that the page shows: key → column → text.
func (s *scene) shown() []shownRow {
	s.T.Helper()
	return browser.Eval[[]shownRow](s.Tab, `[...document.querySelectorAll(".rows tr[data-key]")].map((tr) => ({
		key: tr.dataset.key,
		row: Object.fromEntries([...tr.querySelectorAll("td[data-column]")].map((td) => [td.dataset.column, td.dataset.value])),
	}))`)
}

type shownRow struct {
	Key string            `json:"key"`
	Row map[string]string `json:"row"`
}

// same compares a row of the page with one of the store, which is JSON.
func same(shown map[string]string, stored string) error {
	d := json.NewDecoder(strings.NewReader(stored))
	d.UseNumber()
	var row map[string]any
	if err := d.Decode(&row); err != nil {
		return err
	}
	if len(row) != len(shown) {
		return fmt.Errorf("the page has %v, the store %s", shown, stored)
	}
	for name, v := range row {
		want := fmt.Sprint(v)
		if v == nil {
			want = "null"
		}
		got := shown[name]
		if n, ok := v.(json.Number); ok && strings.ContainsAny(n.String(), ".eE") {
			a, _ := strconv.ParseFloat(got, 64)
			b, _ := n.Float64()
			if a == b {
				continue
			}
		}
		if got != want {
			return fmt.Errorf("%s is %q on the page and %q in the store", name, got, want)
		}
	}
	return nil
}

// settled waits until the page shows that all posts are matched, and then its rows
// are compared with the store's.
func (s *scene) settled(id, matched string) {
	s.T.Helper()
	s.Until(id+" has "+matched, fmt.Sprintf(`document.querySelector("[data-fact=matched]")?.dataset.value === %q`, matched))
	var err error
	for range 100 { // rows are drawn a moment later
		if err = s.equal(id); err == nil {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	s.Picture("failed")
	s.T.Fatalf("query %s: %v", id, err)
}

func (s *scene) equal(id string) error {
	s.T.Helper()
	shown := s.shown()
	rdb := s.house.Redis
	kind := browser.Eval[string](s.Tab, `document.querySelector(".rows table")?.dataset.kind ?? ""`)
	window, windowed := results.Window{}, false
	if name := browser.Eval[string](s.Tab, `document.querySelector("[data-window]")?.dataset.window ?? ""`); name != "" {
		var err error
		if window, err = results.ParseWindow(name); err != nil {
			return err
		}
		newest := rdb.ZRangeArgs(s.Ctx, redis.ZRangeArgs{Key: results.WindowsKey(id), Start: 0, Stop: 0, Rev: true}).Val()
		if windowed = true; len(newest) != 1 || newest[0] != name {
			return fmt.Errorf("the page shows window %s, the newest is %v", name, newest)
		}
	}
	switch kind {
	case "top":
		stored := rdb.LRange(s.Ctx, results.TopKey(id, window), 0, -1).Val()
		shown = slices.DeleteFunc(shown, func(r shownRow) bool { return r.Key == "" })
		if len(stored) == 0 || len(stored) != len(shown) {
			return fmt.Errorf("%d rows on the page, %d in the store", len(shown), len(stored))
		}
		for i := range stored {
			var elem struct{ Row json.RawMessage }
			if err := json.Unmarshal([]byte(stored[i]), &elem); err != nil {
				return err
			}
			if err := same(shown[i].Row, string(elem.Row)); err != nil {
				return fmt.Errorf("place %d: %w", i+1, err)
			}
		}
	case "log":
		stored := rdb.XRevRangeN(s.Ctx, results.LogKey(id), "+", "-", 50).Val()
		if len(stored) == 0 || len(stored) != len(shown) {
			return fmt.Errorf("%d rows on the page, %d in the store", len(shown), len(stored))
		}
		for i, m := range stored {
			if err := same(shown[i].Row, fmt.Sprint(m.Values["row"])); err != nil || shown[i].Key != m.ID {
				return fmt.Errorf("entry %s, on the page %s: %w", m.ID, shown[i].Key, err)
			}
		}
	default:
		stored := rdb.HGetAll(s.Ctx, results.RowsKey(id, window)).Val()
		if len(stored) == 0 || len(stored) != len(shown) {
			return fmt.Errorf("%d rows on the page, %d in the store (windowed: %t)", len(shown), len(stored), windowed)
		}
		for _, r := range shown {
			if err := same(r.Row, stored[r.Key]); err != nil {
				return fmt.Errorf("row %s: %w", r.Key, err)
			}
		}
	}
	return nil
}

// shifted fails if anything moved by itself since it was asked last.
func (s *scene) shifted(when string) {
	s.T.Helper()
	if by := browser.Eval[float64](s.Tab, "window.shifted"); by > 0.001 {
		s.T.Errorf("%s: the layout shifted by %.4f: %s", when, by, browser.Eval[string](s.Tab, "window.shifts.join('; ')"))
	}
	s.Do("forget", chromedp.Evaluate[chromedp.Void]("window.shifted = 0; window.shifts = []"))
}

// quiet fails if the console complained of anything but what is expected.
func (s *scene) quiet(when string, expected ...string) {
	s.T.Helper()
	for _, c := range s.Complaints() {
		if !slices.ContainsFunc(expected, func(e string) bool { return strings.Contains(c, e) }) {
			s.T.Errorf("%s: the console says %s", when, c)
		}
	}
}

func (s *scene) click(selector string) {
	s.T.Helper()
	s.Do("click "+selector, chromedp.Click(chromedp.CSS(selector)))
}

// visit opens a page anew and watches what moves on it.
func (s *scene) visit(hash string) {
	s.T.Helper()
	s.Do("visit "+hash, chromedp.Navigate("about:blank"), chromedp.Navigate(s.house.URL+"/"+hash), chromedp.Evaluate[chromedp.Void](`
		window.shifted = 0;
		window.shifts = [];
		new PerformanceObserver((list) => {
			for (const e of list.getEntries()) {
				if (e.hadRecentInput) continue;
				window.shifted += e.value;
				for (const s of e.sources ?? []) window.shifts.push((s.node?.className ?? s.node?.nodeName) + " " + JSON.stringify(s.previousRect) + " to " + JSON.stringify(s.currentRect));
			}
		}).observe({ type: "layout-shift", buffered: true })`))
}

func newScene(t *testing.T) *scene {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	t.Cleanup(cancel)
	b := browser.Open(t, ctx)
	house, err := page.Open(ctx, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := house.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := house.Present(); err != nil {
		t.Fatal(err)
	}
	s := &scene{Tab: b, house: house, now: time.Now().Add(-time.Minute)}
	for _, q := range [][3]string{
		{"everything", "SELECT count(*) AS posts, max(retweet_count) AS most, avg(user.followers_count) AS followers FROM tweets", "anna"},
		{"languages", "SELECT lang, count(*) AS posts, sum(user.followers_count) AS reach, max(id) AS newest FROM tweets GROUP BY lang", "anna"},
		{"names", "SELECT user.screen_name AS who, count(*) AS posts FROM tweets GROUP BY user.screen_name ORDER BY posts DESC LIMIT 5", "ben"},
		{"coffee", "SELECT id, created_at, user.screen_name, text FROM tweets WHERE text CONTAINS 'coffee'", "ben"},
		{"windows", "SELECT window_start, lang, count(*) AS posts FROM TUMBLE(tweets, created_at, INTERVAL '1' SECOND) GROUP BY window_start, lang", "carla"},
	} {
		if err := house.Submit(ctx, q[0], q[1], q[2], wire.Options{}); err != nil {
			t.Fatal(err)
		}
	}
	return s
}
