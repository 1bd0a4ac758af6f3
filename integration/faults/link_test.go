package faults

import (
	"bufio"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// soon is how long a test waits for what has to happen, quiet for what must not.
const (
	soon  = 5 * time.Second
	quiet = 60 * time.Millisecond
)

// echo answers every line with itself.
func echo(t *testing.T) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() { _, _ = io.Copy(c, c); _ = c.Close() })
		}
	})
	t.Cleanup(func() { _ = l.Close(); wg.Wait() })
	return l.Addr().String()
}

// proxied returns a link before an echo.
func proxied(t *testing.T, redis bool) *link {
	t.Helper()
	ignore := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, ignore) })
	target := echo(t)
	l, err := newLink(map[bool]string{true: "a–redis", false: "a–kafka"}[redis], "127.0.0.1:0", target)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

// talk is a connection through a link.
type talk struct {
	t *testing.T
	c net.Conn
	r *bufio.Reader
}

func dial(t *testing.T, l *link) *talk {
	t.Helper()
	c, err := net.Dial("tcp", l.address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return &talk{t, c, bufio.NewReader(c)}
}

func (k *talk) say(line string) {
	k.t.Helper()
	if _, err := k.c.Write([]byte(line + "\n")); err != nil {
		k.t.Error(err)
	}
}

// hear returns the next line, "" for the end of the connection, and whether
// either came in time.
func (k *talk) hear(patience time.Duration) (string, bool) {
	k.t.Helper()
	if err := k.c.SetReadDeadline(time.Now().Add(patience)); err != nil {
		k.t.Error(err)
	}
	line, err := k.r.ReadString('\n')
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return "", false
	}
	return strings.TrimSuffix(line, "\n"), true
}

func (k *talk) want(line string) {
	k.t.Helper()
	if got, ok := k.hear(soon); !ok || got != line {
		k.t.Errorf("heard %q (in time: %v), want %q", got, ok, line)
	}
}

func (k *talk) wantNothing() {
	k.t.Helper()
	if got, ok := k.hear(quiet); ok {
		k.t.Errorf("heard %q, want nothing", got)
	}
}

func TestLinkPasses(t *testing.T) {
	k := dial(t, proxied(t, false))
	k.say("one")
	k.want("one")
}

func TestLinkSevered(t *testing.T) {
	l := proxied(t, false)
	k := dial(t, l)
	k.say("one")
	k.want("one")
	l.sever()
	k.want("")
	again := dial(t, l)
	again.want("") // it is accepted and closed
	l.heal()
	healed := dial(t, l)
	healed.say("two")
	healed.want("two")
}

func TestLinkReset(t *testing.T) {
	l := proxied(t, false)
	k := dial(t, l)
	k.say("one")
	k.want("one")
	l.reset()
	k.want("")
	again := dial(t, l)
	again.say("two")
	again.want("two")
}

func TestLinkStalled(t *testing.T) {
	for name, d := range map[string]direction{"out": out, "in": in} {
		t.Run(name, func(t *testing.T) {
			l := proxied(t, false)
			k := dial(t, l)
			k.say("one")
			k.want("one")
			l.stall(d)
			k.say("two")
			k.wantNothing()
			l.heal()
			k.want("two") // late, and not lost
		})
	}
}

// A stalled connection that is closed does not hold its goroutines.
func TestLinkStalledAndClosed(t *testing.T) {
	l := proxied(t, false)
	k := dial(t, l)
	l.stall(out)
	k.say("one")
	k.wantNothing()
	l.reset()
	k.want("")
}

func TestLinkSlow(t *testing.T) {
	l := proxied(t, false)
	k := dial(t, l)
	l.slow(4 * quiet)
	k.say("one")
	k.wantNothing()
	k.want("one")
}

// script is how a client asks Redis to run a script.
func script(keys ...string) string {
	return "*4 $7 evalsha $40 0123456789012345678901234567890123456789 " + strings.Join(keys, " ")
}

func TestTrapBefore(t *testing.T) {
	l := proxied(t, true)
	k := dial(t, l)
	fired := make(chan moment, 1)
	trap := newTrap(false, true, func(m moment) { fired <- m }, writing)
	l.lay(trap)
	k.say("get millrace:merge:1")
	k.want("get millrace:merge:1")
	k.say(script("millrace:slot:1"))
	k.want(script("millrace:slot:1"))
	k.say(script("millrace:merge:1"))
	k.want("") // it was lost
	if m := <-fired; m != writing {
		t.Errorf("struck at %q", m)
	}
	again := dial(t, l)
	again.say(script("millrace:merge:1"))
	again.want(script("millrace:merge:1")) // it strikes once
}

func TestTrapAfter(t *testing.T) {
	l := proxied(t, true)
	k := dial(t, l)
	release := make(chan struct{})
	trap := newTrap(true, false, func(moment) { <-release }, taking)
	l.lay(trap)
	k.say(script("millrace:merge:1", "millrace:topics"))
	k.wantNothing() // the answer stands still
	close(release)
	k.want(script("millrace:merge:1", "millrace:topics"))
}

// A trap whose moment does not come strikes nevertheless, and is no longer there.
func TestAwaitInVain(t *testing.T) {
	l := proxied(t, true)
	struck := 0
	trap := newTrap(false, true, func(m moment) {
		if struck++; m != "" {
			t.Errorf("struck at %q", m)
		}
	}, writing)
	if h := await(t.Context(), trap, quiet, l); h.moment != "" || h.at.IsZero() || struck != 1 {
		t.Errorf("struck %d times, at %+v", struck, h)
	}
	k := dial(t, l)
	k.say(script("millrace:merge:1"))
	k.want(script("millrace:merge:1"))
	if struck != 1 {
		t.Errorf("struck %d times", struck)
	}
}

// What was asked for arrives late, though who asked is gone.
func TestTrapOfTheDead(t *testing.T) {
	server, heard := hearOne(t)
	l, err := newLink("a–redis", "127.0.0.1:0", server)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.close(); err != nil {
			t.Error(err)
		}
	})
	k := dial(t, l)
	release, fired := make(chan struct{}), make(chan struct{})
	l.lay(newTrap(false, false, func(moment) { close(fired); <-release }, writing))
	k.say(script("millrace:merge:1"))
	<-fired
	_ = k.c.Close()
	close(release)
	select {
	case got := <-heard:
		if got != script("millrace:merge:1")+"\n" {
			t.Errorf("the server heard %q", got)
		}
	case <-time.After(soon):
		t.Error("the server did not hear of it")
	}
}

// hearOne is a server that hears one line of one connection.
func hearOne(t *testing.T) (address string, heard chan string) {
	t.Helper()
	s, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	heard = make(chan string, 1)
	var wg sync.WaitGroup
	wg.Go(func() {
		c, err := s.Accept()
		if err != nil {
			return
		}
		line, _ := bufio.NewReader(c).ReadString('\n')
		heard <- line
		_ = c.Close()
	})
	t.Cleanup(func() { _ = s.Close(); wg.Wait() })
	return s.Addr().String(), heard
}
