package directory_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace/millrace/libs/explain"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/libs/sql/plan"
	"github.com/millrace/millrace/libs/wire"
	"github.com/millrace/millrace/services/presentation/internal/directory"
)

// planning is a directory and how often its plan was made.
type planning struct {
	*directory.Directory
	t       testing.TB
	catalog *catalog.Catalog
	epoch   int64
	made    int
	making  func() // while it is made
}

func newPlanning(t testing.TB) *planning {
	t.Helper()
	c, err := catalog.Default()
	if err != nil {
		t.Fatal(err)
	}
	p := &planning{t: t, catalog: c, making: func() {}}
	p.Directory = directory.Planning(c, func(over *catalog.Catalog) *explain.Plans {
		p.made++
		p.making()
		return explain.New(over)
	})
	return p
}

func (p *planning) record(id string, encoded []byte, failed bool) *kafka.Record {
	p.t.Helper()
	p.epoch++
	r := wire.Registry{ID: id, Epoch: p.epoch, SQL: "s", Plan: encoded, Submitted: time.Unix(1, 0)}
	if failed {
		why := "too many groups"
		r.Failed = &why
	}
	value, err := r.Marshal()
	if err != nil {
		p.t.Fatal(err)
	}
	return &kafka.Record{Key: wire.RegistryKey(id), Value: value}
}

func (p *planning) read(rec *kafka.Record) {
	p.t.Helper()
	if err := p.ReadRegistry(rec); err != nil {
		p.t.Fatal(err)
	}
}

func (p *planning) whole() string {
	p.t.Helper()
	plans, err := p.Plans(p.t.Context())
	if err != nil {
		p.t.Fatal(err)
	}
	var b bytes.Buffer
	if err := plans.Whole(explain.Options{}).WriteText(&b); err != nil {
		p.t.Fatal(err)
	}
	return b.String()
}

// The shared plan is made when somebody asks for it, follows what changes, and is
// forgotten when nobody asks any more.
func TestPlansAreMadeWhenAskedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlanning(t)
		encoded := func(word string) []byte {
			return plan.Encode(compile(t, "SELECT count(*) FROM tweets WHERE text CONTAINS '"+word+"'"))
		}
		r := rand.New(rand.NewPCG(1, 2))
		live := map[string][]byte{}
		change := func() {
			id := fmt.Sprint("q", r.IntN(9))
			switch r.IntN(6) {
			case 0:
				if live[id] != nil {
					p.epoch++
					p.read(drop(id, p.epoch))
					delete(live, id)
				}
			case 1:
				p.read(p.record(id, encoded("go"), true))
				live[id] = []byte("failed")
			case 2:
				p.read(p.record(id, []byte{99}, false))
				live[id] = []byte{99}
			default:
				live[id] = encoded(fmt.Sprint("word", r.IntN(3)))
				p.read(p.record(id, live[id], false))
			}
		}
		want := func() string {
			anew := explain.New(p.catalog)
			for id, b := range live {
				if string(b) == "failed" {
					anew.Fail(id, b)
					continue
				}
				if out, err := plan.Decode(b); err != nil {
					anew.LeaveOut(id, err)
				} else {
					anew.Run(id, out, b)
				}
			}
			var b bytes.Buffer
			if err := anew.Whole(explain.Options{}).WriteText(&b); err != nil {
				t.Fatal(err)
			}
			return b.String()
		}
		for range 50 {
			change()
		}
		if p.made != 0 {
			t.Error("nobody has asked")
		}
		p.making = func() { // what changes meanwhile is in it, too
			for range 20 {
				change()
			}
		}
		if got := p.whole(); got != want() || p.made != 1 {
			t.Errorf("made %d times\n%s\nwant\n%s", p.made, got, want())
		}
		p.making = func() {}
		for range 30 {
			change()
			if got := p.whole(); got != want() {
				t.Fatalf("%s\nwant\n%s", got, want())
			}
			time.Sleep(9 * time.Minute)
		}
		if p.made != 1 {
			t.Errorf("made %d times though it was asked for all the time", p.made)
		}
		p.Reset()
		clear(live)
		if got := p.whole(); got != want() || p.made != 1 {
			t.Errorf("made %d times\n%s", p.made, got)
		}
		time.Sleep(11 * time.Minute)
		change()
		if got := p.whole(); got != want() || p.made != 2 {
			t.Errorf("made %d times\n%s", p.made, got)
		}
		time.Sleep(time.Hour)
	})
}

// Those who ask at once have one plan, and who does not wait for it is let go.
func TestPlansAreMadeOnce(t *testing.T) {
	p := newPlanning(t)
	p.read(p.record("q", plan.Encode(compile(t, "SELECT count(*) FROM tweets")), false))
	making, proceed := make(chan struct{}), make(chan struct{})
	p.making = func() { close(making); <-proceed }
	var all sync.WaitGroup
	all.Go(func() { _ = p.whole() })
	<-making
	for range 5 {
		all.Go(func() {
			if got := p.whole(); got[:8] != "1 query," {
				t.Error(got)
			}
		})
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.Plans(gone); err == nil {
		t.Error("a plan that is not made yet")
	}
	close(proceed)
	all.Wait()
	if p.made != 1 {
		t.Errorf("made %d times", p.made)
	}
}

// BenchmarkRegister tells what a query takes here while nobody asks for plans, and
// when somebody has.
func BenchmarkRegister(b *testing.B) {
	const queries = 20_000
	p := newPlanning(b)
	recs := make([]*kafka.Record, queries)
	for i := range recs {
		recs[i] = p.record(fmt.Sprint("q", i), plan.Encode(compile(b, fmt.Sprintf("SELECT count(*) AS n FROM tweets WHERE text CONTAINS 'word%d'", i))), false)
	}
	heap := func() float64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return float64(m.HeapAlloc)
	}
	for b.Loop() {
		before := heap()
		p := newPlanning(b)
		for _, rec := range recs {
			p.read(rec)
		}
		asked := heap()
		b.ReportMetric((asked-before)/queries, "B/query")
		if _, err := p.Plans(b.Context()); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric((heap()-asked)/queries, "B/query-planned")
		runtime.KeepAlive(p)
	}
	runtime.KeepAlive(recs)
}
