package cli

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"

	"github.com/millrace/millrace/services/millrace"
)

const (
	// barEvery is the time between two drawings.
	barEvery = 100 * time.Millisecond
	// barAfter is how long a phase without figures lasts before it is told of.
	barAfter = 500 * time.Millisecond
	// leftAfter is after how long a guess of what is left is worth something.
	leftAfter = 3 * time.Second
	// barLeast and barMost are the columns of the bar itself.
	barLeast, barMost = 10, 40
)

// bar shows how far a run is: one line on a terminal, gone at the end. Elsewhere
// it shows nothing. It has no colours, and only ASCII, because the width of block
// characters is a matter of fonts and locales. It tells no speed: the summary
// does, with what it is worth.
//
// What else goes to the same terminal has to be written to the bar.
type bar struct {
	out   io.Writer
	width func() int // columns; nil: nothing is shown

	mu    sync.Mutex
	began time.Time
	fed   time.Time // since when there are figures
	total int64     // bytes
	share float64   // of them that is read and scanned, never less than before
	line  string    // what stands on the terminal
	stop  chan struct{}
	done  chan struct{}
}

// newBar starts a bar on w, if that is a terminal that can erase a line.
func newBar(w io.Writer, kind string) *bar {
	file, ok := terminal(w)
	if !ok || kind == "dumb" {
		return &bar{out: w}
	}
	b := &bar{out: w, began: time.Now(), stop: make(chan struct{}), done: make(chan struct{})}
	b.width = func() int {
		width, _, err := term.GetSize(int(file.Fd()))
		if err != nil || width < 1 {
			return 80
		}
		return width
	}
	go b.paint()
	return b
}

func (b *bar) shown() bool { return b.width != nil }

func (b *bar) paint() {
	defer close(b.done)
	tick := time.NewTicker(barEvery)
	defer tick.Stop()
	for {
		select {
		case <-b.stop:
			return
		case now := <-tick.C:
			b.mu.Lock()
			b.draw(now)
			b.mu.Unlock()
		}
	}
}

// show takes how far the run is.
func (b *bar) show(p millrace.Progress) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.fed.IsZero() {
		b.fed = time.Now()
	}
	b.total, b.share = p.Total, max(b.share, share(p))
}

// finish takes the line away.
func (b *bar) finish() {
	if !b.shown() {
		return
	}
	close(b.stop)
	<-b.done
	b.mu.Lock()
	defer b.mu.Unlock()
	b.erase()
}

// Write writes above the bar.
func (b *bar) Write(text []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.erase()
	return b.out.Write(text)
}

func (b *bar) erase() {
	if b.line != "" {
		b.line = ""
		_, _ = io.WriteString(b.out, "\r\x1b[K")
	}
}

// draw writes the line in one piece over the one before, if it is another.
func (b *bar) draw(now time.Time) {
	line := b.text(now, b.width()-1) // in the last column some terminals break the line
	if line == b.line || line == "" {
		return
	}
	b.line = line
	_, _ = io.WriteString(b.out, "\r"+line+"\x1b[K")
}

// text is the line at a moment, of at most so many columns.
func (b *bar) text(now time.Time, width int) string {
	if b.fed.IsZero() {
		if now.Sub(b.began) < barAfter {
			return ""
		}
		return clip("waiting for the queries to be live, "+seconds(now.Sub(b.began)), width)
	}
	percent := fmt.Sprintf("%3d%%", int(100*b.share))
	took := now.Sub(b.fed)
	if b.share == 1 {
		return clip(percent+" read, last results follow, "+seconds(took), width)
	}
	size := " of " + bytesText(b.total)
	left := ""
	if took > leftAfter && b.share > 0.01 {
		rest := time.Duration(float64(took) * (1 - b.share) / b.share)
		left = ", about " + seconds(max(rest, time.Second)) + " left"
	}
	for _, after := range []string{size + left, size, ""} {
		if n := min(width-len(percent)-len(after)-3, barMost); n >= barLeast {
			full := int(float64(n) * b.share)
			return percent + " [" + strings.Repeat("#", full) + strings.Repeat(".", n-full) + "]" + after
		}
	}
	return clip(percent, width)
}

// share is how much of the input has been read and scanned, from 0 to 1.
func share(p millrace.Progress) float64 {
	part := 1.0
	if p.Total > 0 {
		part = float64(p.Read) / float64(p.Total)
	}
	if p.Documents > 0 {
		part *= min(1, float64(p.Scanned)/float64(p.Documents))
	}
	return max(0, min(part, 1))
}

// seconds writes a time as people say it: 5s, 2m10s.
func seconds(d time.Duration) string { return max(d, 0).Round(time.Second).String() }

// bytesText writes a size as people say it.
func bytesText(n int64) string {
	switch {
	case n >= 1e9:
		return fmt.Sprintf("%.1f GB", float64(n)/1e9)
	case n >= 1e6:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	default:
		return fmt.Sprintf("%.1f kB", float64(n)/1e3)
	}
}

// clip cuts ASCII text to so many columns.
func clip(text string, width int) string { return text[:max(0, min(len(text), width))] }
