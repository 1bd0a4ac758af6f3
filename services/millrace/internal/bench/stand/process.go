package stand

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"time"

	"github.com/segmentio/encoding/json"
)

// Process is a running scheduler.
type Process struct {
	cmd    *exec.Cmd
	stdin  io.Closer
	base   string // of its HTTP
	Pinned bool   // to its core
	Began  time.Time
	client *http.Client

	ended chan struct{} // closed when it is gone
	err   error         // of its end
}

// Start starts a scheduler in a process of its own. The returned context ends with the
// child: its cause says why.
func (s *Stand) Start(ctx context.Context) (*Process, context.Context, error) {
	cmd := exec.Command(s.Command[0], s.Command[1:]...)
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, nil, err
	}
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return nil, nil, fmt.Errorf("start a scheduler: %w", err)
	}
	p := &Process{cmd: cmd, stdin: in, Began: began, ended: make(chan struct{}), client: &http.Client{Transport: &http.Transport{}}}
	greeting := make(chan hello, 1)
	go func() {
		defer close(p.ended)
		lines := bufio.NewReader(out)
		if text, err := lines.ReadBytes('\n'); err == nil {
			var h hello
			if json.Unmarshal(text, &h) == nil {
				greeting <- h
			}
		}
		_, _ = io.Copy(io.Discard, lines)
		p.err = cmd.Wait()
	}()
	alive, cancel := context.WithCancelCause(ctx)
	go func() {
		<-p.ended
		cancel(fmt.Errorf("the scheduler ended by itself: %w", orNil(p.err)))
	}()
	text, err := json.Marshal(order{Servers: s.Servers})
	if err != nil {
		return nil, nil, errors.Join(err, p.Stop())
	}
	_, _ = in.Write(append(text, '\n')) // where that fails it has ended
	select {
	case h := <-greeting:
		p.base, p.Pinned = "http://"+h.Listen, h.Pinned
		return p, alive, nil
	case <-alive.Done():
		err := context.Cause(alive)
		_ = p.Stop() // it is said why, or that it was not to be
		return nil, nil, err
	}
}

// orNil makes an error of the end of a process that ended without one.
func orNil(err error) error {
	if err == nil {
		return errors.New("exit status 0")
	}
	return err
}

// stopPatience is how long a scheduler may take to end: it writes what it owes to Redis,
// makes checkpoints and leaves its groups, on a machine that may have other work.
const stopPatience = 30 * time.Second

// Stop ends the child and waits for it.
func (p *Process) Stop() error {
	p.client.CloseIdleConnections()
	_ = p.stdin.Close()
	select {
	case <-p.ended:
		return p.err
	case <-time.After(stopPatience):
		_ = p.cmd.Process.Kill()
		<-p.ended
		return errors.New("the scheduler did not end when told to, and was killed")
	}
}

// lookEvery is how often a scheduler is asked whether it is ready.
const lookEvery = 5 * time.Millisecond

// Ready waits until the scheduler says that it is ready, and returns when each of its
// conditions was first seen to hold; all of them do at the latest of these moments.
func (p *Process) Ready(ctx context.Context) (map[string]time.Time, error) {
	held := map[string]time.Time{}
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		body, status, err := p.ask(ctx, http.MethodGet, "/readyz")
		if err != nil {
			return nil, err
		}
		var answer struct{ Conditions map[string]string }
		if err := json.Unmarshal(body, &answer); err != nil {
			return nil, fmt.Errorf("whether the scheduler is ready: %w", err)
		}
		for name, state := range answer.Conditions {
			if _, known := held[name]; state == "ok" && !known {
				held[name] = time.Now()
			}
		}
		if status == http.StatusOK && len(answer.Conditions) > 0 {
			return held, nil
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-tick.C:
		}
	}
}

// Collect has the scheduler collect its garbage.
func (p *Process) Collect(ctx context.Context) error {
	_, err := p.Call(ctx, http.MethodPost, "/collect")
	return err
}

// Profiled does what is to be profiled, and writes a processor profile of the scheduler
// meanwhile; to nil none is written.
func (p *Process) Profiled(ctx context.Context, profile io.Writer, do func() error) error {
	if profile == nil {
		return do()
	}
	if _, err := p.Call(ctx, http.MethodPost, "/profile/start"); err != nil {
		return fmt.Errorf("profile: %w", err)
	}
	if err := do(); err != nil {
		return err
	}
	return p.write(ctx, profile, http.MethodPost, "/profile/stop")
}

// Heap writes a profile of the memory that the scheduler has in use; to nil none.
func (p *Process) Heap(ctx context.Context, profile io.Writer) error {
	if profile == nil {
		return nil
	}
	return p.write(ctx, profile, http.MethodGet, "/heap")
}

func (p *Process) write(ctx context.Context, profile io.Writer, method, path string) error {
	body, err := p.Call(ctx, method, path)
	if err == nil {
		_, err = profile.Write(body)
	}
	if err != nil {
		return fmt.Errorf("profile: %w", err)
	}
	return nil
}

// Sample returns what the scheduler's metrics say now.
func (p *Process) Sample(ctx context.Context) (Sample, error) {
	var s Sample
	body, err := p.Call(ctx, http.MethodGet, "/sample")
	if err == nil {
		err = json.Unmarshal(body, &s)
	}
	return s, err
}

// Call makes a request of the child.
func (p *Process) Call(ctx context.Context, method, path string) ([]byte, error) {
	body, status, err := p.ask(ctx, method, path)
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("ask the scheduler for %s: %s: %s", path, http.StatusText(status), body)
	}
	if err != nil {
		return nil, err
	}
	return body, nil
}

func (p *Process) ask(ctx context.Context, method, path string) (body []byte, status int, err error) {
	req, err := http.NewRequestWithContext(ctx, method, p.base+path, http.NoBody)
	if err != nil {
		return nil, 0, err
	}
	resp, err := p.client.Do(req)
	if err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return nil, 0, fmt.Errorf("ask the scheduler: %w", err)
	}
	defer resp.Body.Close()
	if body, err = io.ReadAll(resp.Body); err != nil {
		return nil, 0, fmt.Errorf("ask the scheduler: %w", err)
	}
	return body, resp.StatusCode, nil
}
