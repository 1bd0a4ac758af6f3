package faults

import (
	"fmt"
	"io"
	"runtime"
	"slices"
	"sync"
	"time"
)

// journal is the history of a run: what was done to whom, what was seen, when.
type journal struct {
	mu    sync.Mutex
	out   io.Writer
	began time.Time
	wrong []string // violations of the promise
	lines []string
	seen  []evidence
	notes map[string]int // kinds of things that happened and were not asked for
}

// evidence is a line of a service's log, or a count of its metrics, that shows
// that something open was aborted or interrupted.
type evidence struct {
	at    time.Time
	since time.Time // it came about then at the earliest
	who   string
	kind  kind
	cause string
}

func newJournal(out io.Writer) *journal {
	return &journal{out: out, began: time.Now(), notes: map[string]int{}}
}

// note writes a line into the history.
func (j *journal) note(format string, args ...any) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.write(fmt.Sprintf(format, args...))
}

func (j *journal) write(text string) {
	now := time.Now()
	line := fmt.Sprintf("%s %7.2f s  %s", now.UTC().Format("15:04:05.000"), now.Sub(j.began).Seconds(), text)
	j.lines = append(j.lines, line)
	_, _ = fmt.Fprintln(j.out, line)
}

// violation notes that the promise was broken.
func (j *journal) violation(format string, args ...any) {
	j.mu.Lock()
	defer j.mu.Unlock()
	text := fmt.Sprintf(format, args...)
	j.wrong = append(j.wrong, text)
	if len(j.wrong) <= 40 {
		j.write("VIOLATION " + text)
	}
}

// violations returns all of them.
func (j *journal) violations() []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Clone(j.wrong)
}

// show keeps evidence.
func (j *journal) show(e evidence) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.seen = append(j.seen, e)
}

// count counts something worth telling in the end.
func (j *journal) count(what string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.notes[what]++
}

// evidences returns all evidence.
func (j *journal) evidences() []evidence {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Clone(j.seen)
}

// dump writes down what the harness's own goroutines do.
func (j *journal) dump() {
	buf := make([]byte, 4<<20)
	buf = buf[:runtime.Stack(buf, true)]
	j.mu.Lock()
	defer j.mu.Unlock()
	_, _ = fmt.Fprintf(j.out, "goroutines of the harness:\n%s\n", buf)
}
