package scheduler

import (
	"fmt"
	"strings"
	"testing"

	"github.com/millrace/millrace/libs/exec/merge"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/services/scheduler/internal/registry"
)

// noted waits until whoever asks is told so of a scheduler, or of nothing where it is "".
func (w *world) noted(text string) func() bool {
	return func() bool {
		notes := fmt.Sprint(w.Ready.Notes())
		return text != "" && strings.Contains(notes, text) || text == "" && !strings.Contains(notes, "is not scanned")
	}
}

// tried waits until the scan of the events has begun so many times more.
func (w *world) tried(times int) {
	w.t.Helper()
	begun := func() int { return strings.Count(w.log.String(), `msg="scan assigned" topic=`+eventsTopic) }
	before := begun()
	w.until("the scan is tried again", func() bool { return begun() >= before+times })
}

// toldOnce holds that the log has told once that the events are not scanned.
func (w *world) toldOnce() {
	w.t.Helper()
	if n := strings.Count(w.log.String(), "stream events is not scanned"); n != 1 {
		w.t.Errorf("it is told %d times that the stream is not scanned", n)
	}
}

// A stream that the login may not read is told of with what to do, once, and scanned when it
// may; nobody else minds.
func TestAStreamThatMayNotBeRead(t *testing.T) {
	w := newWorld(t)
	_, stop := w.start()
	w.until("ready", w.ready)
	d := newDeclarer(w)
	_, err := kafka.Ensure(within(t), w.Kafka, w.Layout.With(eventsTopic))
	check(t, err)
	allow := w.servers.DenyReading(eventsTopic)
	d.declare()
	d.submit("q", "SELECT kind, count(*) AS n FROM events GROUP BY kind")
	d.feed(eventsTopic, "unseen", 2)
	w.until("it is told", w.noted("stream events is not scanned: "))
	w.until("it is told what to do", w.noted("Let the login describe and read topic events"))
	w.tried(3)
	w.toldOnce()
	d.submit("langs", "SELECT lang, count(*) AS n FROM tweets GROUP BY lang")
	d.live("langs")
	d.feed(kafka.TopicTweets, "en", 2)
	d.rows("langs", `{"lang":"en","n":2}`)

	allow()
	d.rows("q", `{"kind":"unseen","n":2}`)
	w.until("the trouble is over", w.noted(""))
	w.until("that is told", w.logged("a stream is scanned again"))
	w.toldOnce()
	check(t, stop())
}

// What every attempt meets again, in other words each time, is told once.
func TestAStreamThatDoesNotContinue(t *testing.T) {
	w := newWorld(t)
	_, stop := w.start()
	w.until("ready", w.ready)
	d := newDeclarer(w)
	d.declareFrom(100)
	w.until("it is told", w.noted("the input does not continue"))
	for range 3 {
		d.feed(eventsTopic, "more", 2) // by which its end is another one
		w.tried(1)
	}
	w.toldOnce()
	check(t, stop())
}

// Scans of streams that were dropped while no slot was held are not kept, but what they
// have done is.
func TestScansThatAreLeft(t *testing.T) {
	s := newScans(scansOf(newWorld(t).opened().Catalog))
	stream := func(position int64) *registry.Stream {
		st := new(registry.Stream)
		st.Name, st.Stream, st.Def = "events", &merge.Stream{Position: position}, &catalog.Stream{Name: "events", Declared: true}
		return st
	}
	dropped, stays := s.declare(stream(7)), s.declare(stream(9))
	dropped.metrics.Documents.Add(5)
	stays.metrics.Documents.Add(3)
	s.keep([]*registry.Stream{stream(9)})
	if all := s.list(); len(all) != 2 || all[0].source.Declared != nil || all[1] != stays {
		t.Errorf("%d scans are left: %v", len(all), all)
	}
	if n := s.total().documents; n != 8 {
		t.Errorf("%d documents", n)
	}
}
