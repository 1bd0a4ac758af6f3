package millrace

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/millrace/millrace/libs/daemon"
	"github.com/millrace/millrace/libs/exec/merge"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/libs/wire"
	monitor "github.com/millrace/millrace/services/directory-monitor"
)

// tweets is the stream of inputs for which none is named.
const tweets = "tweets"

// feeds are the inputs of all streams, those of tweets among them.
func (j *Job) feeds() []Feed {
	var all []Feed
	if len(j.Inputs) > 0 {
		all = append(all, Feed{Stream: tweets, Inputs: j.Inputs})
	}
	for _, f := range j.Feeds {
		i := slices.IndexFunc(all, func(o Feed) bool { return o.Stream == f.Stream })
		if i < 0 {
			all = append(all, Feed{Stream: f.Stream})
			i = len(all) - 1
		}
		all[i].Inputs = append(slices.Clip(all[i].Inputs), f.Inputs...)
	}
	return all
}

// scanned returns the streams that are read by a query or have an input: the others cost
// nothing.
func (j *Job) scanned(queries []*merge.Query) (*catalog.Catalog, error) {
	used := map[string]bool{}
	for _, q := range queries {
		used[q.Stream] = true
		for _, name := range q.Others {
			used[name] = true
		}
	}
	for _, f := range j.feeds() {
		s, ok := j.Catalog.Stream(f.Stream)
		if !ok {
			return nil, daemon.Usagef("there is no stream %s to be fed: declare it by CREATE STREAM in the file of queries", f.Stream)
		}
		used[s.Name] = true
	}
	var streams []*catalog.Stream
	for _, s := range j.Catalog.Streams() {
		if used[s.Name] {
			streams = append(streams, s)
		}
	}
	return catalog.New(streams...)
}

// feed reads the inputs of all streams to their ends, and puts the end of its input on
// every stream.
func (b *bounded) feed(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	feeds := b.feeds()
	for _, f := range feeds {
		stream, _ := b.Catalog.Stream(f.Stream)
		at := b.read.add()
		g.Go(func() error { return b.feedStream(ctx, stream, f.Inputs, at) })
	}
	g.Go(func() error { return b.endOthers(ctx, feeds) })
	return g.Wait()
}

func (b *bounded) feedStream(ctx context.Context, stream *catalog.Stream, inputs []string, at int) error {
	if !stream.Declared {
		stream = nil // as the monitor has it
	}
	return monitor.Run(ctx, monitor.Config{
		Inputs: inputs, Stream: stream, InputFormat: b.Input.Format, Columns: b.Input.Columns, EndOfInput: true, MaxLine: b.MaxLine,
		Name:  fmt.Sprintf("run-%016x", rand.Uint64()),
		Kafka: b.stack.kafka("directory-monitor", b.stack.Log), Layout: b.stack.Layout,
		Log: b.stack.Log, Clock: b.stack.Clock,
		Progress: func(p monitor.Progress) { b.tell(b.read.set(at, p)) },
	})
}

// endOthers puts the end on the streams that are read and have no input.
func (b *bounded) endOthers(ctx context.Context, feeds []Feed) error {
	var records []kafka.Record
	for _, s := range b.scanned.Streams() {
		if slices.ContainsFunc(feeds, func(f Feed) bool { return f.Stream == s.Name }) {
			continue
		}
		for p := range b.layoutOf.Partitions(s.Topic) {
			records = append(records, kafka.Record{
				Topic: s.Topic, Partition: p, Value: []byte{}, Headers: []kafka.Header{{Key: wire.HeaderEndOfInput}},
			})
		}
	}
	if len(records) == 0 {
		return nil
	}
	p, err := kafka.NewProducer(b.stack.Kafka)
	if err != nil {
		return err
	}
	defer p.Close()
	return p.Produce(ctx, records...)
}

// progresses are how far the inputs of several streams are. Streams are read at once.
type progresses struct {
	mu  sync.Mutex
	all []monitor.Progress
}

// add returns the place of one more stream.
func (p *progresses) add() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.all = append(p.all, monitor.Progress{})
	return len(p.all) - 1
}

// set notes how far a stream is, and returns how far all are together.
func (p *progresses) set(at int, now monitor.Progress) monitor.Progress {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.all[at] = now
	return p.together()
}

func (p *progresses) sum() monitor.Progress {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.together()
}

func (p *progresses) together() (sum monitor.Progress) {
	for _, one := range p.all {
		sum.Read, sum.Total = sum.Read+one.Read, sum.Total+one.Total
		sum.Documents += one.Documents
		sum.DeadLetters, sum.DeadFiles = sum.DeadLetters+one.DeadLetters, sum.DeadFiles+one.DeadFiles
	}
	return sum
}

// tellEvery is the least time between two calls of Progress.
const tellEvery = 50 * time.Millisecond

// tell tells how far the run is, unless it just did.
func (b *bounded) tell(read monitor.Progress) {
	if b.Progress == nil {
		return
	}
	b.telling.Lock()
	defer b.telling.Unlock()
	now := b.stack.Clock.Now()
	if now.Sub(b.told) < tellEvery {
		return
	}
	b.told = now
	var scanned Outcome
	if err := b.counters.read(&scanned); err != nil {
		return // it is told at the end
	}
	b.Progress(Progress{Read: read.Read, Total: read.Total, Documents: read.Documents, Scanned: scanned.Documents})
}
