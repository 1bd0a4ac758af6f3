package generate

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace/millrace/libs/daemon"
	"github.com/millrace/millrace/libs/embedded"
	"github.com/millrace/millrace/libs/kafka"
)

var created = regexp.MustCompile(`^\{"created_at":"([^"]+)"`)

// TestLive posts on a clock of its own, at a pace that it keeps, with times of now.
func TestLive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGenerator(t, Options{Seed: 1, Lean: true})
		ctx, cancel := context.WithTimeout(t.Context(), 40*time.Minute)
		defer cancel()
		sent, begun, pause := 0, time.Now(), 0
		live := Live{Rate: 10, Clock: daemon.RealClock{}, Send: func(_ context.Context, batch []byte, lines int) error {
			if n := bytes.Count(batch, []byte("\n")); n != lines || n == 0 {
				t.Errorf("%d lines, said to be %d", n, lines)
			}
			for line := range bytes.Lines(batch) {
				m := created.FindSubmatch(line)
				if m == nil {
					t.Fatalf("no time: %s", line)
				}
				at, err := time.Parse(time.RubyDate, string(m[1]))
				if err != nil {
					t.Fatal(err)
				}
				if off := time.Since(at); off < -2*time.Second || off > 3*time.Second {
					t.Fatalf("after %s a post is %s old", time.Since(begun), off)
				}
			}
			if sent += lines; sent > 10*900 && pause == 0 {
				pause = 1
				time.Sleep(10 * time.Minute) // what would have come meanwhile does not
			}
			return nil
		}}
		if err := live.Run(ctx, g); err != nil {
			t.Fatal(err)
		}
		if want := 10 * 60 * 30; sent < want-20 || sent > want+20 {
			t.Errorf("%d posts within 30 minutes, want %d", sent, want)
		}
	})
}

func TestLiveEnds(t *testing.T) {
	g := newGenerator(t, Options{Seed: 1})
	n := 0
	live := Live{Rate: 1e6, Count: 1000, Clock: daemon.RealClock{}, Send: func(_ context.Context, batch []byte, lines int) error {
		if len(batch) > liveBatch+64<<10 {
			t.Errorf("a batch of %d bytes", len(batch))
		}
		n += lines
		return nil
	}}
	if err := live.Run(t.Context(), g); err != nil || n != 1000 {
		t.Errorf("%d lines, %v", n, err)
	}
	broken := errors.New("broken")
	live.Send = func(context.Context, []byte, int) error { return broken }
	if err := live.Run(t.Context(), g); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

// notes is a log that may be read while it is written.
type notes struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (n *notes) Write(b []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.buf.Write(b)
}

func (n *notes) has(text string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return strings.Contains(n.buf.String(), text)
}

// TestToKafka waits for the topic, writes to all of its partitions, and ends well
// when it is told to.
func TestToKafka(t *testing.T) {
	servers, err := embedded.Start(embedded.Options{Log: true, Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer servers.Close()
	cfg := kafka.Config{Brokers: servers.Brokers, Embedded: true}
	limit, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	ctx, stop := context.WithCancel(limit)
	defer stop()
	log := new(notes)
	ended := make(chan error, 1)
	cmd := Command()
	cmd.SetArgs([]string{"--live", "--lean", "--rate", "500", "--brokers", strings.Join(servers.Brokers, ",")})
	cmd.SetErr(log)
	go func() { ended <- cmd.ExecuteContext(ctx) }()
	until := func(what string, ok func() bool) {
		t.Helper()
		for ; !ok(); time.Sleep(5 * time.Millisecond) {
			select {
			case err := <-ended:
				t.Fatalf("it ended: %v", err)
			case <-limit.Done():
				t.Fatalf("never %s", what)
			default:
			}
		}
	}
	until("says what is missing", func() bool { return log.has("no topic millrace.tweets yet") })
	if _, err := kafka.Ensure(limit, cfg, kafka.Layout{Partitions: 3, ExchangePartitions: 1}); err != nil {
		t.Fatal(err)
	}
	until("flows", func() bool { return log.has("tweets flow") })
	r, err := kafka.NewReader(cfg, kafka.TopicTweets, map[int32]int64{0: 0, 1: 0, 2: 0})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	lines, seen := 0, map[int32]bool{}
	for len(seen) < 3 || lines < 200 {
		recs, err := r.Poll(limit)
		if err != nil {
			t.Fatal(err)
		}
		for _, rec := range recs {
			if h, _ := rec.Header("batch"); string(h) != "ndjson" {
				t.Fatalf("header batch is %q", h)
			}
			lines += bytes.Count(rec.Value, []byte("\n"))
			seen[rec.Partition] = true
		}
	}
	stop()
	if err := <-ended; err != nil {
		t.Errorf("stopped: %v", err)
	}
	if !log.has("no more tweets") {
		t.Error("it does not say that it ended")
	}
}

// TestToKafkaAway is told to stop while there is no Kafka.
func TestToKafkaAway(t *testing.T) {
	ctx, stop := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer stop()
	log := new(notes)
	g := newGenerator(t, Options{Seed: 1, Lean: true})
	cfg := kafka.Config{Brokers: []string{"127.0.0.1:1"}}
	err := toKafka(ctx, cfg, slog.New(slog.NewTextHandler(log, nil)), g, Live{Rate: 1, Clock: daemon.RealClock{}})
	if err != nil || !log.has("cannot reach Kafka at 127.0.0.1:1") {
		t.Errorf("%v, log %s", err, fmt.Sprint(&log.buf))
	}
}

func TestLiveRefuses(t *testing.T) {
	for args, want := range map[string]string{
		"--live --output x":     "--output does not go with --live, which posts to Kafka now",
		"--live --start 2020":   "--start does not go with --live, which posts to Kafka now",
		"--live --rate=-1":      "--count and --rate must not be negative",
		"--live --brokers nope": "--brokers",
	} {
		if _, err := run(t, strings.Fields(args)...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("generate %s: error %v, want %s", args, err, want)
		}
	}
}
