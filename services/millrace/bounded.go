package millrace

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/millrace/millrace/libs/daemon"
	"github.com/millrace/millrace/libs/exec/build"
	"github.com/millrace/millrace/libs/exec/merge"
	"github.com/millrace/millrace/libs/kafka"
	"github.com/millrace/millrace/libs/metrics"
	"github.com/millrace/millrace/libs/results"
	"github.com/millrace/millrace/libs/sql"
	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/libs/wire"
	monitor "github.com/millrace/millrace/services/directory-monitor"
	"github.com/millrace/millrace/services/millrace/final"
)

// Statement is a query with the id under which it is registered.
type Statement struct {
	ID, SQL string
}

// Job is queries to run over inputs that end.
type Job struct {
	Config
	Queries []Statement
	Catalog *catalog.Catalog // what they may name; nil: the streams that Millrace comes with
	Inputs  []string         // of tweets: files, and folders of files
	Feeds   []Feed           // of other streams
	Input   monitor.Input    // how all of them are written; zero: as streams and their names say
	MaxLine int              // bytes of a line; 0: directory-monitor's default

	Schedulers int // that share the work, no more than there are partitions; 0: one

	// LiveWatermarks lets time pass as in a stream: rows may be late. Else
	// nothing is late, and all windows close at the end.
	LiveWatermarks bool

	// Progress is told now and then how far the run is, from the first byte read
	// to the last result written. May be nil.
	Progress func(Progress)
}

// Feed is the inputs of a stream.
type Feed struct {
	Stream string
	Inputs []string // files, and folders of files
}

// Progress is how far a Job is.
type Progress struct {
	Read, Total int64 // bytes of the inputs as they are (compressed)
	Documents   int64 // documents read
	Scanned     int64 // of these, by all queries
}

// Outcome is what a Job has found out.
type Outcome struct {
	Queries     []*merge.Query     // as they were given
	Rows        [][]final.Row      // parallel to Queries
	Counters    []map[string]int64 // parallel to Queries: matched, errors, mismatches, no_time and late, where not 0
	Documents   int64
	ScannedBy   []int64           // of the documents, where several schedulers share the work
	DeadLetters int64             // lines and files that could not be read
	DeadFiles   int64             // of these, files
	Letters     []wire.DeadLetter // the first few of them
	Bytes       int64             // of the documents as scanned, uncompressed
	Took        time.Duration     // from the first byte read to the last result written
	Embedded    string            // what was embedded, for people
	Evaluations int64             // of atomic predicates and indexes, each for one document
}

// StatementError is a query that is not valid, or was refused.
type StatementError struct {
	ID  string
	Err error // an *ast.Error where the text is wrong
}

// Error names the query.
func (e *StatementError) Error() string { return fmt.Sprintf("query %s: %v", e.ID, e.Err) }

// Unwrap returns the cause.
func (e *StatementError) Unwrap() error { return e.Err }

// StatementErrors are several queries that are not valid, each for itself.
type StatementErrors []error

// Error tells all, a line each.
func (e StatementErrors) Error() string { return errors.Join(e...).Error() }

// Unwrap returns all.
func (e StatementErrors) Unwrap() []error { return e }

// Bounded registers the queries, waits until all are live, feeds the inputs
// through the whole pipeline and returns when every merge partition has written
// what it made of the last of them.
func Bounded(ctx context.Context, job Job) (*Outcome, error) {
	if job.Catalog == nil {
		var err error
		if job.Catalog, err = catalog.Default(); err != nil {
			return nil, err
		}
	}
	queries, err := compile(job.Queries, job.Catalog)
	if err != nil {
		return nil, err
	}
	scanned, err := job.scanned(queries)
	if err != nil {
		return nil, err
	}
	for _, s := range scanned.Streams() {
		job.Layout = job.Layout.With(s.Topic)
	}
	stack, err := Open(job.Config)
	if err != nil {
		return nil, err
	}
	defer stack.Close()
	b := &bounded{Job: job, stack: stack, queries: queries, scanned: scanned, counters: &counters{metrics.NewRegistry()}}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		return stack.Run(ctx, Options{
			Catalog:   job.Catalog,
			Scheduler: SchedulerOptions{Count: job.Schedulers, Bounded: !job.LiveWatermarks, Catalog: scanned},
			Metrics:   b.counters.registry,
		})
	})
	var out *Outcome
	g.Go(func() error {
		defer cancel()
		var err error
		out, err = b.run(ctx)
		return err
	})
	if err := g.Wait(); err != nil {
		return nil, err
	}
	return out, nil
}

// compile checks the queries before anything is started. Of several that are wrong it tells
// all, as [StatementErrors].
func compile(stmts []Statement, cat *catalog.Catalog) ([]*merge.Query, error) {
	seen := map[string]bool{}
	queries := make([]*merge.Query, len(stmts))
	var wrong []error
	for i, st := range stmts {
		switch {
		case !wire.ValidID(st.ID):
			wrong = append(wrong, &StatementError{st.ID, errors.New("an id is 1 to 128 of A-Z a-z 0-9 . _ -")})
		case seen[st.ID]:
			wrong = append(wrong, &StatementError{st.ID, errors.New("another query has the same id")})
		}
		seen[st.ID] = true
		root, err := sql.CompileStanding(st.SQL, cat)
		if err == nil {
			queries[i], err = build.Query(root)
		}
		if err != nil {
			wrong = append(wrong, &StatementError{st.ID, err})
			continue
		}
		queries[i].ID = st.ID
	}
	if len(wrong) > 0 {
		return nil, StatementErrors(wrong)
	}
	return queries, nil
}

// bounded is a running Job.
type bounded struct {
	Job
	stack    *Stack
	queries  []*merge.Query
	scanned  *catalog.Catalog // the streams that take part
	counters *counters
	read     progresses
	layoutOf *kafka.Topics // as they were found
	telling  sync.Mutex
	told     time.Time // when Progress was
}

func (b *bounded) run(ctx context.Context) (*Outcome, error) {
	topics, err := b.topics(ctx)
	if err != nil {
		return nil, err
	}
	b.layoutOf = topics
	if err := b.submit(ctx); err != nil {
		return nil, err
	}
	if err := b.waitLive(ctx); err != nil {
		return nil, err
	}
	if err := b.waitShared(ctx); err != nil {
		return nil, err
	}
	began := b.stack.Clock.Now()
	if err := b.feed(ctx); err != nil {
		return nil, err
	}
	rdb := results.Connect(b.stack.Redis)
	defer rdb.Close()
	reader := results.NewReader(rdb)
	if err := b.waitEnded(ctx, reader, topics); err != nil {
		return nil, err
	}
	out := &Outcome{
		Queries: b.queries, Took: b.stack.Clock.Now().Sub(began), Embedded: b.stack.Embedded(),
		ScannedBy: make([]int64, b.Schedulers),
	}
	if err := b.counters.read(out); err != nil {
		return nil, err
	}
	read := b.read.sum()
	out.DeadFiles = read.DeadFiles
	if out.DeadLetters += read.DeadLetters; out.DeadLetters > 0 {
		if out.Letters, err = b.letters(ctx); err != nil {
			return nil, err
		}
	}
	for _, q := range b.queries {
		rows, err := final.Read(ctx, reader, q)
		if err != nil {
			return nil, err
		}
		facts, _, err := reader.Facts(ctx, q.ID)
		if err != nil {
			return nil, err
		}
		out.Rows, out.Counters = append(out.Rows, rows), append(out.Counters, facts.Counters)
	}
	return out, nil
}

// topics makes the topics and refuses those that hold anything: results would
// be mixed with another's.
func (b *bounded) topics(ctx context.Context) (*kafka.Topics, error) {
	var topics *kafka.Topics
	err := daemon.Retry(ctx, b.stack.Log, "reach Kafka", func(ctx context.Context) error {
		var err error
		var unreachable *kafka.UnreachableError
		topics, err = kafka.Ensure(ctx, b.stack.Kafka, b.stack.Layout)
		if err != nil && !errors.As(err, &unreachable) {
			return daemon.Permanent(err)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	admin, err := kafka.NewAdmin(b.stack.Kafka)
	if err != nil {
		return nil, err
	}
	defer admin.Close()
	names := []string{kafka.TopicQueries}
	for _, s := range b.scanned.Streams() {
		names = append(names, s.Topic)
	}
	for _, name := range names {
		ends, err := admin.Ends(ctx, name)
		if err != nil {
			return nil, err
		}
		for p, end := range ends {
			if end > 0 {
				return nil, daemon.Usagef("topic %s partition %d is not empty: a bounded run needs topics of its own; use other brokers, none (an embedded log), or `millrace reset --all`", name, p)
			}
		}
	}
	return topics, nil
}

func (b *bounded) submit(ctx context.Context) error {
	p, err := kafka.NewProducer(b.stack.Kafka)
	if err != nil {
		return err
	}
	defer p.Close()
	records := make([]kafka.Record, len(b.Queries))
	for i, q := range b.Queries {
		records[i] = kafka.Record{Topic: kafka.TopicQueries, Key: []byte(q.ID), Value: []byte(q.SQL)}
	}
	return p.Produce(ctx, records...)
}
