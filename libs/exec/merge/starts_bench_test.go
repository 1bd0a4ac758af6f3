package merge

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/millrace/millrace/libs/exec/delta"
)

// nullStore takes everything and keeps nothing, so that what is measured is the
// stage alone.
type nullStore struct{}

func (nullStore) Writer(int32) Writer { return &nullWriter{} }

func (nullStore) Listed(context.Context) (map[string]int64, error) { return nil, nil }

func (nullStore) Reason(err error) string { return err.Error() }

type nullWriter struct{ fence Fence }

func (w *nullWriter) Take(_ context.Context, token int64, _ Fence, _ bool) (Fence, bool, error) {
	w.fence = Fence{Token: token, Offset: -1}
	return w.fence, false, nil
}

func (w *nullWriter) Apply(_ context.Context, offset int64, _ []Op) ([]string, error) {
	w.fence.Offset = offset
	return nil, nil
}

func (w *nullWriter) Finish(context.Context, int64, AsOf, bool) error { return nil }

func (w *nullWriter) Look(context.Context) error { return nil }

func (w *nullWriter) Fence() Fence { return w.fence }

func (w *nullWriter) Sweep(context.Context, int64, Sweep) ([]string, error) { return nil, nil }

// newNullBench is newBench over a nullStore, with one partition.
func newNullBench(t testing.TB) *bench {
	b := newBench(t, 1, 1)
	b.edit = func(c *Config) { c.Store, c.Notifier = nullStore{}, nullNotifier{} }
	b.restart()
	return b
}

type nullNotifier struct{}

func (nullNotifier) Live(context.Context, []Live) error { return nil }

func (nullNotifier) Fail(context.Context, *Query, string) error { return nil }
func (nullNotifier) Complete(context.Context, *Query) error     { return nil }

// started returns n queries of one node, each of which begins at another plan
// position.
func started(t testing.TB, n int, edit ...func(*Query)) []*Query {
	queries := make([]*Query, n)
	for i := range queries {
		queries[i] = count(t, fmt.Sprintf("q%06d", i), "all", int64(i+1), edit...)
	}
	return queries
}

// BenchmarkFlushStarts is the flush after one post in a node of which every query
// began at another moment, with a post between any two: fold is what comes before it.
func BenchmarkFlushStarts(b *testing.B) {
	for _, shape := range []struct {
		name string
		edit []func(*Query)
	}{
		{"global", []func(*Query){global, limited}},
		{"having", []func(*Query){atLeast(2), limited}},
		{"top", []func(*Query){top(10), limited}},
	} {
		for _, n := range []int{100, 2500, 10_000} {
			b.Run(fmt.Sprintf("%s/starts=%d", shape.name, n), func(b *testing.B) {
				p, o := startsOf(b, started(b, n, shape.edit...))
				var fold time.Duration
				b.ResetTimer()
				for range b.N {
					b.StopTimer()
					began := time.Now()
					p.post(int64(n))
					fold += time.Since(began)
					b.StartTimer()
					p.flush(o)
				}
				b.ReportMetric(float64(fold.Nanoseconds())/float64(b.N), "fold-ns/op")
			})
		}
	}
}

// BenchmarkRecallStarts is what a restore does beside reading: it looks for the rows whose
// output has an error.
func BenchmarkRecallStarts(b *testing.B) {
	for _, n := range []int{100, 400, 10_000} {
		b.Run(fmt.Sprintf("starts=%d", n), func(b *testing.B) {
			_, o := startsOf(b, started(b, n, global, limited))
			for b.Loop() {
				if err := o.recallErrors(o.nodes); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkRepublishStarts marks what a store that lost everything is to hold.
func BenchmarkRepublishStarts(b *testing.B) {
	for _, n := range []int{100, 2500, 10_000} {
		b.Run(fmt.Sprintf("starts=%d", n), func(b *testing.B) {
			_, o := startsOf(b, started(b, n, limited))
			for b.Loop() {
				o.republish(false)
			}
		})
	}
}

// limited is what every query is by default: the limits are looked at, and not met.
func limited(q *Query) {
	q.Limits = Limits{MaxGroups: 100_000, MaxResultBytes: 64 << 20}
}

// starts posts to one node and flushes.
type starts struct {
	b       *bench
	queries []*Query
}

// startsOf returns the partition of the queries, after a post at each of their
// positions.
func startsOf(t testing.TB, queries []*Query) (*starts, *owned) {
	b := newNullBench(t)
	b.define(queries, nil)
	b.sealAll(0, int64(len(queries)), nil)
	b.step()
	s := &starts{b, queries}
	for _, q := range queries {
		s.post(q.Position)
	}
	o := b.stage.owned[0]
	s.flush(o)
	return s, o
}

// post folds a block with one post, made under a plan position.
func (s *starts) post(plan int64) {
	blocks := []delta.Block{{Plan: plan}}
	s.b.add(blocks, s.queries[0], []post{{"a", 0}})
	o := s.b.stage.owned[0]
	if err := o.fold(&prepared{offset: o.pos, block: &blocks[0]}); err != nil {
		s.b.t.Fatal(err)
	}
}

func (s *starts) flush(o *owned) {
	if err := s.b.stage.flush(context.Background(), o); err != nil {
		s.b.t.Fatal(err)
	}
}
