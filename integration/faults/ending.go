package faults

import (
	"bytes"
	"errors"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"
)

const (
	lastLines     = 12
	mostSelfEnds  = 5 // of one process in a run: more are a crash loop
	starting      = 2 * time.Second
	panicLines    = 12
	resetAdvice   = "millrace reset"
	endedByItself = " ended by itself"
)

// pardonable are the reasons for which a service may end by itself: somebody else
// took it for dead, and its place.
var pardonable = regexp.MustCompile(`fenced|took over`)

// crying begins what the Go runtime prints before it ends a program, and the race
// detector while the program goes on.
var crying = regexp.MustCompile(`^(panic: |fatal error: |goroutine \d+ .*\[|runtime: |WARNING: DATA RACE|\tpanic: )`)

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
		if p.run != nil {
			p.run.heard(line, p.listen != "")
		}
		if p.line != nil {
			p.line(line)
		}
	}
	return p.log.Write(b)
}

// heard keeps the last lines of a run, and the first ones of a panic of a service.
func (r *run) heard(line []byte, service bool) {
	if r.last = append(r.last, line); len(r.last) > lastLines {
		r.last = r.last[1:]
	}
	if service && !r.quit && len(r.cry) < panicLines && (len(r.cry) > 0 || crying.Match(line)) {
		r.cry = append(r.cry, line)
	}
}

// judge looks at how a run has ended, and tells whether that was the harness's
// doing.
func (p *process) judge(r *run, err error, wanted bool) (ours bool) {
	p.mu.Lock()
	killed, termed, cry, words := r.killed, r.termed, said(r.cry), p.words()
	ran := time.Since(r.began)
	p.mu.Unlock()
	if cry != "" {
		p.journal.violation("%s panicked, or raced: %s", p.name, cry)
	}
	switch {
	case killed:
		return true
	case termed.IsZero():
		if err != nil || wanted {
			p.selfEnded(err, ran, words)
		}
		return false
	case p.listen == "" || err == nil || cry != "":
		return true
	case signaled(err) == syscall.SIGTERM && termed.Sub(r.began) < starting:
		return true // it had no ears yet
	default:
		p.blame(termed, "%s was told to end by SIGTERM, and ended with %v; its last words: %s", p.name, err, words)
		return true
	}
}

// signaled returns the signal that ended a process, -1 for none.
func signaled(err error) syscall.Signal {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		if status, ok := exit.Sys().(syscall.WaitStatus); ok {
			return status.Signal()
		}
	}
	return -1
}

// selfEnded notes how a process ended by itself: it has to say why, the reason has
// to be one of few, and it must not do so again and again.
func (p *process) selfEnded(err error, ran time.Duration, words string) {
	p.mu.Lock()
	p.alone++
	times := p.alone
	p.mu.Unlock()
	p.journal.note("%s ended by itself after %s: %v; its last words: %s", p.name, ran.Round(time.Millisecond), err, words)
	p.journal.count(p.name + endedByItself)
	final := words[strings.LastIndex(words, " | ")+1:]
	pardon := ""
	if p.pardons != nil {
		pardon = p.pardons(words)
	}
	switch {
	case pardon != "":
		p.journal.note("%s: %s", p.name, pardon)
	case p.listen != "" && signaled(err) > 0:
		p.journal.violation("%s was ended by a signal that the harness did not send: %v", p.name, err)
	case strings.Contains(final, resetAdvice):
		p.journal.violation("%s ended by itself and asks for a reset: %s", p.name, words)
	case words == "":
		p.journal.violation("%s ended without a word", p.name)
	case p.listen == "" || !pardonable.MatchString(final):
		p.journal.violation("%s ended by itself: %v: %s", p.name, err, words)
	}
	if times == mostSelfEnds+1 {
		p.journal.violation("%s has ended by itself more than %d times", p.name, mostSelfEnds)
	}
}

// words returns the last lines of the log that are worth reading; it is locked.
func (p *process) words() string {
	out := worth(append(slices.Clone(p.run.last), p.partial))
	if n := len(out); n > 3 {
		out = out[n-3:]
	}
	return strings.Join(out, " | ")
}

func said(lines [][]byte) string { return strings.Join(worth(lines), " | ") }

func worth(lines [][]byte) (out []string) {
	for _, line := range lines {
		text := string(bytes.TrimSpace(line))
		if text != "" && !strings.Contains(text, `"level":"DEBUG"`) {
			out = append(out, text)
		}
	}
	return out
}
