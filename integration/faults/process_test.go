package faults

import (
	"io"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// shell is a process that runs a script, and the lines that it has said.
func shell(t *testing.T, script string) (*process, *journal, chan string) {
	t.Helper()
	ignore := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, ignore) })
	j := newJournal(io.Discard)
	p, err := newProcess(j, t.TempDir(), "/bin/sh", "shell", "-c", script)
	if err != nil {
		t.Fatal(err)
	}
	said := make(chan string, 100)
	p.line = func(b []byte) { said <- string(b) }
	t.Cleanup(func() { p.down(syscall.SIGKILL, soon); _ = p.log.Close() })
	return p, j, said
}

func hear(t *testing.T, said chan string, want string) {
	t.Helper()
	select {
	case got := <-said:
		if got != want {
			t.Errorf("it said %q, want %q", got, want)
		}
	case <-time.After(soon):
		t.Errorf("it did not say %q", want)
	}
}

func TestProcessIsStartedAgain(t *testing.T) {
	p, j, said := shell(t, "echo up >&2; exec sleep 60")
	if err := p.start(); err != nil {
		t.Fatal(err)
	}
	hear(t, said, "up")
	first := p.pid()
	p.signal(syscall.SIGKILL)
	hear(t, said, "up")
	if second := p.pid(); second == first || second == 0 {
		t.Errorf("it runs as %d, before as %d", second, first)
	}
	p.down(syscall.SIGTERM, soon)
	if p.pid() != 0 || p.signal(syscall.SIGCONT) {
		t.Error("it still runs")
	}
	if wrong := j.violations(); len(wrong) > 0 {
		t.Errorf("what the harness did is held against it: %v", wrong)
	}
}

// What ends without being asked to is noticed, and started again.
func TestProcessEndsByItself(t *testing.T) {
	for name, c := range map[string]struct{ script, want string }{
		"panic":  {"echo 'panic: nil' >&2; exit 2", "panicked"},
		"reason": {"echo 'no such file' >&2; exit 1", "ended by itself"},
		"silent": {"exit 3", "without a word"},
		"reset":  {"echo 'run `millrace reset` to begin anew' >&2; exit 1", "asks for a reset"},
		"signal": {"echo x >&2; kill -9 $$", "did not send"},
		"says":   {"echo 'fenced: another runs' >&2; exit 1", ""},
	} {
		t.Run(name, func(t *testing.T) {
			p, j, _ := shell(t, c.script)
			p.listen = "somewhere"
			if err := p.start(); err != nil {
				t.Fatal(err)
			}
			for until := time.Now().Add(soon); time.Now().Before(until); time.Sleep(5 * time.Millisecond) {
				j.mu.Lock()
				n := j.notes["shell ended by itself"]
				j.mu.Unlock()
				if n > 0 {
					break
				}
			}
			p.down(syscall.SIGKILL, soon)
			wrong := j.violations()
			if found := slices.ContainsFunc(wrong, func(s string) bool { return strings.Contains(s, c.want) }); found != (c.want != "") {
				t.Errorf("violations %q, want one with %q", wrong, c.want)
			}
			if j.notes["shell ended by itself"] == 0 {
				t.Error("its end was not noticed")
			}
		})
	}
}

func TestProcessThatDoesNotHeedIsKilled(t *testing.T) {
	p, j, said := shell(t, "trap '' TERM; echo up >&2; while :; do sleep 0.02; done")
	if err := p.start(); err != nil {
		t.Fatal(err)
	}
	hear(t, said, "up")
	p.down(syscall.SIGTERM, quiet)
	if wrong := j.violations(); len(wrong) != 1 || !strings.Contains(wrong[0], "did not end") {
		t.Errorf("violations %q", wrong)
	}
}

// What a scheduler says of its restores is known while it runs and when it is gone.
func TestProcessRestores(t *testing.T) {
	script := `p=0; for m in 'restoring a merge partition' 'merge partition restored' 'restoring a merge partition'; do echo "{\"msg\":\"$m\",\"partition\":$p}" >&2; done; echo '{"msg":"end"}' >&2; exec sleep 60`
	p, j, _ := shell(t, script)
	end := make(chan struct{}, 10)
	p.line = func(line []byte) {
		if heard(j, p, line); strings.Contains(string(line), "end") {
			end <- struct{}{}
		}
	}
	began := make(chan struct{}, 1)
	p.atRestore(func() { began <- struct{}{} })
	if err := p.start(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []chan struct{}{began, end} {
		select {
		case <-c:
		case <-time.After(soon):
			t.Fatal("nothing was heard of it")
		}
	}
	if n := p.restores(); n != 1 {
		t.Errorf("%d restores going on, want 1", n)
	}
	if p.restoresNow()() != true {
		t.Error("the restore that still goes on does not count")
	}
	p.down(syscall.SIGKILL, soon)
	if n := p.left(p.run); n != 1 {
		t.Errorf("%d restores interrupted, want 1", n)
	}
}
