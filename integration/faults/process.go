package faults

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// process is a program that is started again whenever it ends, as a supervisor
// would, until it is told to stop.
type process struct {
	name    string
	path    string
	args    []string
	listen  string // where its metrics are; "": nowhere
	journal *journal
	log     *os.File
	line    func(line []byte) // hears every line of its log; may be nil

	mu      sync.Mutex
	cmd     *exec.Cmd // nil while it does not run
	always  []string  // environment beyond the harness's own
	env     []string  // and for now
	began   time.Time
	runs    int           // how often it was started
	wanted  bool          // start it again
	dropped chan struct{} // closed when it is no longer wanted
	killed  bool          // the harness ended it
	frozen  bool
	last    [][]byte // the last lines of its log
	slot    int      // that it said to have; -1: none
	partial []byte
	gone    chan struct{} // closed when the present run has ended

	restoring int    // merge partitions whose restore has begun and not ended
	undone    int    // those of the run before, when it ended
	onRestore func() // called once, when a restore begins
}

func newProcess(j *journal, dir, path, name string, args ...string) (*process, error) {
	log, err := os.Create(filepath.Join(dir, name+".log"))
	if err != nil {
		return nil, err
	}
	gone := make(chan struct{})
	close(gone)
	return &process{name: name, path: path, args: args, journal: j, log: log, slot: -1, gone: gone}, nil
}

// start starts the process unless it runs.
func (p *process) start() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.wanted {
		p.wanted, p.dropped = true, make(chan struct{})
	}
	return p.launch()
}

func (p *process) launch() error {
	if p.cmd != nil {
		return nil
	}
	cmd := exec.Command(p.path, p.args...)
	cmd.Env = append(append(cmd.Environ(), p.always...), p.env...)
	cmd.Stdout, cmd.Stderr = io.Discard, p
	if p.listen == "" {
		cmd.Stdout = p
	}
	cmd.SysProcAttr = dieWithParent()
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start %s: %w", p.name, err)
	}
	p.cmd, p.began, p.killed, p.frozen, p.slot, p.restoring = cmd, time.Now(), false, false, -1, 0
	p.runs++
	p.gone = make(chan struct{})
	go p.wait(cmd, p.gone)
	return nil
}

// starts returns how often the process was started.
func (p *process) starts() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.runs
}

// wait sees the process end, and starts it again.
func (p *process) wait(cmd *exec.Cmd, gone chan struct{}) {
	err := cmd.Wait()
	p.mu.Lock()
	ran, killed, wanted, dropped := time.Since(p.began), p.killed, p.wanted, p.dropped
	p.cmd, p.undone = nil, p.restoring
	words := p.words()
	p.mu.Unlock()
	close(gone)
	pause := 100 * time.Millisecond
	if !killed {
		pause = time.Second
		p.ended(err, ran, wanted, words)
	}
	if !wanted {
		return
	}
	select {
	case <-dropped:
	case <-time.After(pause):
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.wanted {
		if err := p.launch(); err != nil {
			p.journal.violation("%v", err)
		}
	}
}

// ended notes how a process ended by itself: it has to say why.
func (p *process) ended(err error, ran time.Duration, wanted bool, words string) {
	var exit *exec.ExitError
	if err == nil && !wanted {
		return
	}
	p.journal.note("%s ended by itself after %s: %v; its last words: %s", p.name, ran.Round(time.Millisecond), err, words)
	p.journal.count(p.name + " ended by itself")
	switch {
	case errors.As(err, &exit) && exit.Sys().(syscall.WaitStatus).Signaled() && p.listen != "":
		p.journal.violation("%s was ended by a signal that the harness did not send: %v", p.name, err)
	case strings.Contains(words[strings.LastIndex(words, " | ")+1:], "millrace reset"):
		p.journal.violation("%s ended by itself and asks for a reset: %s", p.name, words)
	case strings.Contains(words, "panic:"), strings.Contains(words, "goroutine 1 ["), strings.Contains(words, "fatal error:"):
		p.journal.violation("%s panicked: %s", p.name, words)
	case words == "":
		p.journal.violation("%s ended without a word", p.name)
	}
}

// signal sends a signal to the process, and reports whether there is one.
func (p *process) signal(s syscall.Signal) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd == nil {
		return false
	}
	if s == syscall.SIGKILL || s == syscall.SIGTERM || s == syscall.SIGQUIT {
		p.killed = true
	}
	p.frozen = s == syscall.SIGSTOP
	return p.cmd.Process.Signal(s) == nil
}

// down ends the process, keeps it down, and waits until it has ended. One that
// does not heed SIGTERM in time is a violation.
func (p *process) down(s syscall.Signal, patience time.Duration) {
	p.mu.Lock()
	if p.wanted {
		p.wanted = false
		close(p.dropped)
	}
	gone := p.gone
	p.mu.Unlock()
	if !p.signal(s) {
		return
	}
	p.signal(syscall.SIGCONT)
	select {
	case <-gone:
	case <-time.After(patience):
		if s != syscall.SIGKILL {
			p.journal.violation("%s did not end within %s of signal %v", p.name, patience, s)
			p.signal(syscall.SIGKILL)
		}
		<-gone
	}
}

// atRestore has fn called when the next restore begins; at once if one is going on.
func (p *process) atRestore(fn func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if fn != nil && p.cmd != nil && p.restoring > 0 {
		go fn()
		return
	}
	p.onRestore = fn
}

// restores tells how many restores are going on.
func (p *process) restores() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.restoring
}

// left waits until the process has ended, and tells how many restores that has
// interrupted. It must have been killed.
func (p *process) left() int {
	p.mu.Lock()
	gone := p.gone
	p.mu.Unlock()
	<-gone
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.undone
}

// pid returns the process's id, 0 while there is none.
func (p *process) pid() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd == nil {
		return 0
	}
	return p.cmd.Process.Pid
}

// running tells for how long the process has run; false while it does not, or
// stands still.
func (p *process) running() (time.Duration, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return time.Since(p.began), p.cmd != nil && !p.frozen
}

// Write takes the process's log.
func (p *process) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.partial = append(p.partial, b...)
	for {
		i := bytes.IndexByte(p.partial, '\n')
		if i < 0 {
			break
		}
		line := bytes.Clone(p.partial[:i])
		p.partial = p.partial[i+1:]
		if p.last = append(p.last, line); len(p.last) > 12 {
			p.last = p.last[1:]
		}
		if p.line != nil {
			p.line(line)
		}
	}
	return p.log.Write(b)
}

// words returns the last lines of the log that are worth reading.
func (p *process) words() string {
	var out []string
	for _, line := range append(p.last, p.partial) {
		text := string(bytes.TrimSpace(line))
		if text != "" && !strings.Contains(text, `"level":"DEBUG"`) {
			out = append(out, text)
		}
	}
	if n := len(out); n > 3 && !strings.Contains(strings.Join(out, ""), "panic:") {
		out = out[n-3:]
	}
	return strings.Join(out, " | ")
}
