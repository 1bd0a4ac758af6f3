package merge

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// fakeWriter writes as package results does: of its own are all n from the last
// acknowledged to the last sent.
type fakeWriter struct {
	s    *fakeStore
	p    int32
	last Fence
	sent int64
	at   int64 // the offset of the script under way
}

var errNoAnswer = errors.New("no answer")

func (w *fakeWriter) Fence() Fence { return w.last }

func (w *fakeWriter) Take(_ context.Context, token int64, least Fence, lost bool) (Fence, bool, error) {
	w.s.mu.Lock()
	defer w.s.mu.Unlock()
	if w.s.failing != nil {
		return Fence{}, false, w.s.failing
	}
	stored, ok := w.s.fences[w.p]
	if ok && stored.Token > token {
		return Fence{}, false, ErrFenced
	}
	if !ok {
		stored.Offset = -1
	}
	repair := lost || stored.Repair || stored.Less(least)
	w.last = Fence{Token: token, N: max(stored.N, w.sent) + 1, Offset: stored.Offset, Repair: repair}
	w.sent = w.last.N
	w.s.fences[w.p] = w.last
	return stored, repair, nil
}

// script is the guard of every script: it calls change if the fence is this
// writer's. drops alone may be written behind the offset there.
func (w *fakeWriter) script(offset int64, drops bool, change func(*Fence) error) error {
	if w.s.failing != nil {
		return w.s.failing
	}
	next := w.sent + 1
	w.sent = next
	f, ok := w.s.fences[w.p]
	switch {
	case ok && f.Token > w.last.Token:
		return ErrFenced
	case !ok || f.Token != w.last.Token || f.N < w.last.N || f.N >= next:
		return ErrLost
	case offset < f.Offset && !drops:
		w.s.back = append(w.s.back, fmt.Sprintf("partition %d: %d after %d", w.p, offset, f.Offset))
	}
	f.N, f.Offset = next, max(offset, f.Offset)
	w.at = f.Offset
	if err := change(&f); err != nil {
		return err
	}
	w.s.fences[w.p] = f
	if w.s.mute > 0 {
		w.s.mute--
		return errNoAnswer
	}
	w.last = f
	return nil
}

func (w *fakeWriter) Apply(_ context.Context, offset int64, ops []Op) (refused []string, err error) {
	w.s.mu.Lock()
	defer w.s.mu.Unlock()
	if len(ops) == 0 {
		return nil, nil
	}
	if w.s.onApply != nil {
		w.s.onApply(ops)
	}
	_, drops := op0(ops).(DropOp)
	if w.s.refuses == "rows" && !drops || w.s.refuses == "drops" && drops {
		return nil, ErrRefused
	}
	torn := w.s.torn > 0
	if torn {
		w.s.torn--
		ops = ops[:len(ops)/2]
	}
	err = w.script(offset, drops, func(*Fence) error {
		for _, op := range ops {
			if err := w.apply(op, &refused); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil && torn {
		return nil, errNoAnswer
	}
	if err == nil {
		w.s.applied++
	}
	return refused, err
}

func op0(ops []Op) Op {
	if len(ops) == 0 {
		return nil
	}
	return ops[0]
}

func (w *fakeWriter) apply(op Op, refused *[]string) error {
	switch op := op.(type) {
	case RowsOp:
		r, err := w.open(op.Query, op.Epoch, op.Known, false, refused)
		if r == nil {
			return err
		}
		for _, row := range op.Set {
			r.rows[spanKey(op.Window)+row.Key] = string(row.JSON)
		}
		for _, key := range op.Del {
			delete(r.rows, spanKey(op.Window)+key)
		}
		r.expire(op.Window, op.Expires)
	case TopOp:
		r, err := w.open(op.Query, op.Epoch, op.Known, false, refused)
		if r == nil {
			return err
		}
		var rows []string
		for _, row := range op.Rows {
			rows = append(rows, string(row.JSON))
		}
		r.tops[spanKey(op.Window)] = rows
		r.expire(op.Window, op.Expires)
	case LogOp:
		r, err := w.open(op.Query, op.Epoch, op.Known, false, refused)
		if r == nil {
			return err
		}
		r.append(&op, w.at)
	case MetaOp:
		before := w.s.queries[op.Query]
		r, err := w.open(op.Query, op.Epoch, op.Known, op.Keep && before != nil && before.epoch == op.Kept, refused)
		if r == nil {
			return err
		}
		maps.Copy(r.meta, op.Fields)
		for k, n := range op.Counters {
			r.counts[fmt.Sprintf("%s:%d", k, w.p)] = n
		}
	case ForgetWindowOp:
		r, err := w.open(op.Query, op.Epoch, op.Known, false, refused)
		if r == nil {
			return err
		}
		maps.DeleteFunc(r.rows, func(key, _ string) bool { return strings.HasPrefix(key, spanKey(&op.Window)) })
		delete(r.tops, spanKey(&op.Window))
	case DropOp:
		if r := w.s.queries[op.Query]; r == nil || r.epoch < op.Epoch {
			w.s.queries[op.Query] = &fakeResult{epoch: op.Epoch, dropped: true}
		}
	}
	return nil
}

func spanKey(w *WindowSpan) string {
	if w == nil {
		return ""
	}
	return fmt.Sprintf("%d-%d", w.Start, w.End)
}

// open returns the query's results for a write of the epoch, nil where it is
// refused.
func (w *fakeWriter) open(id string, epoch int64, known, keep bool, refused *[]string) (*fakeResult, error) {
	r := w.s.queries[id]
	switch {
	case r == nil && known:
		return nil, fmt.Errorf("%w: epoch of query %s is gone", ErrLost, id)
	case r != nil && epoch < r.epoch:
		if !slices.Contains(*refused, id) {
			*refused = append(*refused, id)
		}
		return nil, nil
	case r == nil, epoch > r.epoch && !keep, r.dropped:
		r = newResult(epoch)
		w.s.queries[id] = r
	}
	r.epoch = epoch
	return r, nil
}

func (w *fakeWriter) Finish(_ context.Context, offset int64, asOf AsOf, repaired bool) error {
	w.s.mu.Lock()
	defer w.s.mu.Unlock()
	if w.s.refuses == "finish" {
		return ErrRefused
	}
	return w.script(offset, false, func(f *Fence) error {
		w.s.asOf[w.p] = asOf
		f.Repair = f.Repair && !repaired
		return nil
	})
}

func (w *fakeWriter) Look(context.Context) error {
	w.s.mu.Lock()
	defer w.s.mu.Unlock()
	if w.s.failing != nil {
		return w.s.failing
	}
	f, ok := w.s.fences[w.p]
	switch {
	case ok && f.Token > w.last.Token:
		return ErrFenced
	case !ok || f.Token != w.last.Token || f.N < w.last.N || f.N > w.sent:
		return ErrLost
	}
	return nil
}

func (w *fakeWriter) Sweep(_ context.Context, offset int64, s Sweep) ([]string, error) {
	w.s.mu.Lock()
	defer w.s.mu.Unlock()
	if w.s.refuses == "sweep" {
		return nil, ErrRefused
	}
	r := w.s.queries[s.Query]
	if r == nil || r.epoch != s.Epoch {
		return []string{s.Query}, nil
	}
	return nil, w.script(offset, false, func(*Fence) error {
		for full := range r.rows {
			win, key := cutSpan(full)
			if !s.Stays(win, key) {
				delete(r.rows, full)
			}
		}
		for full := range r.tops {
			if win, _ := cutSpan(full); !s.StaysTop(win) {
				delete(r.tops, full)
			}
		}
		return nil
	})
}

// cutSpan takes the window off a key.
func cutSpan(full string) (*WindowSpan, string) {
	at := strings.IndexByte(full+"[", '[')
	if at == 0 {
		return nil, full
	}
	win := &WindowSpan{}
	_, _ = fmt.Sscanf(full[:at], "%d-%d", &win.Start, &win.End)
	return win, full[at:]
}
