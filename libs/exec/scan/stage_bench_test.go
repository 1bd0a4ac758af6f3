package scan_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/millrace/millrace/libs/exec/build"
	"github.com/millrace/millrace/libs/exec/scan"
	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/libs/sql/plan"
)

// fakePrograms is a registry of which a program is known per plan position. It
// is read up to at, and Wait reads on.
type fakePrograms struct {
	log      *fakeLog
	programs []*scan.Program // of position -1, 0, 1, …
	at       int             // positions read
	onEnd    func()
	endErr   error
	waitErr  error
	held     chan struct{} // Wait waits until it is closed; nil: for nothing
}

func (p *fakePrograms) Current() (*scan.Program, int64) { return p.programs[p.at], int64(p.at) - 1 }

func (p *fakePrograms) End(context.Context) (int64, error) {
	if p.onEnd != nil {
		p.onEnd()
	}
	p.log.trace = append(p.log.trace, "registry end")
	return int64(len(p.programs) - 1), p.endErr
}

func (p *fakePrograms) Wait(ctx context.Context, end int64) error {
	if p.held != nil {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-p.held:
		}
	}
	p.log.trace = append(p.log.trace, fmt.Sprint("registry wait ", end))
	if p.waitErr == nil {
		p.at = max(p.at, int(end))
	}
	return p.waitErr
}

// bench is a stage over fakes.
type bench struct {
	*fakeLog
	t        *testing.T
	programs *fakePrograms
	stage    *scan.Stage
	cfg      scan.Config
	metrics  *scan.Metrics
	posts    int
}

// newBench starts a stage whose registry holds the query that returns the rows
// of all posts at plan position 0, and assigns it all partitions.
func newBench(t *testing.T, partitions, exchange int, settings ...func(*scan.Config)) *bench {
	t.Helper()
	log := newFakeLog(t, partitions, exchange)
	b := &bench{fakeLog: log, t: t, programs: &fakePrograms{log: log}, metrics: new(scan.Metrics)}
	c, err := catalog.Default()
	if err != nil {
		t.Fatal(err)
	}
	builder := build.NewBuilder(c)
	b.programs.programs = []*scan.Program{builder.Program()}
	b.register(builder, "rows", &plan.Project{In: &plan.Scan{Stream: "tweets"}, Cols: []plan.NamedExpr{{
		Name: "id", Expr: &plan.Column{Name: "id", Typ: record.BigIntType},
	}}})
	b.cfg = scan.Config{
		Log: log, Programs: b.programs, Clock: log.clock, Stream: "tweets", Topic: "in",
		Topics: map[string]string{"in": "id-of-in"}, Exchange: exchange, Metrics: b.metrics,
	}
	for _, set := range settings {
		set(&b.cfg)
	}
	b.restart()
	all := make([]int32, partitions)
	for p := range all {
		all[p] = int32(p)
	}
	log.assign(all...)
	return b
}

// register appends a plan position at which the query is there too.
func (b *bench) register(builder *build.Builder, id string, root plan.Node) {
	b.t.Helper()
	if err := builder.Add(id, &plan.Output{In: root, Emit: plan.EmitChanges}); err != nil {
		b.t.Fatal(err)
	}
	b.programs.programs = append(b.programs.programs, builder.Program())
}

// registerCounts appends a plan position at which posts are counted per language.
func (b *bench) registerCounts() {
	b.t.Helper()
	c, err := catalog.Default()
	if err != nil {
		b.t.Fatal(err)
	}
	lang := &plan.Column{Name: "lang", Typ: record.VarcharType}
	count := plan.Agg{Func: "count", Type: record.BigIntType}
	b.register(build.NewBuilder(c), "counts", &plan.Project{
		In: &plan.Aggregate{In: &plan.Scan{Stream: "tweets"}, Keys: []plan.Expr{lang}, Aggs: []plan.Agg{count}},
		Cols: []plan.NamedExpr{
			{Name: "lang", Expr: &plan.Ref{Kind: plan.KeyRef, Typ: record.VarcharType}},
			{Name: "n", Expr: &plan.Ref{Kind: plan.AggRef, Typ: record.BigIntType}},
		},
	})
}

// restart takes a new stage, as a process does after an error.
func (b *bench) restart() {
	b.t.Helper()
	stage, err := scan.NewStage(b.cfg)
	if err != nil {
		b.t.Fatal(err)
	}
	b.stage, b.open = stage, nil
}

// post returns a post of an event time in seconds.
func (b *bench) post(at int) *scan.Record {
	b.posts++
	return &scan.Record{Value: fmt.Appendf(nil, `{"id":%d,"lang":"en","created_at":%d}`, b.posts, at*1000)}
}

// lines is a batch of posts; those of a negative event time are not JSON.
func (b *bench) lines(at ...int) *scan.Record {
	r := &scan.Record{Lines: true}
	for _, s := range at {
		if s < 0 {
			r.Value = append(r.Value, "{bad\n"...)
			continue
		}
		r.Value = append(append(r.Value, b.post(s).Value...), '\n')
	}
	return r
}

func (b *bench) step() {
	b.t.Helper()
	if err := b.stage.Step(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
}

// next steps until one more transaction is committed, and returns it.
func (b *bench) next() *transaction {
	b.t.Helper()
	for n := len(b.commits); len(b.commits) == n; {
		if b.open != nil {
			b.t.Fatal("a transaction stays open")
		}
		b.step()
	}
	return b.commits[len(b.commits)-1]
}

// timed returns how many committed transactions the metrics have timed.
func (b *bench) timed() int {
	n, _, _ := b.metrics.Commits.Read()
	return int(n)
}
