package containers

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/redis/go-redis/v9"
	"github.com/segmentio/encoding/json"

	"github.com/millrace/millrace/integration/browser"
	"github.com/millrace/millrace/libs/results"
)

// look opens the page of a query; nil where there is no browser, which is said, and a
// failure in CI.
func look(ctx context.Context, t *testing.T, address, id string) *browser.Tab {
	t.Helper()
	if browser.Program() == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("there is no Chromium to look at the page with")
		}
		t.Log("MILLRACE_CHROMIUM names no Chromium: the page is not looked at")
		return nil
	}
	tab := browser.Open(t, ctx)
	tab.Size(1280, 900, false)
	tab.Do("open the page", chromedp.Navigate("http://"+address+"/#/q/"+id), chromedp.Evaluate[chromedp.Void]("window.opened = true"))
	return tab
}

// sees waits until the page, opened once and not again since, shows of each row
// what Redis holds, to the last digit; and takes a picture of it.
func sees(ctx context.Context, t *testing.T, tab *browser.Tab, store, id, picture string) {
	t.Helper()
	if tab == nil {
		return
	}
	rdb := redis.NewClient(&redis.Options{Addr: store})
	defer rdb.Close()
	eventually(ctx, t, time.Minute, func(ctx context.Context) error {
		stored, err := rdb.HGetAll(ctx, results.RowsKey(id, results.Window{})).Result()
		if err != nil {
			return err
		}
		want := map[string]map[string]string{}
		for key, row := range stored {
			var fields map[string]json.RawMessage
			if err := json.Unmarshal([]byte(row), &fields); err != nil {
				return err
			}
			want[key] = map[string]string{}
			for name, value := range fields {
				var text string
				if json.Unmarshal(value, &text) != nil {
					text = string(value) // a number, as it is written
				}
				want[key][name] = text
			}
		}
		got := browser.Eval[map[string]map[string]string](tab, `Object.fromEntries([...document.querySelectorAll(".rows tr[data-key]")].map((tr) =>
			[tr.dataset.key, Object.fromEntries([...tr.querySelectorAll("td[data-column]")].map((td) => [td.dataset.column, td.dataset.value]))]))`)
		if len(want) == 0 || !maps.EqualFunc(got, want, maps.Equal[map[string]string, map[string]string]) {
			return fmt.Errorf("query %s: the page shows %v, Redis has %v", id, got, want)
		}
		if browser.Eval[int](tab, `document.querySelectorAll("[data-query]").length`) == 0 {
			return errors.New("the page lists no query")
		}
		return nil
	})
	if !browser.Eval[bool](tab, "window.opened === true") {
		t.Error("the page was loaded anew")
	}
	tab.Picture(picture)
}
