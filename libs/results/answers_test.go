package results_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/millrace/millrace/libs/results"
)

// flaky loses answers: the n-th script call from now on is done, or not done,
// and its caller gets a broken connection.
type flaky struct {
	loseReply, loseCall atomic.Bool
	last                []any // arguments of the last EVALSHA
}

var errBroken = errors.New("connection is broken")

func (f *flaky) DialHook(next redis.DialHook) redis.DialHook { return next }

func (f *flaky) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

func (f *flaky) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		if cmd.Name() != "evalsha" {
			return next(ctx, cmd)
		}
		f.last = slices.Clone(cmd.Args())
		if f.loseCall.Swap(false) {
			cmd.SetErr(errBroken)
			return errBroken
		}
		err := next(ctx, cmd)
		if f.loseReply.Swap(false) {
			cmd.SetErr(errBroken)
			return errBroken
		}
		return err
	}
}

func TestLostAnswers(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		ctx := context.Background()
		apply(t, taken(t, s, 0, 1), 0, rows("warm", 1, "[]", "{}")) // the server knows the scripts
		f := &flaky{}
		s.rdb.AddHook(f)
		w := taken(t, s, 0, 2)
		entry := func(offset int64) *results.Log {
			return &results.Log{Target: results.Target{ID: "a", Epoch: 1}, Entries: []results.LogRow{{Offset: offset, Index: 1, Row: fmt.Appendf(nil, `{"n":%d}`, offset)}}}
		}

		// Lost before it came to the server: n is still there, sent again.
		f.loseCall.Store(true)
		if _, err := w.Apply(ctx, 1, []results.Op{entry(1)}); !errors.Is(err, results.ErrUnavailable) {
			t.Fatalf("got %v", err)
		}
		notDone := f.last
		apply(t, w, 1, entry(1))
		wantLog(t, s, `1-1 {"n":1}`)

		// Lost on the way back: n+1 is there. What is sent then includes more.
		f.loseReply.Store(true)
		if _, err := w.Apply(ctx, 2, []results.Op{entry(2)}); !errors.Is(err, results.ErrUnavailable) {
			t.Fatalf("got %v", err)
		}
		done := f.last
		wantLog(t, s, `1-1 {"n":1}`, `2-1 {"n":2}`)
		if err := w.Look(ctx); err != nil {
			t.Errorf("look: %v", err)
		}
		apply(t, w, 3, entry(2), entry(3))
		wantLog(t, s, `1-1 {"n":1}`, `2-1 {"n":2}`, `3-1 {"n":3}`)

		// Both, several times in a row.
		for i := range 5 {
			f.loseReply.Store(i%2 == 0)
			f.loseCall.Store(i%2 == 1)
			if _, err := w.Apply(ctx, 4, []results.Op{entry(4)}); !errors.Is(err, results.ErrUnavailable) {
				t.Fatalf("got %v", err)
			}
		}
		apply(t, w, 5, entry(4), entry(5))
		wantLog(t, s, `1-1 {"n":1}`, `2-1 {"n":2}`, `3-1 {"n":3}`, `4-1 {"n":4}`, `5-1 {"n":5}`)

		// Calls that come in after all change nothing, fence included.
		before, _, _ := w.Read(ctx)
		for _, args := range [][]any{notDone, done} {
			reply, err := s.rdb.Do(ctx, args...).StringSlice()
			if err != nil || reply[0] != "LOST" {
				t.Errorf("a late call answers %q, %v", reply, err)
			}
		}
		if after, _, _ := w.Read(ctx); after != before {
			t.Errorf("a late call moved the fence from %+v to %+v", before, after)
		}
		// The very call that was last done, again: acknowledged, not done again.
		apply(t, w, 6, rows("b", 1, "[]", `{"n":6}`))
		if err := s.rdb.HSet(ctx, results.RowsKey("b", results.Window{}), "[]", "changed").Err(); err != nil {
			t.Fatal(err)
		}
		if reply, err := s.rdb.Do(ctx, f.last...).StringSlice(); err != nil || reply[0] != "ACK" {
			t.Errorf("a repeated call answers %q, %v", reply, err)
		}
		wantRows(t, s, "b", results.Window{}, "[] changed")

		// Take, too: the same call again does not move n on.
		f.loseReply.Store(true)
		if _, _, err := w.Take(ctx, 3, w.Fence()); !errors.Is(err, results.ErrUnavailable) {
			t.Fatalf("got %v", err)
		}
		take := f.last
		if _, repair, err := w.Take(ctx, 3, w.Fence()); err != nil || repair {
			t.Fatalf("%v %v", repair, err)
		}
		before, _, _ = w.Read(ctx)
		f.loseReply.Store(false)
		if reply, err := s.rdb.Do(ctx, f.last...).StringSlice(); err != nil || reply[0] != "OK" {
			t.Errorf("%q %v", reply, err)
		}
		if after, _, _ := w.Read(ctx); after != before {
			t.Errorf("a repeated take moved the fence from %+v to %+v", before, after)
		}
		_ = take
		apply(t, w, 7, entry(7))
	})
}

func TestUnavailable(t *testing.T) {
	m := startRedis(t)
	s := connect(t, m, nil)
	ctx := context.Background()
	w := taken(t, s, 0, 1)
	if err := s.rdb.Do(ctx, "REPLICAOF", "127.0.0.1", "1").Err(); err != nil {
		t.Fatal(err)
	}
	_, err := w.Apply(ctx, 1, []results.Op{rows("a", 1, "[]", "{}")})
	if !errors.Is(err, results.ErrUnavailable) {
		t.Errorf("a replica: %v", err)
	}
	if err := s.rdb.Do(ctx, "REPLICAOF", "NO", "ONE").Err(); err != nil {
		t.Fatal(err)
	}
	apply(t, w, 1, rows("a", 1, "[]", "{}"))
	canceled, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := w.Apply(canceled, 1, []results.Op{rows("a", 1, "[]", "{}")}); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled: %v", err)
	}
	apply(t, w, 1, rows("a", 1, "[]", "{}"))
}
