package cli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/segmentio/encoding/json"

	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/services/millrace"
	"github.com/millrace/millrace/services/presentation"
)

// house is all services over embedded servers. Presentation is apart, so that a
// test can stop and start it.
type house struct {
	t       *testing.T
	stack   *millrace.Stack
	inbox   string
	address string
	stop    func() // presentation
	watches []*watching
}

// told is all that the watches have printed.
func (h *house) told() string {
	text := ""
	for _, w := range h.watches {
		text += "\n" + w.out.String() + w.notes.String()
	}
	return text
}

func openHouse(t *testing.T) *house {
	t.Helper()
	h := &house{t: t, inbox: t.TempDir()}
	var err error
	h.stack, err = millrace.Open(millrace.Config{Layout: kafka.Layout{Partitions: 2, ExchangePartitions: 2, ReplicationFactor: 1}, Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- h.stack.Run(ctx, millrace.Options{Watch: h.inbox}) }()
	h.start()
	t.Cleanup(func() {
		h.stop()
		cancel()
		if err := <-ended; err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("services: %v", err)
		}
		h.stack.Close()
	})
	return h
}

// start runs presentation, where it ran before.
func (h *house) start() {
	h.t.Helper()
	if h.address == "" {
		h.address = "127.0.0.1:0"
	}
	listener, err := net.Listen("tcp", h.address)
	if err != nil {
		h.t.Fatal(err)
	}
	h.address = listener.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		ended <- presentation.Run(ctx, presentation.Config{
			Kafka: h.stack.Kafka, Layout: h.stack.Layout, Redis: h.stack.Redis, Listener: listener, Drain: 50 * time.Millisecond,
		})
	}()
	h.stop = func() {
		cancel()
		if err := <-ended; err != nil {
			h.t.Errorf("presentation: %v", err)
		}
	}
	h.eventually("ready", func() bool { code, _, _ := h.query("list"); return code == 0 })
}

func (h *house) query(args ...string) (code int, stdout, stderr string) {
	return run(append(append([]string{"query"}, args...), "--server", h.address)...)
}

// must runs a command that has to succeed and returns what it printed.
func (h *house) must(args ...string) string {
	h.t.Helper()
	code, out, errs := h.query(args...)
	if code != 0 {
		h.t.Fatalf("millrace query %s: exit %d\n%s%s", strings.Join(args, " "), code, out, errs)
	}
	return out
}

func (h *house) eventually(what string, ok func() bool) {
	h.t.Helper()
	deadline := time.Now().Add(time.Minute)
	for !ok() {
		if time.Now().After(deadline) {
			h.t.Fatalf("not %s in time%s", what, h.told())
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// feed puts a file of posts into the watched folder.
func (h *house) feed(name string, langs ...string) {
	h.t.Helper()
	var text strings.Builder
	for i, lang := range langs {
		fmt.Fprintf(&text, `{"id":%d,"created_at":"Sat Oct 01 00:00:%02d +0000 2016","text":"invented","lang":%q}`+"\n", i+1, i%60, lang)
	}
	path := filepath.Join(h.t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
		h.t.Fatal(err)
	}
	if err := os.Rename(path, filepath.Join(h.inbox, name)); err != nil {
		h.t.Fatal(err)
	}
}

// screenful is what a command has printed so far.
type screenful struct {
	mu   sync.Mutex
	text strings.Builder
}

func (s *screenful) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(b)
}

func (s *screenful) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// watching is a `query watch` that runs.
type watching struct {
	out, notes screenful
	code       chan int
}

func (h *house) watch(id string) *watching {
	w := &watching{code: make(chan int, 1)}
	h.watches = append(h.watches, w)
	go func() { w.code <- Main([]string{"query", "watch", id, "--server", h.address}, &w.out, &w.notes) }()
	h.eventually("watching", func() bool { return strings.Contains(w.out.String(), `{"event":"ready"`) })
	return w
}

// state folds what a watch has printed into rows, "key row" sorted.
func (w *watching) state(t *testing.T) []string {
	t.Helper()
	rows := map[string]string{}
	for line := range strings.Lines(w.out.String()) {
		var e struct {
			Event string
			ID    string
			Key   json.RawMessage
			Row   json.RawMessage
			Rows  []struct{ Key, Row json.RawMessage }
		}
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			return nil // half a line
		}
		switch e.Event {
		case "begin":
			clear(rows)
		case "top":
			clear(rows)
			for i, r := range e.Rows {
				rows[fmt.Sprint(i, " ", string(r.Key))] = string(r.Row)
			}
		case "row":
			if rows[e.ID+string(e.Key)] = string(e.Row); string(e.Row) == "null" {
				delete(rows, e.ID+string(e.Key))
			}
		}
	}
	var all []string
	for _, key := range slices.Sorted(maps.Keys(rows)) {
		all = append(all, key+" "+rows[key])
	}
	return all
}

func (h *house) wantState(w *watching, want ...string) {
	h.t.Helper()
	h.eventually(fmt.Sprint(want), func() bool { return slices.Equal(w.state(h.t), want) })
}

// TestQueriesOfARunningMillrace submits, watches, shows, replaces and drops over
// the real services.
func TestQueriesOfARunningMillrace(t *testing.T) {
	h := openHouse(t)
	if out := h.must("submit", "--id", "langs", "--owner", "anna", "--wait", "live", "SELECT lang, count(*) AS n FROM tweets GROUP BY lang"); out != "langs: live, epoch 0\n" {
		t.Errorf("%s", out)
	}
	file := write(t, "q.sql", `
-- name: top
SELECT lang, count(*) AS n FROM tweets GROUP BY lang ORDER BY n DESC LIMIT 1;
-- name: ids
SELECT id FROM tweets WHERE lang = 'ja';
-- name: minutes
SELECT window_start, count(*) AS n FROM TUMBLE(tweets, created_at, INTERVAL '1' MINUTE) GROUP BY window_start;`)
	h.must("submit", "--owner", "ben", "--label", "team=a", "--wait", "live", "-f", file)
	langs, top, ids := h.watch("langs"), h.watch("top"), h.watch("ids")

	h.feed("one.ndjson", "en", "ja", "en")
	h.wantState(langs, `["en"] {"lang":"en","n":2}`, `["ja"] {"lang":"ja","n":1}`)
	h.wantState(top, `0 ["en"] {"lang":"en","n":2}`)
	h.eventually("logged", func() bool { return len(ids.state(t)) == 1 })
	shown := h.must("show", "langs")
	if !strings.Contains(shown, "owner      anna") || !strings.HasSuffix(shown, "\nlang  n\n----  -\nen    2\nja    1\n") {
		t.Errorf("%s", shown)
	}
	if shown := h.must("show", "top", "--format", "json"); !strings.HasSuffix(shown, "\n"+`{"query":"top","key":["en"],"row":{"lang":"en","n":2}}`+"\n") {
		t.Errorf("%s", shown)
	}
	h.eventually("counted by the minute", func() bool { // another merge partition's
		return strings.Contains(h.must("show", "minutes"), "window_start              n\n------------              -\n2016-10-01T00:00:00.000Z  3\n")
	})

	// Presentation goes and comes back; what happened meanwhile is told.
	h.stop()
	h.eventually("noticed", func() bool { return strings.Contains(langs.notes.String(), "is lost") })
	h.feed("two.ndjson", "ja", "ja", "de")
	h.start()
	h.wantState(langs, `["de"] {"lang":"de","n":1}`, `["en"] {"lang":"en","n":2}`, `["ja"] {"lang":"ja","n":3}`)
	h.wantState(top, `0 ["ja"] {"lang":"ja","n":3}`)
	h.eventually("logged", func() bool { return len(ids.state(t)) == 3 })
	if n := strings.Count(ids.out.String(), `{"event":"row"`); n != 3 && strings.Count(ids.out.String(), `{"event":"begin"`) == 1 {
		t.Errorf("a log's rows came %d times:\n%s", n, ids.out.String())
	}

	// A bad replacement leaves the query alone, a good one replaces it.
	code, _, errs := h.query("submit", "--id", "langs", "SELECT lagn FROM tweets")
	if code != 2 || !strings.Contains(errs, "1:8: unknown column lagn\n  1 | SELECT lagn FROM tweets\n    |        ^\nhint: did you mean lang?\n") {
		t.Errorf("exit %d, %s", code, errs)
	}
	h.must("submit", "--id", "langs", "--wait", "live", "SELECT count(*) AS posts FROM tweets")
	h.wantState(langs, `[] {"posts":0}`)
	if !strings.Contains(langs.out.String(), `"columns":[{"name":"posts","type":"BIGINT"}]`) {
		t.Errorf("the new columns were not told:\n%s", langs.out.String())
	}
	if list := h.must("list", "--owner", "ben", "--label", "team"); strings.Count(list, "\n") != 5 || strings.Contains(list, "langs") {
		t.Errorf("%s", list)
	}

	h.must("drop", "--label", "team=a", "--yes")
	h.must("drop", "langs")
	for _, w := range []*watching{langs, top, ids} {
		h.eventually("told of the drop", func() bool { return len(w.code) > 0 })
		if code := <-w.code; code != 0 || !strings.Contains(w.out.String(), `{"event":"dropped"`) || !strings.Contains(w.notes.String(), "was dropped\n") {
			t.Errorf("exit %d\n%s%s", code, w.out.String(), w.notes.String())
		}
	}
	h.eventually("all gone", func() bool { return h.must("list") == "" })
}
