// Package browser drives a headless Chromium in tests.
//
// Its main noun is the [Tab]. It knows nothing of the page that is looked at.
//
//	tab := browser.Open(t, ctx)
//	tab.Do("open", chromedp.Navigate(url))
//	tab.Until("there are rows", `document.querySelector("tr")`)
//	names := browser.Eval[[]string](tab, `[...document.querySelectorAll("td")].map((td) => td.textContent)`)
//	tab.Picture("rows") // where MILLRACE_SCREENSHOTS names a folder
package browser

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// Tab is one tab of a browser of its own.
type Tab struct {
	T   *testing.T
	Ctx context.Context // of all that is asked of the tab

	mu     sync.Mutex
	errors []string // of the console
}

// Program returns the browser that MILLRACE_CHROMIUM names, "" where it names none.
func Program() string { return os.Getenv("MILLRACE_CHROMIUM") }

// chromium returns the program, or skips.
func chromium(t *testing.T) string {
	t.Helper()
	if Program() == "" {
		t.Skip("needs a Chromium that MILLRACE_CHROMIUM names: make page")
	}
	path, err := exec.LookPath(Program())
	if err != nil {
		t.Fatalf("MILLRACE_CHROMIUM: %v", err)
	}
	return path
}

// Open starts a browser, which ends with the test. Without a [Program] the test is
// skipped.
func Open(t *testing.T, ctx context.Context) *Tab { //nolint:revive // t first, as in all helpers of tests
	t.Helper()
	ctx, stop := chromedp.NewExecAllocator(ctx, append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]),
		chromedp.ExecPath(chromium(t)),
		chromedp.NoSandbox,
		chromedp.DisableGPU,
		chromedp.UserDataDir(t.TempDir()),
		chromedp.WindowSize(1280, 900),
	)...)
	t.Cleanup(stop)
	ctx, leave := chromedp.NewContext(ctx)
	t.Cleanup(leave)
	b := &Tab{T: t, Ctx: ctx}
	b.Do("start", chromedp.Navigate("about:blank"))
	said := chromedp.Console(ctx)
	listened := make(chan struct{})
	go func() {
		defer close(listened)
		for m, err := range said {
			if err != nil {
				return
			}
			b.hear(m)
		}
	}()
	t.Cleanup(func() {
		leave()
		<-listened
	})
	return b
}

// hear keeps what the console says is wrong.
func (b *Tab) hear(m chromedp.ConsoleMessage) {
	if t := string(m.Type); t != "error" && t != "warning" && !m.IsException() {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.errors = append(b.errors, m.String()+" "+m.URL)
}

// Complaints returns what the console said since it was asked last.
func (b *Tab) Complaints() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	said := b.errors
	b.errors = nil
	return said
}

// Do does one thing after the other, or fails the test.
func (b *Tab) Do(what string, actions ...chromedp.Action[chromedp.Void]) {
	b.T.Helper()
	if err := chromedp.Do(b.Ctx, actions...); err != nil {
		b.T.Fatalf("%s: %v", what, err)
	}
}

// Eval returns what an expression gives; a promise is waited for.
func Eval[T any](b *Tab, expression string) T {
	b.T.Helper()
	v, err := chromedp.Run(b.Ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		b.T.Fatalf("evaluate %s: %v", expression, err)
	}
	return v
}

// Until waits for an expression to be true.
func (b *Tab) Until(what, expression string) {
	b.T.Helper()
	ctx, cancel := context.WithTimeout(b.Ctx, 30*time.Second)
	defer cancel()
	for {
		ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("Boolean("+expression+")"))
		if ok {
			return
		}
		if err != nil || ctx.Err() != nil {
			b.Picture("failed")
			b.T.Fatalf("never: %s (%v); the page has %.1500s", what, err, Eval[string](b, "document.body.innerText"))
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// Size sets what the page sees of the screen.
func (b *Tab) Size(width, height int64, dark bool) {
	b.T.Helper()
	scheme := "light"
	if dark {
		scheme = "dark"
	}
	_, err := chromedp.Call(b.Ctx, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
		Width: width, Height: height, DeviceScaleFactor: 1, Mobile: width < 700,
	})
	if err != nil {
		b.T.Fatal(err)
	}
	_, err = chromedp.Call(b.Ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
	})
	if err != nil {
		b.T.Fatal(err)
	}
}

// Picture keeps a picture of what is seen, if somebody wants one.
func (b *Tab) Picture(name string) {
	b.T.Helper()
	dir := os.Getenv("MILLRACE_SCREENSHOTS")
	if dir == "" {
		return
	}
	png, err := chromedp.Run(b.Ctx, chromedp.CaptureScreenshot())
	if err != nil {
		b.T.Fatal(err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		b.T.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644); err != nil {
		b.T.Fatal(err)
	}
}

// Text returns what an element shows.
func (b *Tab) Text(selector string) string {
	b.T.Helper()
	return strings.TrimSpace(Eval[string](b, fmt.Sprintf("document.querySelector(%q)?.textContent ?? ''", selector)))
}
