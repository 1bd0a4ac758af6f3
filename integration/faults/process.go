package faults

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/millrace/millrace/integration/ledger"
)

// process is a program that is started again whenever it ends, as a supervisor
// would, until it is told to stop.
type process struct {
	name    string
	path    string
	args    []string
	listen  string // where its metrics are; "": it is a server, not a service
	journal *journal
	log     *os.File
	line    func(line []byte) // hears every line of its log; may be nil

	// pardons tells why an end by itself, which said these words, is none to
	// complain of; "": it is. May be nil: only being fenced is.
	pardons func(words string) string
	// hindered tells what kept the process from finishing its work at some time
	// since; "": nothing. May be nil.
	hindered func(since time.Time) string

	mu      sync.Mutex
	run     *run     // the present one, or the last; nil before the first
	always  []string // environment beyond the harness's own
	env     []string // and for now
	slain   *run     // the last that got SIGKILL
	runs    int      // how often it was started
	alone   int      // how often it has ended by itself
	wanted  bool     // start it again
	dropped chan struct{}
	slot    int // that it said to have; -1: none
	partial []byte

	onRestore func() // called once, when a restore begins
	outages   []outage
}

// run is one run of a process, from its start to its end.
type run struct {
	cmd    *exec.Cmd
	began  time.Time
	gone   chan struct{} // closed when it has ended
	ended  bool
	frozen bool

	killed bool // the harness ended it by SIGKILL or SIGQUIT
	killAt time.Time
	termed time.Time
	late   bool // it did not heed SIGTERM in time, and was killed

	last [][]byte // the last lines of its log
	cry  [][]byte // the first lines of a panic
	quit bool     // it was told to say what its goroutines do, and end

	restoring map[int]int // merge partition → number of its restore, which has begun and not ended
	restored  int         // restores that have begun
	void      int         // that came to nothing
	undone    int         // that were going on when it ended
}

func newProcess(j *journal, dir, path, name string, args ...string) (*process, error) {
	log, err := os.Create(filepath.Join(dir, name+".log"))
	if err != nil {
		return nil, err
	}
	return &process{name: name, path: path, args: args, journal: j, log: log, slot: -1}, nil
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

func (p *process) up() bool { return p.run != nil && !p.run.ended }

func (p *process) launch() error {
	if p.up() {
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
	p.run, p.slot = &run{cmd: cmd, began: time.Now(), gone: make(chan struct{}), restoring: map[int]int{}}, -1
	p.runs++
	p.back()
	go p.wait(p.run)
	return nil
}

// wait sees a run end, and starts the next.
func (p *process) wait(r *run) {
	err := r.cmd.Wait()
	p.mu.Lock()
	r.ended, r.undone = true, len(r.restoring)
	p.away()
	p.outages[len(p.outages)-1].ended = true
	wanted, dropped := p.wanted, p.dropped
	p.mu.Unlock()
	pause := 100 * time.Millisecond
	if !p.judge(r, err, wanted) {
		pause = time.Second
	}
	close(r.gone)
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

// signal sends a signal to the process, and reports whether there is one.
func (p *process) signal(s syscall.Signal) bool {
	_, ok := p.strike(s)
	return ok
}

// strike sends a signal to the process, and returns the run that it hit.
func (p *process) strike(s syscall.Signal) (r *run, hit bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.up() {
		return nil, false
	}
	r = p.run
	switch s {
	case syscall.SIGKILL:
		r.killed, r.killAt = true, time.Now()
		p.slain = r
	case syscall.SIGQUIT:
		r.killed, r.quit = true, true
	case syscall.SIGTERM:
		if r.termed.IsZero() {
			r.termed = time.Now()
		}
	case syscall.SIGSTOP:
		r.frozen = true
		p.away()
	case syscall.SIGCONT:
		if r.frozen {
			p.back()
		}
		r.frozen = false
	default:
	}
	return r, r.cmd.Process.Signal(s) == nil
}

// death is how long a process may take to be gone after SIGKILL.
const death = 20 * time.Second

// left waits until a run that was killed has ended, and tells how many restores
// that has interrupted.
func (p *process) left(r *run) int {
	select {
	case <-r.gone:
	case <-time.After(death):
		p.journal.violation("%s is not gone %s after SIGKILL", p.name, death)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return r.undone
}

// down ends the process, keeps it down, and waits until it has ended. One that
// does not heed SIGTERM in time is a violation, unless something hindered it.
func (p *process) down(s syscall.Signal, patience time.Duration) {
	p.mu.Lock()
	if p.wanted {
		p.wanted = false
		close(p.dropped)
	}
	p.mu.Unlock()
	r, hit := p.strike(s)
	if !hit {
		return
	}
	p.signal(syscall.SIGCONT)
	select {
	case <-r.gone:
		return
	case <-time.After(patience):
	}
	if s != syscall.SIGKILL {
		p.mu.Lock()
		r.late, r.killed = true, true
		p.mu.Unlock()
		p.blame(r.termed, "%s did not end within %s of signal %v", p.name, patience, s)
		_ = r.cmd.Process.Kill()
	}
	p.left(r)
}

// restart ends the process by a signal and starts it again after a while.
func (p *process) restart(ctx context.Context, s syscall.Signal, patience, away time.Duration) error {
	p.down(s, patience)
	ledger.Pause(ctx, away)
	return p.start()
}

// goOn ends a SIGSTOP.
func (p *process) goOn(context.Context) error {
	p.signal(syscall.SIGCONT)
	return nil
}

// blame is a violation unless something hindered the process since.
func (p *process) blame(since time.Time, format string, args ...any) {
	if p.hindered != nil {
		if why := p.hindered(since); why != "" {
			p.journal.note("%s; no wonder: %s", fmt.Sprintf(format, args...), why)
			return
		}
	}
	p.journal.violation(format, args...)
}

// pid returns the process's id, 0 while there is none.
func (p *process) pid() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.up() {
		return 0
	}
	return p.run.cmd.Process.Pid
}

// running tells for how long the process has run; false while it does not, or
// stands still.
func (p *process) running() (time.Duration, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.up() {
		return 0, false
	}
	return time.Since(p.run.began), !p.run.frozen
}
