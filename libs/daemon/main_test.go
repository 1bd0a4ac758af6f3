package daemon

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/millrace/millrace/libs/metrics"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// freeAddress finds a port on loopback that nobody listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	var last error
	for range 200 {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := client.Do(req)
		if err != nil {
			last = err
			time.Sleep(10 * time.Millisecond)
			continue
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, string(body)
	}
	t.Fatalf("GET %s: %v", url, last)
	return 0, ""
}

func TestMainServesUntilSignal(t *testing.T) {
	address := freeAddress(t)
	started := make(chan *Process, 1)
	program := Program{
		Name: "thing", Port: 1,
		Run: func(ctx context.Context, p *Process) error {
			p.Ready.Require("kafka")
			things := metrics.Desc{Name: "millrace_things_total", Help: "Things.", Type: metrics.Counter}
			p.Registry.Register(func(page *metrics.Page) { page.Add(&things, 0) })
			started <- p
			<-ctx.Done()
			return ctx.Err()
		},
	}
	code := make(chan int, 1)
	var log bytes.Buffer
	go func() { code <- run(program, []string{"--listen", address}, env(nil), io.Discard, &log) }()
	p := <-started
	if status, body := get(t, "http://"+address+"/healthz"); status != http.StatusOK || !strings.Contains(body, `"ok"`) {
		t.Errorf("healthz: %d %s", status, body)
	}
	if status, body := get(t, "http://"+address+"/readyz"); status != http.StatusServiceUnavailable || !strings.Contains(body, `"kafka":"starting"`) {
		t.Errorf("readyz before: %d %s", status, body)
	}
	var said bytes.Buffer
	if got := run(program, []string{"healthcheck", "ready", "--listen", address}, env(nil), io.Discard, &said); got != ExitFailed || !strings.Contains(said.String(), "starting") {
		t.Errorf("healthcheck ready before: exit %d, %s", got, said.String())
	}
	p.Ready.Report("kafka", nil)
	if got := run(program, []string{"healthcheck", "ready", "--listen", address}, env(nil), io.Discard, &said); got != ExitOK {
		t.Errorf("healthcheck ready after: exit %d, %s", got, said.String())
	}
	if status, body := get(t, "http://"+address+"/readyz"); status != http.StatusOK || !strings.Contains(body, `"ready":true`) {
		t.Errorf("readyz after: %d %s", status, body)
	}
	if status, body := get(t, "http://"+address+"/metrics"); status != http.StatusOK || !strings.Contains(body, "millrace_things_total 0") {
		t.Errorf("metrics: %d, %d bytes", status, len(body))
	}
	if got := run(program, []string{"healthcheck"}, env(map[string]string{"MILLRACE_LISTEN": address}), io.Discard, io.Discard); got != ExitOK {
		t.Errorf("healthcheck of a running program: exit %d", got)
	}
	if err := syscall.Kill(os.Getpid(), syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if got := <-code; got != ExitOK {
		t.Errorf("exit %d after SIGTERM, log:\n%s", got, log.String())
	}
	var out bytes.Buffer
	if got := run(program, []string{"healthcheck", "--listen", address}, env(nil), io.Discard, &out); got != ExitFailed {
		t.Errorf("healthcheck of a stopped program: exit %d, %s", got, out.String())
	}
}

func TestMainExitCodes(t *testing.T) {
	failing := func(err error) Program {
		return Program{
			Name: "thing", Flags: func(f *Flags) { f.String(new(string), "watch", "", "folder") },
			Run: func(context.Context, *Process) error { return err },
		}
	}
	for _, test := range []struct {
		args []string
		err  error
		code int
		want string
	}{
		{nil, nil, ExitOK, "stopped"},
		{nil, errors.New("boom"), ExitFailed, "boom"},
		{nil, Usagef("--watch: is a file"), ExitUsage, "is a file"},
		{[]string{"--wach", "x"}, nil, ExitUsage, "thing: unknown flag --wach, did you mean --watch?"},
		{[]string{"--help"}, nil, ExitOK, "MILLRACE_LOG_LEVEL"},
		{[]string{"version"}, nil, ExitOK, "thing "},
		{[]string{"--version"}, nil, ExitOK, "thing "},
		{[]string{"--listen", "256.0.0.1:80"}, nil, ExitFailed, "choose another address with --listen"},
	} {
		var out bytes.Buffer
		args := test.args
		if len(args) == 0 {
			args = []string{"--listen="}
		}
		program := failing(test.err)
		if strings.HasPrefix(test.want, "choose") {
			program.Run = func(ctx context.Context, _ *Process) error { <-ctx.Done(); return nil }
		}
		if got := run(program, args, env(nil), &out, &out); got != test.code || !strings.Contains(out.String(), test.want) {
			t.Errorf("%q, %v: exit %d, want %d with %q; output:\n%s", test.args, test.err, got, test.code, test.want, out.String())
		}
	}
}

func TestDrainIsBounded(t *testing.T) {
	release := make(chan struct{})
	defer close(release)
	clock := NewFakeClock(time.Unix(0, 0))
	p := &Process{Log: slog.New(slog.DiscardHandler), Clock: clock, Drain: 20 * time.Second}
	ended, signals, result := make(chan error, 1), make(chan os.Signal, 2), make(chan error, 1)
	cancelled := make(chan struct{})
	go func() { result <- await(p, 1, ended, signals, func() { close(cancelled) }) }()
	signals <- syscall.SIGTERM
	<-cancelled
	if err := clock.WaitForTimers(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	clock.Advance(20 * time.Second)
	if err := <-result; err == nil || ExitCode(err) != ExitFailed || !strings.Contains(err.Error(), "--drain") {
		t.Errorf("got %v", err)
	}
}

// A signal that comes twice within a second is one; a later one does not wait for
// the work to be finished.
func TestSecondSignal(t *testing.T) {
	for _, test := range []struct {
		later time.Duration
		code  int
	}{{100 * time.Millisecond, ExitOK}, {2 * time.Second, ExitFailed}} {
		clock := NewFakeClock(time.Unix(0, 0))
		p := &Process{Log: slog.New(slog.DiscardHandler), Clock: clock, Drain: 20 * time.Second}
		ended, signals, result := make(chan error, 1), make(chan os.Signal), make(chan error, 1)
		go func() { result <- await(p, 1, ended, signals, func() {}) }()
		signals <- syscall.SIGTERM
		if err := clock.WaitForTimers(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		clock.Advance(test.later)
		signals <- syscall.SIGTERM
		ended <- nil
		if err := <-result; ExitCode(err) != test.code {
			t.Errorf("%s later: %v", test.later, err)
		}
	}
}

func TestServeCutsStreamsOff(t *testing.T) {
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	reached := make(chan struct{})
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusOK)
		w.(http.Flusher).Flush()
		close(reached)
		<-r.Context().Done()
	})
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() {
		served <- ServeListener(ctx, slog.New(slog.DiscardHandler), listener, handler, time.Millisecond)
	}()
	fetched := make(chan struct{})
	go func() {
		defer close(fetched)
		client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+listener.Addr().String(), http.NoBody)
		if resp, err := client.Do(req); err == nil {
			_, _ = io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
		}
	}()
	<-reached
	cancel()
	if err := <-served; err != nil {
		t.Error(err)
	}
	<-fetched
}

func TestBuildVersion(t *testing.T) {
	info := &debug.BuildInfo{}
	if got := buildVersion(info); got != "devel" {
		t.Errorf("got %s", got)
	}
	info.Settings = []debug.BuildSetting{{Key: "vcs.revision", Value: "0123456789abcdef"}, {Key: "vcs.modified", Value: "true"}}
	if got := buildVersion(info); got != "devel-0123456789ab-dirty" {
		t.Errorf("got %s", got)
	}
	info.Main.Version = "v1.2.3"
	if got := buildVersion(info); got != "v1.2.3" {
		t.Errorf("got %s", got)
	}
}
