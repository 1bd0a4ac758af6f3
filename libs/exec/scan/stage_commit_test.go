package scan_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/millrace/millrace/libs/exec/delta"
	"github.com/millrace/millrace/libs/exec/scan"
	"github.com/millrace/millrace/libs/record"
)

// A transaction writes its blocks, then the seal as the last record of every
// exchange partition, also of those that get no block, and commits the offset of
// every partition, also of those where nothing came.
func TestTransaction(t *testing.T) {
	b := newBench(t, 3, 8)
	b.add(1, b.post(10))
	b.add(1, b.lines(30, 20))
	b.add(1, &scan.Record{Control: true})
	x := b.next()
	if len(x.seal().Parts) != 3 || x.seal().Plan != 0 || x.seal().Wall != b.clock.now.UnixMilli() || x.seal().Topics["in"] != "id-of-in" {
		t.Errorf("seal %+v", *x.seal())
	}
	for len(x.rows()) == 0 { // the first one was about the assignment
		x = b.next()
	}
	want := delta.SealPart{Topic: "in", Partition: 1, To: 3, Newest: 30e6, Documents: 3, Appended: appendTime(0)}
	if got := x.part(1); got != want {
		t.Errorf("part %+v, want %+v", got, want)
	}
	if got := x.part(0); got != (delta.SealPart{Topic: "in", Partition: 0, Newest: record.NoEventTime}) {
		t.Errorf("part of an empty partition %+v", got)
	}
	if got := fmt.Sprint(x.rows()); got != "[1/0/0 1/1/0 1/1/1]" {
		t.Errorf("rows %s", got)
	}
	empty := 0
	for _, written := range x.exchange {
		if len(written) == 1 {
			empty++
		}
	}
	if empty != 7 {
		t.Errorf("%d exchange partitions have a seal only, want 7", empty)
	}
	if got := fmt.Sprint(x.offsets); got != "map[0:0 1:3 2:0]" {
		t.Errorf("offsets %s", got)
	}
	if d, n := b.metrics.Documents.Load(), b.timed(); d != 3 || n != len(b.commits) {
		t.Errorf("%d documents in %d transactions are counted", d, n)
	}
}

// Blocks and seal carry the plan position under which the posts were read,
// though the registry is further at the commit; the program changes between
// transactions only.
func TestPlanPosition(t *testing.T) {
	b := newBench(t, 1, 4)
	b.next()
	b.add(0, b.post(1))
	b.step()
	b.registerCounts()
	b.programs.at = 2
	b.add(0, b.post(2))
	x := b.next()
	if got := fmt.Sprint(x.seal().Plan, x.rows(), groups(x)); got != "0 [0/0/0 0/1/0] 0" {
		t.Errorf("the transaction under way: %s", got)
	}
	b.add(0, b.post(3))
	x = b.next() // says that the plan is another, before or with the post
	for x.part(0).To < 3 {
		x = b.next()
	}
	if got := fmt.Sprint(x.seal().Plan, x.rows(), groups(x)); got != "1 [] 1" {
		t.Errorf("the transaction after it: %s", got)
	}
}

// groups counts the groups of a transaction.
func groups(x *transaction) int {
	n := 0
	for _, written := range x.exchange {
		for _, w := range written {
			if b, ok := w.(*delta.Block); ok {
				for _, d := range b.Nodes {
					n += len(d.Groups)
				}
			}
		}
	}
	return n
}

// At every assignment the registry is read to the end that it has after the
// assignment came, before the first record is.
func TestRegistryFirst(t *testing.T) {
	b := newBench(t, 2, 1)
	b.programs.onEnd = func() {
		if len(b.trace) == 0 || b.trace[len(b.trace)-1] != "assignment" {
			t.Errorf("the end of the registry is asked for after %v", b.trace)
		}
		b.registerCounts() // somebody else's scan saw this one before it committed
	}
	b.add(0, b.post(1))
	if x := b.next(); x.seal().Plan != 1 || len(x.rows()) != 0 {
		t.Errorf("plan position %d, want 1", x.seal().Plan)
	}
	b.assign(0, 1)
	if x := b.next(); x.seal().Plan != 2 {
		t.Errorf("plan position %d in the second assignment, want 2", x.seal().Plan)
	}
	waits := slices.DeleteFunc(slices.Clone(b.trace), func(s string) bool { return !strings.HasPrefix(s, "registry wait") })
	if got := fmt.Sprint(waits); got != "[registry wait 2 registry wait 3]" {
		t.Errorf("waits %s", got)
	}
	b.programs.onEnd = nil
	for _, fail := range []*error{&b.programs.endErr, &b.programs.waitErr} {
		*fail = errors.New("away")
		b.assign(0)
		if err := b.stage.Step(t.Context()); !errors.Is(err, *fail) {
			t.Errorf("an assignment without the registry: %v", err)
		}
		*fail = nil
	}
}

// An abort takes everything back, and the posts are counted once.
func TestAbort(t *testing.T) {
	b := newBench(t, 1, 2)
	b.add(0, b.post(10))
	b.next()
	for b.group[0] < 1 {
		b.next()
	}
	b.add(0, b.lines(50, -1))
	b.add(0, &scan.Record{End: true})
	b.aborts, b.rewind = 1, 1
	for b.aborts > 0 {
		b.step()
	}
	b.limit = 0 // nothing comes for a while
	x := b.next()
	if got, want := x.part(0), (delta.SealPart{Topic: "in", From: 1, To: 1, Newest: 10e6}); got != want || len(x.rows())+len(x.letters) > 0 {
		t.Errorf("after the abort: %+v, %v, want %+v", got, x.rows(), want)
	}
	if b.metrics.Documents.Load() != 1 || fmt.Sprint(b.metrics.Aborts.Read()) != "map[rebalance:1]" || b.metrics.DeadLetters.Load() != 0 {
		t.Errorf("%d documents, aborts %v are counted", b.metrics.Documents.Load(), b.metrics.Aborts.Read())
	}
	b.limit = 100
	x = b.next()
	if got, want := x.part(0), (delta.SealPart{Topic: "in", From: 1, To: 3, Newest: 50e6, End: true, Documents: 2, Appended: appendTime(1)}); got != want || len(x.letters) != 1 {
		t.Errorf("again: %+v, want %+v", got, want)
	}
	if got := fmt.Sprint(x.rows()); got != "[0/1/0]" {
		t.Errorf("rows %s", got)
	}
}

// What was read under an assignment that ends goes with it.
func TestRevoke(t *testing.T) {
	b := newBench(t, 2, 2)
	b.next()
	b.add(0, b.lines(5, -1))
	b.add(1, b.post(6))
	b.step()
	b.end(nil)
	n := len(b.commits)
	for range 100 {
		b.step()
	}
	if len(b.commits) != n || len(b.metrics.Lag()) != 0 {
		t.Errorf("%d transactions without an assignment, lag %v", len(b.commits)-n, b.metrics.Lag())
	}
	b.assign(1)
	b.limit = 0
	if x := b.next(); len(x.rows())+len(x.letters) != 0 || x.part(1).To != 0 || x.part(0).Partition != -1 {
		t.Errorf("the next assignment begins with %v, %+v", x.rows(), *x.seal())
	}
	b.limit = 100
	if x := b.next(); fmt.Sprint(x.rows()) != "[1/0/0]" {
		t.Errorf("rows %v", x.rows())
	}
}

// Without input a transaction is made only when there is something to say, and
// every 2 s; with input every 100 ms.
func TestPace(t *testing.T) {
	b := newBench(t, 1, 1)
	b.add(0, b.post(1))
	b.next()
	b.next()
	for b.next().part(0); !b.commits[len(b.commits)-1].part(0).Idle; b.next() {
		if len(b.commits) > 20 {
			t.Fatal("never idle")
		}
	}
	elapsed := func() time.Duration {
		before := b.clock.now
		b.next()
		return b.clock.now.Sub(before)
	}
	for range 3 {
		if d := elapsed(); d != 2*time.Second {
			t.Errorf("nothing new: a transaction after %s, want 2s", d)
		}
	}
	b.registerCounts()
	b.programs.at = 2
	if d := elapsed(); d > 200*time.Millisecond || b.commits[len(b.commits)-1].seal().Plan != 1 {
		t.Errorf("a new plan: after %s", d)
	}
	b.add(0, &scan.Record{Control: true})
	if d := elapsed(); d < 1500*time.Millisecond {
		t.Errorf("a transaction marker: after %s, want about 2s", d)
	}
	b.add(0, b.post(2))
	if d := elapsed(); d > 200*time.Millisecond {
		t.Errorf("a post: after %s", d)
	}
	n, before := len(b.commits), b.clock.now
	for range 100 {
		b.add(0, b.post(3))
		b.step()
		b.clock.now = b.clock.now.Add(20 * time.Millisecond)
	}
	if got, want := len(b.commits)-n, int(b.clock.now.Sub(before)/(100*time.Millisecond)); got < want-1 || got > want {
		t.Errorf("%d transactions in %d intervals", got, want)
	}
}

// An assignment is sealed at once, also by a registry without queries: merge
// waits to hear of every partition.
func TestAssignmentIsTold(t *testing.T) {
	b := newBench(t, 2, 1, func(c *scan.Config) { c.Heartbeat = time.Hour })
	b.programs.programs = b.programs.programs[:1]
	for range 3 {
		before := b.clock.now
		if x := b.next(); x.seal().Plan != -1 || len(x.seal().Parts) != 2 || b.clock.now.Sub(before) > time.Second {
			t.Errorf("after %s: %+v", b.clock.now.Sub(before), *x.seal())
		}
		b.assign(0, 1)
	}
}

// Input beyond MaxBytes is committed at once.
func TestLargeInput(t *testing.T) {
	b := newBench(t, 1, 1, func(c *scan.Config) { c.MaxBytes = 2000 })
	b.next()
	b.limit = 1
	now := b.clock.now
	const shortest = len(`{"id":1,"lang":"en","created_at":1000}`)
	for range 200 {
		b.add(0, b.post(1))
	}
	for b.group[0] < 150 {
		b.step()
		if at := b.in[0].end(); b.fetch[0] == at {
			t.Fatal("all was read before anything was committed")
		}
	}
	if !b.clock.now.Equal(now) {
		t.Error("time passed")
	}
	for _, x := range b.commits[1:] {
		if n := len(x.rows()); n == 0 || n > 2000/shortest+1 {
			t.Errorf("a transaction of %d posts", n)
		}
	}
}

// A document that cannot be read costs itself alone, and is told of in the same
// transaction.
func TestDeadLetters(t *testing.T) {
	b := newBench(t, 1, 1)
	b.next()
	b.add(0, b.lines(1, -1, 2, -1))
	b.add(0, &scan.Record{Value: []byte("\xff\x00")})
	x := b.next()
	if got := fmt.Sprint(x.rows()); got != "[0/0/0 0/0/2]" {
		t.Errorf("rows %s", got)
	}
	var letters []string
	for _, l := range x.letters {
		letters = append(letters, fmt.Sprintf("%d/%d/%d %q", l.Partition, l.Offset, l.Line, l.Data))
		if l.Reason == "" {
			t.Error("a dead letter without a reason")
		}
	}
	if got, want := strings.Join(letters, ", "), `0/0/2 "{bad", 0/0/4 "{bad", 0/1/1 "\xff\x00"`; got != want {
		t.Errorf("dead letters %s, want %s", got, want)
	}
	if b.metrics.DeadLetters.Load() != 3 || b.metrics.Documents.Load() != 2 {
		t.Errorf("%d dead letters, %d documents", b.metrics.DeadLetters.Load(), b.metrics.Documents.Load())
	}
}

// A dead letter says where the document comes from, as the record tells it, and
// what form of file it looks like.
func TestDeadLettersSayWhereTheyAreFrom(t *testing.T) {
	b := newBench(t, 1, 1)
	b.next()
	b.add(0, &scan.Record{Lines: true, Value: []byte("{}\n[{\r\nnull\n"), Place: func(at int) scan.Place {
		return scan.Place{File: "a", Line: int64(at), Byte: 100 + int64(at)}
	}})
	x := b.next()
	var letters []string
	for _, l := range x.letters {
		letters = append(letters, fmt.Sprintf("%d %s %d %d %q %s", l.Line, l.Place.File, l.Place.Line, l.Place.Byte, l.Data, l.Reason))
	}
	want := []string{
		`2 a 3 103 "[{" byte 2: the document ends too early: one document per line is expected; this looks like a JSON array (name its file .json, or use jq -c '.[]')`,
		`3 a 7 107 "null" byte 0: expected an object`,
	}
	if !slices.Equal(letters, want) {
		t.Errorf("dead letters\n%s\nwant\n%s", strings.Join(letters, "\n"), strings.Join(want, "\n"))
	}
}

func TestConfigIsChecked(t *testing.T) {
	good := newBench(t, 1, 1).cfg
	for name, spoil := range map[string]func(*scan.Config){
		"no log":      func(c *scan.Config) { c.Log = nil },
		"no programs": func(c *scan.Config) { c.Programs = nil },
		"no clock":    func(c *scan.Config) { c.Clock = nil },
		"no stream":   func(c *scan.Config) { c.Stream = "" },
		"no exchange": func(c *scan.Config) { c.Exchange = 0 },
		"no topic id": func(c *scan.Config) { c.Topics = nil },
	} {
		cfg := good
		spoil(&cfg)
		if _, err := scan.NewStage(cfg); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
