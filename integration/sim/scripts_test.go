package sim

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"maps"
	"math/rand/v2"
	"net"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"github.com/millrace/millrace/libs/exec/merge"
	"github.com/millrace/millrace/libs/results"
)

// The store of the simulation answers and holds what the scripts of package
// results do: random calls of several owners, of which requests and answers are
// lost, requests arrive twice and later, and the store loses data.
func TestStoreIsTheScripts(t *testing.T) {
	first, n := firstSeed(), 60
	if testing.Short() {
		n = 10
	}
	for i := range n {
		if msg := comparedWithScripts(t, first+uint64(i), 150); msg != "" {
			t.Fatalf("seed %d: %s", first+uint64(i), msg)
		}
	}
}

// pair is a store and a Redis that are to be equal.
type pair struct {
	t     *testing.T
	rng   *rand.Rand
	world *world
	store *store
	rdb   *redis.Client
	wire  *wire
	trace []string

	owners  []*ownerPair
	token   int64
	offsets [2]int64
}

// ownerPair is one owner of a merge partition on both sides.
type ownerPair struct {
	part  int32
	token int64
	model *writer
	real  *results.Writer
}

// wire loses requests and answers on the way to Redis, and keeps some requests to
// send them a second time.
type wire struct {
	verdict verdict
	twice   bool
	kept    [][]any
}

// DialHook implements redis.Hook.
func (w *wire) DialHook(next redis.DialHook) redis.DialHook { return next }

// ProcessPipelineHook implements redis.Hook.
func (w *wire) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

// ProcessHook implements redis.Hook.
func (w *wire) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		if !strings.HasPrefix(cmd.Name(), "eval") && cmd.Name() != "zrange" {
			return next(ctx, cmd)
		}
		if w.twice && cmd.Name() != "zrange" {
			w.kept = append(w.kept, cmd.Args())
		}
		if w.verdict == lost {
			return refuse(cmd)
		}
		err := next(ctx, cmd)
		if err != nil || w.verdict != mute {
			return err
		}
		return refuse(cmd)
	}
}

func refuse(cmd redis.Cmder) error {
	err := &net.OpError{Op: "read", Err: errLink}
	cmd.SetErr(err)
	return err
}

func comparedWithScripts(t *testing.T, one uint64, steps int) string {
	mini := miniredis.RunT(t)
	mini.SetTime(time.Now())
	p := &pair{t: t, rng: rand.New(rand.NewPCG(one, 3)), wire: &wire{}}
	p.rdb = redis.NewClient(&redis.Options{Addr: mini.Addr(), MaxRetries: -1})
	defer p.rdb.Close()
	p.rdb.AddHook(p.wire)
	p.world = &world{rng: p.rng, calm: true, counts: map[string]int{}, direct: func() verdict { return p.wire.verdict }, again: func() bool { return p.wire.twice }}
	p.store = newStore(p.world)
	p.store.strict = true
	p.world.load = &workload{w: p.world}
	defer mini.Close()
	p.load()
	for step := range steps {
		if msg := p.step(); msg != "" {
			return fmt.Sprintf("step %d: %s\n%s", step, msg, strings.Join(p.trace[max(0, len(p.trace)-12):], "\n"))
		}
		if msg := p.differ(mini); msg != "" {
			return fmt.Sprintf("after step %d: %s\n%s", step, msg, strings.Join(p.trace[max(0, len(p.trace)-12):], "\n"))
		}
	}
	return ""
}

// load has Redis know the scripts: of a call that it does not know it asks for the
// script, which would be two requests.
func (p *pair) load() {
	ctx := context.Background()
	w := results.NewWriter(p.rdb, 0, 2, nil)
	_, _, taken := w.Take(ctx, 1, results.Fence{})
	_, applied := w.Apply(ctx, 1, []results.Op{&results.Drop{Target: results.Target{ID: "a"}}})
	if err := errors.Join(taken, applied, w.Finish(ctx, 1, results.AsOf{}, false), p.rdb.FlushAll(ctx).Err()); err != nil {
		p.t.Fatal(err)
	}
}

func (p *pair) note(format string, args ...any) {
	p.trace = append(p.trace, fmt.Sprintf(format, args...))
}

// step does one thing on both sides and compares the answers.
func (p *pair) step() string {
	ctx := context.Background()
	p.wire.verdict, p.wire.twice = pass, false
	switch x := p.rng.IntN(20); {
	case x == 0 || len(p.owners) == 0:
		part := int32(p.rng.IntN(2))
		p.token += int64(1 + p.rng.IntN(3))
		o := &ownerPair{part: part, token: p.token, real: results.NewWriter(p.rdb, part, 2, nil)}
		o.model = &writer{view: view{p.store, &process{w: p.world, name: fmt.Sprint("t", p.token)}}, part: part, rng: p.rng}
		p.owners = append(p.owners, o)
		return p.take(ctx, o, merge.Fence{}, false)
	case x == 1:
		p.note("lost everything")
		p.store.flush()
		p.rdb.FlushAll(ctx)
		return ""
	}
	if len(p.store.flying) > 0 && p.rng.IntN(4) == 0 {
		return p.resend(ctx)
	}
	o := p.owners[max(0, len(p.owners)-1-p.rng.IntN(3))]
	if o.model.last == (merge.Fence{}) {
		return p.take(ctx, o, merge.Fence{}, false)
	}
	switch p.rng.IntN(10) {
	case 0:
		least := o.model.Fence()
		least.N += int64(p.rng.IntN(2))
		return p.take(ctx, o, least, false)
	case 1:
		return p.take(ctx, o, merge.Fence{}, true)
	case 2:
		p.note("token %d looks", o.token)
		return answers(o.model.Look(ctx), translated(o.real.Look(ctx)))
	}
	p.wire.verdict = []verdict{pass, pass, pass, pass, lost, mute}[p.rng.IntN(6)]
	p.wire.twice = p.rng.IntN(5) == 0
	p.offsets[o.part] += int64(p.rng.IntN(3))
	offset := p.offsets[o.part] - int64(p.rng.IntN(10)/8)
	if p.rng.IntN(4) == 0 {
		repaired := p.rng.IntN(2) == 0
		p.note("token %d finishes %d, repaired %t, %s", o.token, offset, repaired, p.outcome())
		return answers(o.model.Finish(ctx, offset, merge.AsOf{}, repaired),
			translated(o.real.Finish(ctx, offset, results.AsOf{}, repaired)))
	}
	if p.rng.IntN(8) == 0 {
		return p.sweep(ctx, o, offset)
	}
	ops := p.ops(offset)
	p.note("token %d of partition %d writes at %d %+v, %s", o.token, o.part, offset, ops, p.outcome())
	refused, err := o.model.Apply(ctx, offset, ops)
	var converted []results.Op
	for _, op := range ops {
		converted = append(converted, convert(op)...)
	}
	refusals, realErr := o.real.Apply(ctx, offset, converted)
	if msg := answers(err, translated(realErr)); msg != "" {
		return msg
	}
	var ids []string
	for _, r := range refusals {
		ids = append(ids, r.ID)
	}
	if a, b := unique(refused), unique(ids); err == nil && !slices.Equal(a, b) {
		return fmt.Sprintf("the store refuses %v, the scripts %v", a, b)
	}
	return ""
}

// sweep deletes what a random choice says on both sides.
func (p *pair) sweep(ctx context.Context, o *ownerPair, offset int64) string {
	id, epoch, salt := []string{"a", "b", "c"}[p.rng.IntN(3)], int64(p.rng.IntN(4)*2), p.rng.Uint32()
	if r := p.store.queries[id]; r != nil && r.dropped { // its rows stay in Redis for a while
		return ""
	}
	stays := func(w *merge.WindowSpan, key string) bool {
		h := fnv.New32a()
		_, _ = fmt.Fprint(h, salt, spanKey(w), key)
		return h.Sum32()%3 > 0
	}
	top := func(w *merge.WindowSpan) bool { return stays(w, "top") }
	p.note("token %d of partition %d sweeps %s of epoch %d at %d, %s", o.token, o.part, id, epoch, offset, p.outcome())
	refused, err := o.model.Sweep(ctx, offset, merge.Sweep{Query: id, Epoch: epoch, Stays: stays, StaysTop: top})
	ok, realErr := o.real.Sweep(ctx, offset, results.Sweep{
		Target:   results.Target{ID: id, Epoch: epoch},
		StaleRow: func(w results.Window, key string) bool { return !stays(spanned(w), key) },
		StaleTop: func(w results.Window) bool { return !top(spanned(w)) },
	})
	if msg := answers(err, translated(realErr)); msg != "" {
		return msg
	}
	if err == nil && ok != (len(refused) == 0) {
		return fmt.Sprintf("the store refuses %v, the scripts take: %t", refused, ok)
	}
	return ""
}

func spanned(w results.Window) *merge.WindowSpan {
	if w.IsZero() {
		return nil
	}
	return &merge.WindowSpan{Start: w.Start, End: w.End}
}

// resend has the first request that is still under way arrive again.
func (p *pair) resend(ctx context.Context) string {
	if len(p.wire.kept) == 0 {
		return "a request of the store was none to Redis"
	}
	p.note("a request arrives again")
	p.store.flying[0]()
	p.store.flying = p.store.flying[1:]
	p.rdb.Do(ctx, p.wire.kept[0]...) // nobody hears the answer
	p.wire.kept = p.wire.kept[1:]
	return ""
}

func unique(ids []string) []string { return slices.Compact(slices.Sorted(slices.Values(ids))) }

func (p *pair) outcome() string {
	return map[verdict]string{pass: "answered", lost: "request lost", mute: "answer lost"}[p.wire.verdict]
}

func (p *pair) take(ctx context.Context, o *ownerPair, least merge.Fence, must bool) string {
	p.wire.verdict = []verdict{pass, pass, pass, lost, mute}[p.rng.IntN(5)]
	p.note("token %d takes partition %d, least %+v, lost %t, %s", o.token, o.part, least, must, p.outcome())
	stored, repair, err := o.model.Take(ctx, o.token, least, must)
	var actual results.Fence
	var realRepair bool
	var realErr error
	if must {
		actual, realErr = o.real.TakeLost(ctx, o.token)
		realRepair = true
	} else {
		actual, realRepair, realErr = o.real.Take(ctx, o.token, results.Fence{Token: least.Token, N: least.N, Offset: least.Offset, Repair: least.Repair})
	}
	if msg := answers(err, translated(realErr)); msg != "" || err != nil {
		if p.wire.verdict != pass {
			o.model.last = merge.Fence{} // take again before anything else
		}
		return msg
	}
	if repair != realRepair || stored.Offset != actual.Offset || stored.Token != actual.Token || stored.N != actual.N {
		return fmt.Sprintf("the store says %+v, repair %t; the scripts %+v, repair %t", stored, repair, actual, realRepair)
	}
	return ""
}

// translated is what the scheduler makes of errors of package results.
func translated(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, results.ErrFenced):
		return merge.ErrFenced
	case errors.Is(err, results.ErrLost), errors.Is(err, results.ErrBehind):
		return merge.ErrLost
	default:
		return errLink
	}
}

func answers(model, actual error) string {
	kind := func(err error) string {
		for _, k := range []error{merge.ErrFenced, merge.ErrLost} {
			if errors.Is(err, k) {
				return k.Error()
			}
		}
		if err != nil {
			return "no answer"
		}
		return "ok"
	}
	if a, b := kind(model), kind(actual); a != b {
		return fmt.Sprintf("the store answers %q (%v), the scripts %q (%v)", a, model, b, actual)
	}
	return ""
}

// ops makes operations of one script call: drops, or others, each query at one epoch.
func (p *pair) ops(offset int64) []merge.Op {
	ids := []string{"a", "b", "c"}
	epochs, knows := map[string]int64{}, map[string]bool{}
	for _, id := range ids {
		knows[id] = p.rng.IntN(8) == 0
		epochs[id] = int64(p.rng.IntN(4) * 2)
	}
	var out []merge.Op
	if p.rng.IntN(6) == 0 {
		id := ids[p.rng.IntN(3)]
		return []merge.Op{merge.DropOp{Query: id, Epoch: epochs[id] + 1}}
	}
	index := int64(0)
	for range 1 + p.rng.IntN(3) {
		id := ids[p.rng.IntN(3)]
		epoch, known := epochs[id], knows[id]
		var window *merge.WindowSpan
		if p.rng.IntN(3) == 0 {
			window = &merge.WindowSpan{Start: int64(p.rng.IntN(2)) * 1000, End: 2000}
		}
		key := func() string { return fmt.Sprintf("[%d]", p.rng.IntN(3)) }
		row := func() []byte { return fmt.Appendf(nil, `{"n":%d}`, p.rng.IntN(100)) }
		switch p.rng.IntN(6) {
		case 0, 1:
			op := merge.RowsOp{Query: id, Epoch: epoch, Known: known, Window: window, Set: []merge.Row{{Key: key(), JSON: row()}}}
			if del := key(); del != op.Set[0].Key {
				op.Del = []string{del}
			}
			out = append(out, op)
		case 2:
			out = append(out, merge.TopOp{Query: id, Epoch: epoch, Known: known, Window: window, Rows: []merge.Row{{Key: key(), JSON: row()}, {Key: key(), JSON: row()}}[:p.rng.IntN(3)]})
		case 3:
			index++
			out = append(out, merge.LogOp{Query: id, Epoch: epoch, Known: known, Gap: p.rng.IntN(4) == 0, Entries: []merge.LogEntry{{Offset: offset, Index: index, JSON: row()}}})
		case 4:
			op := merge.MetaOp{Query: id, Epoch: epoch, Known: known, Fields: map[string]string{"status": fmt.Sprint("s", p.rng.IntN(5))}, Listing: []byte(`{"id":1}`)}
			if p.rng.IntN(2) == 0 {
				op.Counters = map[string]int64{"matched": int64(p.rng.IntN(100)), "late": int64(p.rng.IntN(100))}
			}
			if p.rng.IntN(3) == 0 {
				op.Keep, op.Kept = true, epoch-2
			}
			out = append(out, op)
		case 5:
			if window != nil {
				out = append(out, merge.ForgetWindowOp{Query: id, Epoch: epoch, Known: known, Window: *window})
			}
		}
	}
	if len(out) == 0 {
		return p.ops(offset)
	}
	// A failure is all that is written of its query.
	count := map[string]int{}
	for _, id := range idsOf(out) {
		count[id]++
	}
	return slices.DeleteFunc(out, func(op merge.Op) bool {
		m, ok := op.(merge.MetaOp)
		return ok && m.Keep && count[m.Query] > 1
	})
}

// convert is what the scheduler makes of an operation, line by line.
func convert(op merge.Op) []results.Op {
	window := func(w *merge.WindowSpan) results.Window {
		if w == nil {
			return results.Window{}
		}
		return results.Window{Start: w.Start, End: w.End}
	}
	switch op := op.(type) {
	case merge.RowsOp:
		set := map[string][]byte{}
		for _, r := range op.Set {
			set[r.Key] = r.JSON
		}
		return []results.Op{&results.Rows{Target: results.Target{ID: op.Query, Epoch: op.Epoch, Seen: op.Known}, Window: window(op.Window), Set: set, Del: op.Del}}
	case merge.TopOp:
		var rows [][]byte
		for _, r := range op.Rows {
			rows = append(rows, r.JSON)
		}
		return []results.Op{&results.Top{Target: results.Target{ID: op.Query, Epoch: op.Epoch, Seen: op.Known}, Window: window(op.Window), Rows: rows}}
	case merge.LogOp:
		var rows []results.LogRow
		for _, e := range op.Entries {
			rows = append(rows, results.LogRow{Offset: e.Offset, Index: e.Index, Row: e.JSON})
		}
		return []results.Op{&results.Log{Target: results.Target{ID: op.Query, Epoch: op.Epoch, Seen: op.Known}, Gap: op.Gap, Entries: rows}}
	case merge.MetaOp:
		to := results.Target{ID: op.Query, Epoch: op.Epoch, Seen: op.Known, Keep: op.Keep, Kept: op.Kept}
		return []results.Op{
			&results.Meta{Target: to, Fields: op.Fields}, &results.Listing{Target: to, Summary: op.Listing}, &results.Counters{Target: to, Values: op.Counters},
		}
	case merge.ForgetWindowOp:
		return []results.Op{&results.DropWindow{Target: results.Target{ID: op.Query, Epoch: op.Epoch, Seen: op.Known}, Window: window(&op.Window)}}
	case merge.DropOp:
		return []results.Op{&results.Drop{Target: results.Target{ID: op.Query, Epoch: op.Epoch}}}
	default:
		panic(fmt.Sprintf("operation %T", op))
	}
}

// differ says in what the contents differ.
func (p *pair) differ(mini *miniredis.Miniredis) string {
	for part := range int32(2) {
		f, ok := p.store.fences[part]
		model := ""
		if ok {
			model = fmt.Sprintf("%d %d %d %t", f.Token, f.N, f.Offset, f.Repair)
		}
		key := results.FenceKey(part)
		get := func(field string) string { return mini.HGet(key, field) }
		actual := ""
		if mini.Exists(key) {
			actual = fmt.Sprintf("%s %s %s %t", get("token"), get("n"), get("offset"), get("repair") == "1")
		}
		if model != actual {
			return fmt.Sprintf("fence of partition %d: the store has %q, Redis %q", part, model, actual)
		}
	}
	for _, id := range []string{"a", "b", "c"} {
		if msg := p.queryDiffers(mini, id); msg != "" {
			return fmt.Sprintf("query %s: %s", id, msg)
		}
	}
	return ""
}

func (p *pair) queryDiffers(mini *miniredis.Miniredis, id string) string {
	r := p.store.queries[id]
	epoch := mini.HGet(results.VersionsKey(id), "epoch")
	if r == nil {
		if epoch != "" {
			return "the store has nothing, Redis epoch " + epoch
		}
		return ""
	}
	if epoch != strconv.FormatInt(r.epoch, 10) {
		return fmt.Sprintf("the store has epoch %d, Redis %q", r.epoch, epoch)
	}
	if listed := mini.HGet(results.KeyQueries, id) != ""; listed != r.listed {
		return fmt.Sprintf("listed: the store says %t, Redis %t", r.listed, listed)
	}
	if r.dropped { // its keys stay for ten minutes
		if ttl := mini.TTL(results.RowsKey(id, results.Window{})); mini.Exists(results.RowsKey(id, results.Window{})) && ttl == 0 {
			return "it was dropped, and its rows stay"
		}
		return ""
	}
	rows, lists := map[string]string{}, map[string][]string{}
	prefix := strings.TrimSuffix(results.RowsKey(id, results.Window{}), "rows")
	for _, key := range mini.Keys() {
		name, ours := strings.CutPrefix(key, prefix)
		kind, window, _ := strings.Cut(name, ":")
		switch {
		case ours && kind == "rows":
			fields, _ := mini.HKeys(key)
			for _, f := range fields {
				rows[window+f] = mini.HGet(key, f)
			}
		case ours && kind == "top":
			lists[window], _ = mini.List(key)
		}
	}
	if !maps.Equal(rows, r.rows) {
		return fmt.Sprintf("the store has rows %v, Redis %v", r.rows, rows)
	}
	if !maps.EqualFunc(lists, r.lists, slices.Equal) {
		return fmt.Sprintf("the store has lists %v, Redis %v", r.lists, lists)
	}
	if status := mini.HGet(results.MetaKey(id), "status"); status != r.status {
		return fmt.Sprintf("the store has status %q, Redis %q", r.status, status)
	}
	shares := map[string]int64{}
	fields, _ := mini.HKeys(results.MetaKey(id))
	for _, f := range fields {
		name, _, _ := strings.Cut(f, ":")
		if n, err := strconv.ParseInt(mini.HGet(results.MetaKey(id), f), 10, 64); err == nil && name != f && name != "changed" {
			shares[f] = n
		}
	}
	if !maps.Equal(shares, r.shares) {
		return fmt.Sprintf("the store has counters %v, Redis %v", r.shares, shares)
	}
	stream, _ := mini.Stream(results.LogKey(id))
	var log []logged
	for _, e := range stream {
		var l logged
		if _, err := fmt.Sscanf(e.ID, "%d-%d", &l.offset, &l.index); err != nil {
			return err.Error()
		}
		if e.Values[0] == "row" {
			l.row = e.Values[1]
		}
		log = append(log, l)
	}
	if !slices.Equal(log, r.log) {
		return fmt.Sprintf("the store has log %v, Redis %v", r.log, log)
	}
	return ""
}
