package faults

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// panicking has this test binary panic deep in a goroutine.
const panicking = "MILLRACE_FAULTS_TEST_PANICS"

func TestThatPanics(t *testing.T) {
	if os.Getenv(panicking) == "" {
		t.Skip("it is run by another test, as a process")
	}
	go deep(30)
	time.Sleep(time.Minute)
}

func deep(n int) int {
	if n == 0 {
		panic("so deep that the last lines do not tell")
	}
	return deep(n-1) + 1
}

func mentions(wrong []string, want string) bool {
	return slices.ContainsFunc(wrong, func(s string) bool { return strings.Contains(s, want) })
}

func eventually(t *testing.T, cond func() bool) {
	t.Helper()
	for until := time.Now().Add(soon); !cond(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(until) {
			t.Fatal("waited in vain")
		}
	}
}

// A panic of a real program is noticed, however long its stack is.
func TestDeepPanic(t *testing.T) {
	p, j, _ := shell(t, "exec "+os.Args[0]+" -test.run='^TestThatPanics$'")
	p.listen, p.always = "somewhere", []string{panicking + "=1"}
	if err := p.start(); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() bool { return len(j.violations()) > 0 })
	p.down(syscall.SIGKILL, soon)
	if wrong := j.violations(); !mentions(wrong, "panicked") || !mentions(wrong, "so deep") {
		t.Errorf("violations %q", wrong)
	}
	if last := p.run.last; slices.ContainsFunc(last, func(b []byte) bool { return strings.Contains(string(b), "so deep") }) {
		t.Error("its last lines tell of the panic: that tests nothing")
	}
}

// Who is told to end has to end well.
func TestGracefulEnds(t *testing.T) {
	const wait = "while :; do sleep 0.02; done"
	for name, c := range map[string]struct {
		trap, want string
		excused    bool
	}{
		"well":     {"exit 0", "", false},
		"badly":    {"echo cannot >&2; exit 1", "was told to end by SIGTERM", false},
		"panic":    {"echo 'panic: nil' >&2; exit 0", "panicked", false},
		"race":     {"echo 'WARNING: DATA RACE' >&2; exit 0", "panicked", false},
		"hindered": {"echo cannot >&2; exit 1", "", true},
		"signal":   {"trap - TERM; kill -9 $$", "was told to end by SIGTERM", false},
	} {
		t.Run(name, func(t *testing.T) {
			p, j, said := shell(t, "leave() { "+c.trap+"; }; trap leave TERM; echo up >&2; "+wait)
			p.listen = "somewhere"
			if c.excused {
				p.hindered = func(time.Time) string { return "the broker was away" }
			}
			if err := p.start(); err != nil {
				t.Fatal(err)
			}
			hear(t, said, "up")
			p.down(syscall.SIGTERM, soon)
			if wrong := j.violations(); c.want != "" && !mentions(wrong, c.want) || c.want == "" && len(wrong) > 0 {
				t.Errorf("violations %q, want one with %q", wrong, c.want)
			}
		})
	}
}

// What was told to say what it does is not held to have panicked.
func TestAskedForItsGoroutines(t *testing.T) {
	p, j, said := shell(t, "trap 'echo goroutine 1 [running]: >&2; exit 2' QUIT; echo up >&2; while :; do sleep 0.02; done")
	p.listen = "somewhere"
	if err := p.start(); err != nil {
		t.Fatal(err)
	}
	hear(t, said, "up")
	p.signal(syscall.SIGQUIT)
	hear(t, said, "goroutine 1 [running]:")
	p.down(syscall.SIGKILL, soon)
	if wrong := j.violations(); len(wrong) > 0 {
		t.Errorf("violations %q", wrong)
	}
}

// One that ends for a good reason may do so now and then, not always.
func TestCrashLoop(t *testing.T) {
	p, j, _ := shell(t, "true")
	p.listen = "somewhere"
	for n := range mostSelfEnds + 3 {
		p.selfEnded(fmt.Errorf("exit status 1"), time.Second, "fenced: another runs")
		if wrong := j.violations(); (len(wrong) > 0) != (n >= mostSelfEnds) || len(wrong) > 1 {
			t.Errorf("after %d ends: %q", n+1, wrong)
		}
	}
}

// Who waits for the end of what it has killed does not wait for what comes after.
func TestTheKilledRunIsWaitedFor(t *testing.T) {
	p, _, said := shell(t, "echo up >&2; exec sleep 60")
	if err := p.start(); err != nil {
		t.Fatal(err)
	}
	hear(t, said, "up")
	p.mu.Lock()
	p.run.restoring[3] = 1
	p.mu.Unlock()
	r, hit := p.strike(syscall.SIGKILL)
	if !hit {
		t.Fatal("nobody was hit")
	}
	hear(t, said, "up") // the next runs
	done := make(chan int, 1)
	go func() { done <- p.left(r) }()
	select {
	case n := <-done:
		if n != 1 {
			t.Errorf("%d restores interrupted, want 1", n)
		}
	case <-time.After(soon):
		t.Error("it is still waited for")
	}
}
