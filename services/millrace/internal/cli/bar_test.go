package cli

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/millrace/millrace/services/millrace"
)

func TestBarText(t *testing.T) {
	began := time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)
	mb := func(read, total, documents, scanned int64) millrace.Progress {
		return millrace.Progress{Read: read * 1e6, Total: total * 1e6, Documents: documents, Scanned: scanned}
	}
	for _, c := range []struct {
		name  string
		at    *millrace.Progress
		after time.Duration
		width int
		want  string
	}{
		{"at once", nil, 100 * time.Millisecond, 80, ""},
		{"registering", nil, 3 * time.Second, 80, "waiting for the queries to be live, 3s"},
		{"nothing yet", ptr(mb(0, 100, 0, 0)), 2 * time.Second, 80, "  0% [........................................] of 100.0 MB"},
		{"half", ptr(mb(50, 100, 10, 10)), 4 * time.Second, 80, " 50% [####################....................] of 100.0 MB, about 4s left"},
		{"read and not scanned", ptr(mb(100, 100, 10, 5)), 4 * time.Second, 80, " 50% [####################....................] of 100.0 MB, about 4s left"},
		{"narrow", ptr(mb(50, 100, 10, 10)), 4 * time.Second, 39, " 50% [##########..........] of 100.0 MB"},
		{"narrower", ptr(mb(50, 100, 10, 10)), 4 * time.Second, 20, " 50% [######.......]"},
		{"hardly any", ptr(mb(50, 100, 10, 10)), 4 * time.Second, 3, " 50"},
		{"long", ptr(mb(10, 100, 10, 10)), 4 * time.Minute, 200, " 10% [####....................................] of 100.0 MB, about 36m0s left"},
		{"the end", ptr(mb(100, 100, 10, 10)), 5 * time.Second, 80, "100% read, last results follow, 5s"},
		{"empty input", ptr(mb(0, 0, 0, 0)), time.Second, 80, "100% read, last results follow, 1s"},
		{"the last moments", ptr(mb(999, 1000, 10, 10)), 9 * time.Second, 80, " 99% [#######################################.] of 1.0 GB, about 1s left"},
		{"nearly", ptr(mb(100, 100, 1000, 999)), time.Second / 2, 30, " 99% [##########.] of 100.0 MB"},
	} {
		b := &bar{began: began}
		if c.at != nil {
			b.show(*c.at)
			b.fed = began
		}
		if got := b.text(began.Add(c.after), c.width); got != c.want || len(got) > c.width {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func ptr[T any](v T) *T { return &v }

// TestBarLeavesNothing draws, writes something else, draws again and ends.
func TestBarLeavesNothing(t *testing.T) {
	var out bytes.Buffer
	b := &bar{out: &out, width: func() int { return 40 }}
	b.show(millrace.Progress{Read: 1, Total: 2})
	b.draw(time.Now())
	b.draw(time.Now()) // the same: nothing is written
	if _, err := b.Write([]byte("a warning\n")); err != nil {
		t.Fatal(err)
	}
	b.draw(time.Now())
	b.erase()
	line := "\r 50% [" + strings.Repeat("#", 11) + strings.Repeat(".", 11) + "] of 0.0 kB\x1b[K"
	if want := line + "\r\x1b[K" + "a warning\n" + line + "\r\x1b[K"; out.String() != want {
		t.Errorf("%q, want %q", out.String(), want)
	}
	b.show(millrace.Progress{Read: 1, Total: 3})
	if b.share != 0.5 {
		t.Errorf("the bar went back to %v", b.share)
	}
	// Where there is no terminal nothing is drawn, and logs pass.
	out.Reset()
	plain := newBar(&out, "xterm")
	plain.show(millrace.Progress{Read: 1, Total: 2})
	if _, err := plain.Write([]byte("x")); err != nil || plain.shown() {
		t.Fatal(err)
	}
	plain.finish()
	if out.String() != "x" {
		t.Errorf("%q", out.String())
	}
}
