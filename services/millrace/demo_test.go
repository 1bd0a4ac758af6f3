package millrace_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/millrace/millrace/libs/results"
	"github.com/millrace/millrace/services/millrace"
)

// The demo shows its page, has all its queries live, lets tweets flow, and leaves
// nothing behind.
func TestDemo(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	dir := t.TempDir()
	stack, err := millrace.Open(millrace.Config{Dir: dir, Layout: millrace.DemoLayout()})
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ready, live, first := make(chan struct{}), make(chan int, 1), make(chan struct{})
	run, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, 1)
	go func() {
		ended <- stack.Demo(run, millrace.Demo{
			Rate: 500, Options: millrace.Options{Limits: millrace.DemoLimits(), Listener: listener},
			Tell: millrace.DemoTold{Ready: func() { close(ready) }, Live: func(n int) { live <- n }, First: func() { close(first) }},
		})
	}()
	wait := func(what string, c <-chan struct{}) {
		t.Helper()
		select {
		case <-c:
		case err := <-ended:
			t.Fatalf("ended before %s: %v", what, err)
		case <-ctx.Done():
			t.Fatalf("never %s", what)
		}
	}
	wait("ready", ready)
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Get("http://" + listener.Addr().String() + "/")
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	if err != nil || !strings.Contains(string(body), "<title>Millrace</title>") {
		t.Errorf("the page: %v %.100s", err, body)
	}
	wait("the first result", first)
	if n := <-live; n != 200 {
		t.Errorf("%d queries are live", n)
	}
	rdb := results.Connect(stack.Redis)
	defer rdb.Close()
	for {
		n := rdb.XLen(ctx, "millrace:{pulse-languages}:history").Val()
		if n >= 2 {
			break
		}
		if ctx.Err() != nil {
			t.Fatalf("%d samples for a chart", n)
		}
		time.Sleep(20 * time.Millisecond)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	stack.Close()
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("%d things are left behind", len(left))
	}
}
