package page_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/millrace/millrace/integration/browser"
	"github.com/millrace/millrace/libs/results"
	"github.com/millrace/millrace/libs/wire"
)

func TestPage(t *testing.T) {
	s := newScene(t)
	s.Size(1280, 900, false)
	s.visit("")
	s.Until("five queries are listed", `document.querySelectorAll("[data-query][data-state=live]").length === 5`)
	s.post(30)

	// The list has what the store has, to the last digit.
	s.Until("the list is up to date", `document.querySelector("[data-query=everything]").dataset.matched === "30"`)
	cells := browser.Eval[[]string](s.Tab, `[...document.querySelectorAll("[data-query=everything] .cell-value")].map((c) => c.dataset.value)`)
	if cells[0] != "30" || cells[1] != "9007199254740993" {
		t.Errorf("the list shows %v", cells)
	}
	if stored := s.house.Redis.HGet(s.Ctx, results.RowsKey("everything", results.Window{}), "[]").Val(); !strings.Contains(stored, `"most":9007199254740993`) {
		t.Errorf("the store has %s", stored)
	}
	s.Until("big numbers are written whole", `document.querySelector("[data-query=everything]").textContent.includes("9,007,199,254,740,993")`)
	s.shifted("the list")

	for _, id := range []string{"everything", "languages", "names", "coffee", "windows"} {
		s.click(fmt.Sprintf(`[data-query=%q]`, id))
		s.settled(id, strconv.Itoa(s.posts))
		s.post(10)
		s.settled(id, strconv.Itoa(s.posts))
	}
	if got := browser.Eval[int](s.Tab, `document.querySelectorAll("[onclick]").length`); got != 0 {
		t.Errorf("%d elements were made of a stranger's text", got)
	}
	s.click(`[data-query="languages"]`)
	s.settled("languages", strconv.Itoa(s.posts))
	s.sorting()
	s.filters()
	s.quiet("looking around")

	s.mistake()
	s.submission()
	s.drop()
	s.replace()
	s.failure()
	s.restart()
	s.phone()
	s.dark()
}

// sorting orders the rows and sees that they stay where they are.
func (s *scene) sorting() {
	s.T.Helper()
	s.click(`.rows th[data-column="lang"] button`)
	order := func() string {
		var langs []string
		for _, r := range s.shown() {
			langs = append(langs, r.Row["lang"])
		}
		return strings.Join(langs, " ")
	}
	if got := order(); got != "ar de en es fr ja ko pt" {
		s.T.Errorf("by language: %s", got)
	}
	s.click(`.rows th[data-column="posts"] button`)
	before := order()
	if !strings.HasPrefix(before, "en ") {
		s.T.Errorf("by posts: %s", before)
	}
	s.post(9)
	s.settled("languages", strconv.Itoa(s.posts))
	if after := order(); after != before {
		s.T.Errorf("rows moved from %s to %s", before, after)
	}
}

func (s *scene) filters() {
	s.T.Helper()
	listed := func(want string) {
		s.T.Helper()
		s.Until("listed are "+want, fmt.Sprintf(`[...document.querySelectorAll("#items [data-query]")].map((a) => a.dataset.query).join(" ") === %q`, want))
	}
	set := func(id, value, event string) {
		s.T.Helper()
		s.Do("choose", chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`{ const e = document.getElementById(%q); e.value = %q; e.dispatchEvent(new Event(%q)); }`, id, value, event)))
	}
	set("owner", "ben", "change")
	listed("coffee names")
	set("find", "off", "input")
	listed("coffee")
	set("state", "live", "change")
	listed("coffee")
	set("owner", "anna", "change")
	s.Until("nothing is like that", `document.querySelector(".nothing") !== null`)
	s.click(".nothing button")
	listed("coffee everything languages names windows")
}

// mistake submits SQL with a typo: it is marked where it is, and can be mended with
// a click.
func (s *scene) mistake() {
	s.T.Helper()
	s.click("#new")
	s.type1("#sql", "SELECT lang, count(*) AS n\nFROM tweets WHERE lagn <> 'xx' GROUP BY lang")
	s.type1("#query-id", "mine")
	s.click("#sql")
	s.submitByKey()
	s.Until("the mistake is shown", `document.querySelector(".problem-where")?.dataset.line === "2"`)
	if got := s.Text(".editor mark"); got != "lagn" {
		s.T.Errorf("marked is %q", got)
	}
	if got := browser.Eval[string](s.Tab, `(() => { const a = document.getElementById("sql"); return a.value.slice(a.selectionStart, a.selectionEnd) + (document.activeElement === a); })()`); got != "lagntrue" {
		s.T.Errorf("selected is %q", got)
	}
	if got := s.Text(".problem"); !strings.Contains(got, "Line 2, column 19") || !strings.Contains(got, "unknown column lagn") || !strings.Contains(got, "FROM tweets WHERE lagn") {
		s.T.Errorf("the problem says %q", got)
	}
	// The mark lies where the word is: both texts break alike.
	if got := browser.Eval[string](s.Tab, `(() => {
		const below = getComputedStyle(document.querySelector(".editor-below")), area = getComputedStyle(document.getElementById("sql"));
		return ["font", "lineHeight", "padding", "width", "whiteSpace", "letterSpacing", "tabSize", "overflowWrap"].filter((p) => below[p] !== area[p]).join(" ");
	})()`); got != "" {
		s.T.Errorf("the two texts of the editor differ in %s", got)
	}
	s.Picture("error-light")
	s.quiet("a mistake", "422")
	s.click(".fix")
	if got := browser.Eval[string](s.Tab, `document.getElementById("sql").value`); !strings.Contains(got, "WHERE lang <> 'xx'") {
		s.T.Errorf("mended to %q", got)
	}
	if got := s.Text(".problem"); got != "" {
		s.T.Errorf("the problem is still there: %q", got)
	}
}

func (s *scene) type1(selector, text string) {
	s.T.Helper()
	s.Do("type", chromedp.SendKeys(chromedp.CSS(selector), text))
}

// submitByKey presses Ctrl+Enter.
func (s *scene) submitByKey() {
	s.T.Helper()
	s.Do("Ctrl+Enter", chromedp.KeyEvent("\r", chromedp.KeyModifiers(chromedp.ModifierCtrl)))
}

// submission submits what the form holds and follows it live.
func (s *scene) submission() {
	s.T.Helper()
	passed := s.posts
	s.submitByKey()
	s.Until("the query is shown", `location.hash === "#/q/mine"`)
	s.Until("it is live", `document.querySelector(".query-head .state")?.dataset.state === "live"`)
	s.Until("it is listed", `document.querySelector('#items [data-query=mine]')?.getAttribute("aria-current") === "page"`)
	s.Until("what passed before is told", fmt.Sprintf(`document.querySelector("[data-passed]")?.dataset.passed === "%d"`, passed))
	if got, want := s.Text(".passed"), fmt.Sprintf("%d posts passed before you.", passed); !strings.Contains(got, want) {
		s.T.Errorf("it says %q, want %q", got, want)
	}
	line := func() string {
		return browser.Eval[string](s.Tab, `document.querySelector(".plot path.line")?.getAttribute("d") ?? ""`)
	}
	points := func() int {
		return browser.Eval[int](s.Tab, `Number(document.querySelector(".plot").dataset.points ?? 0)`)
	}
	begun, last, moves := time.Now(), "", 0
	for moves < 8 {
		if time.Since(begun) > time.Minute {
			s.T.Fatalf("the chart moved %d times within a minute; it has %d points", moves, points())
		}
		s.post(20)
		time.Sleep(250 * time.Millisecond)
		if now := line(); now != "" && now != last {
			last = now
			moves++
		}
	}
	s.settled("mine", strconv.Itoa(s.posts-passed))
	s.shifted("a chart that moves")
	s.Picture("query-light")
	s.quiet("a query of one's own", "422")
}

func (s *scene) drop() {
	s.T.Helper()
	s.click("[data-action=drop]")
	s.Until("it asks", `document.querySelector("[data-asking]") !== null`)
	s.Do("not yet", chromedp.KeyEvent("\t"), chromedp.KeyEvent("\r")) // Keep it
	s.Until("it does not ask", `document.querySelector("[data-asking]") === null`)
	s.click("[data-action=drop]")
	s.click("[data-action=drop-it]")
	s.Until("it is dropped", `document.querySelector(".query-head .state")?.dataset.state === "dropped"`)
	s.Until("it is listed no more", `document.querySelector("#items [data-query=mine]") === null`)
	s.quiet("a drop")
}

// replace edits a query: another one under its id begins anew.
func (s *scene) replace() {
	s.T.Helper()
	s.click(`[data-query="names"]`)
	s.settled("names", strconv.Itoa(s.posts))
	s.click(".actions a")
	s.Until("the form has the query", `document.getElementById("sql")?.value.includes("LIMIT 5") && document.getElementById("query-id").readOnly`)
	s.Do("edit", chromedp.Evaluate[chromedp.Void](`document.getElementById("sql").value = document.getElementById("sql").value.replace("LIMIT 5", "LIMIT 3")`))
	s.click("[data-submit] [type=submit]")
	s.Until("the new one is shown", `document.querySelector(".query .sql")?.textContent.includes("LIMIT 3")`)
	if got := s.Text(".who"); got != "ben" {
		s.T.Errorf("it belongs to %q now", got)
	}
	s.Until("the heading has the focus", `document.activeElement?.tagName === "H1"`)
	passed := s.posts
	s.post(40)
	s.settled("names", strconv.Itoa(s.posts-passed))
	s.quiet("an edit")
}

// failure has a query that crosses a limit: the page says why it was stopped.
func (s *scene) failure() {
	s.T.Helper()
	if err := s.house.Submit(s.Ctx, "greedy", "SELECT id, count(*) AS n FROM tweets GROUP BY id", "carla", wire.Options{MaxGroups: 2}); err != nil {
		s.T.Fatal(err)
	}
	s.Until("it is listed", `document.querySelector('#items [data-query=greedy]') !== null`)
	s.click(`[data-query="greedy"]`)
	s.post(20)
	s.Until("it has failed", `document.querySelector(".query-head .state")?.dataset.state === "failed"`)
	if got := s.Text(`[data-note="state"]`); !strings.Contains(got, "It was stopped") || !strings.Contains(got, "groups") {
		s.T.Errorf("the page says %q", got)
	}
	s.Until("the list says so", `document.querySelector('#items [data-query=greedy]').dataset.state === "failed"`)
	s.Picture("failed-query-light")
	s.click("[data-action=drop]")
	s.click("[data-action=drop-it]")
	s.Until("it is dropped", `document.querySelector("#items [data-query=greedy]") === null`)
	s.quiet("a failure")
}

// restart takes the service away while posts come: the page says so, comes back by
// itself and shows what there is then.
func (s *scene) restart() {
	s.T.Helper()
	s.click(`[data-query="languages"]`)
	s.settled("languages", strconv.Itoa(s.posts))
	s.shifted("before the restart")
	if err := s.house.Absent(); err != nil {
		s.T.Fatal(err)
	}
	s.Until("it says that it reconnects", `document.getElementById("link").dataset.link === "lost"`)
	if got := s.Text("#link"); got != "reconnecting…" {
		s.T.Errorf("it says %q", got)
	}
	s.Picture("reconnecting-light")
	s.post(25)
	if err := s.house.Present(); err != nil {
		s.T.Fatal(err)
	}
	s.Until("it is connected", `document.getElementById("link").dataset.link === "open"`)
	s.settled("languages", strconv.Itoa(s.posts))
	s.Until("the list is up to date", fmt.Sprintf(`document.querySelector("[data-query=languages]").dataset.matched === "%d"`, s.posts))
	s.post(5)
	s.settled("languages", strconv.Itoa(s.posts))
	s.shifted("a restart")
	s.quiet("a restart", "ERR_CONNECTION_REFUSED", "ERR_INCOMPLETE_CHUNKED_ENCODING", "ERR_CONNECTION_RESET", "ERR_EMPTY_RESPONSE", "503")
}

// phone uses the page at 390 pixels.
func (s *scene) phone() {
	s.T.Helper()
	s.Size(390, 844, false)
	s.visit("")
	s.Until("the list is there", `document.querySelectorAll("#items [data-query]").length === 5`)
	seen := func(selector string) bool {
		return browser.Eval[bool](s.Tab, fmt.Sprintf(`document.querySelector(%q)?.checkVisibility() ?? false`, selector))
	}
	if !seen("#items") || seen("#detail") {
		s.T.Error("a phone does not begin with the list alone")
	}
	s.Picture("list-390")
	s.click(`[data-query="languages"]`)
	s.settled("languages", strconv.Itoa(s.posts))
	if seen("#items") || !seen("#detail") {
		s.T.Error("a phone does not show the query alone")
	}
	if wide := browser.Eval[int](s.Tab, `document.documentElement.scrollWidth`); wide > 390 {
		s.T.Errorf("the page is %d pixels wide", wide)
	}
	s.Picture("query-390")
	s.shifted("a phone")
	s.click(".back")
	s.Until("there is a way back", `document.getElementById("items").checkVisibility()`)
	s.quiet("a phone")
}

func (s *scene) dark() {
	s.T.Helper()
	s.Size(1280, 900, true)
	s.visit("#/q/languages")
	for range 12 {
		s.post(20)
		time.Sleep(250 * time.Millisecond)
	}
	s.settled("languages", strconv.Itoa(s.posts))
	s.Picture("query-dark")
	s.click("#new")
	s.Until("the form", `document.querySelector("[data-submit]") !== null`)
	s.Picture("form-dark")
	s.contrast()
	s.quiet("the dark")
}

// contrast holds that what is written can be read, in both schemes: 4.5 to 1.
func (s *scene) contrast() {
	s.T.Helper()
	for _, dark := range []bool{true, false} {
		s.Size(1280, 900, dark)
		bad := browser.Eval[[]string](s.Tab, `(() => {
			const channel = (v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
			const read = (name) => {
				const hex = getComputedStyle(document.documentElement).getPropertyValue(name).trim();
				const [r, g, b] = [1, 3, 5].map((i) => channel(parseInt(hex.slice(i, i + 2), 16) / 255));
				return 0.2126 * r + 0.7152 * g + 0.0722 * b;
			};
			const ratio = (a, b) => { const [x, y] = [read(a), read(b)].sort((p, q) => q - p); return (x + 0.05) / (y + 0.05); };
			const bad = [];
			const want = (a, b, least) => ratio(a, b) < least && bad.push(a + " on " + b + " " + ratio(a, b).toFixed(2));
			for (const ground of ["--ground", "--surface", "--raised"]) {
				for (const ink of ["--ink", "--ink-2", "--accent", "--bad", "--wait"]) want(ink, ground, 4.5);
			}
			want("--on-accent", "--accent", 4.5);
			want("--accent-strong", "--accent-soft", 4.5);
			want("--ink", "--accent-soft", 4.5);
			want("--ink-2", "--accent-soft", 4.5);
			want("--ink", "--bad-soft", 4.5);
			want("--bad", "--bad-soft", 4.5);
			want("--ink", "--mark", 4.5);
			for (const line of ["--c0", "--c1", "--c2", "--c3", "--c4", "--c5", "--c-others", "--edge", "--ok"]) want(line, "--surface", line === "--edge" ? 2.8 : 3);
			for (const text of ["--c1", "--c2", "--c5"]) want(text, "--surface", 4.5);
			return bad;
		})()`)
		if len(bad) > 0 {
			s.T.Errorf("dark %t: %v", dark, bad)
		}
	}
}
