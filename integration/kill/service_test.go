package kill

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/millrace/millrace/integration/ledger"
)

// service is a process that is started again whenever it dies.
type service struct {
	name string
	path string
	args []string
	log  *os.File // standard error of all its runs

	mu      sync.Mutex
	rnd     *rand.Rand
	cmd     *exec.Cmd // nil while it does not run
	began   time.Time
	stopped bool // do not start it again
	killed  int
	peak    int64    // the greatest VmHWM seen, bytes
	ends    []string // how it ended by itself
	done    chan struct{}
}

// start starts a service and keeps it running until the test ends. Its log is
// shown if the test fails.
func start(t *testing.T, rnd *rand.Rand, dir, name string, args ...string) *service {
	t.Helper()
	log, err := os.Create(filepath.Join(t.ArtifactDir(), name+".log"))
	if err != nil {
		t.Fatal(err)
	}
	s := &service{name: name, path: filepath.Join(dir, name), args: args, log: log, rnd: rnd, done: make(chan struct{})}
	ended := make(chan error, 1)
	if err := s.launch(ended); err != nil {
		t.Fatalf("start %s: %v", name, err)
	}
	go s.keep(ended)
	t.Cleanup(func() {
		if err := s.stop(); err != nil {
			t.Error(err)
		}
		for _, end := range s.ends {
			t.Errorf("%s ended by itself: %s", name, end)
		}
		if t.Failed() {
			t.Logf("the last lines of %s:\n%s", name, s.tail(25))
		}
		_ = log.Close()
	})
	return s
}

// launch starts the process; ended hears when it ends.
func (s *service) launch(ended chan<- error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped {
		return context.Canceled
	}
	cmd := exec.Command(s.path, s.args...)
	cmd.Stderr = s.log
	cmd.SysProcAttr = dieWithParent()
	if err := cmd.Start(); err != nil {
		return err
	}
	s.cmd, s.began = cmd, time.Now()
	go func() { ended <- cmd.Wait() }()
	return nil
}

// keep starts the process again until it is stopped.
func (s *service) keep(ended chan error) {
	defer close(s.done)
	for {
		err := <-ended
		s.mu.Lock()
		s.cmd = nil
		stopped, wait := s.stopped, ledger.Between(s.rnd, 0, 300*time.Millisecond)
		var exit *exec.ExitError
		if signal := errors.As(err, &exit) && exit.Sys().(syscall.WaitStatus).Signaled(); !signal && (!stopped || err != nil) {
			s.ends = append(s.ends, fmt.Sprintf("%v after %s", err, time.Since(s.began).Round(time.Millisecond)))
			wait = time.Second
		}
		s.mu.Unlock()
		if stopped {
			return
		}
		time.Sleep(wait)
		if err := s.launch(ended); err != nil {
			return
		}
	}
}

// kill ends the process by SIGKILL and tells how long it ran; false if there is
// none.
func (s *service) kill() (ran time.Duration, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cmd == nil {
		return 0, false
	}
	s.measure()
	if err := s.cmd.Process.Kill(); err != nil {
		return 0, false
	}
	s.killed++
	ran = time.Since(s.began)
	s.cmd = nil
	return ran, true
}

// measure notes the most memory that the process has had resident.
func (s *service) measure() {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		return
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kb, _ := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
			s.peak = max(s.peak, kb<<10)
		}
	}
}

// stop ends the process as an operator would, and for good.
func (s *service) stop() error {
	s.mu.Lock()
	s.stopped = true
	cmd := s.cmd
	if cmd != nil {
		s.measure()
		_ = cmd.Process.Signal(syscall.SIGTERM)
	}
	s.mu.Unlock()
	select {
	case <-s.done:
		return nil
	case <-time.After(time.Minute):
	}
	if cmd != nil {
		_ = cmd.Process.Kill()
	}
	<-s.done
	return fmt.Errorf("%s did not stop within 20 s of being told to", s.name)
}

// tail returns the last lines of the log.
func (s *service) tail(n int) string {
	data, err := os.ReadFile(s.log.Name())
	if err != nil {
		return err.Error()
	}
	lines := bytes.Split(bytes.TrimSpace(data), []byte("\n"))
	return string(bytes.Join(lines[max(0, len(lines)-n):], []byte("\n")))
}
