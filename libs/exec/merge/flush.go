package merge

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/segmentio/encoding/json"
)

// batchFields is about how many rows one Apply is given.
const batchFields = 4000

// flush writes to the store what is owed. It returns an error only where the
// member has to be given up; a store that is away or refuses is waited for.
func (st *Stage) flush(ctx context.Context, o *owned) error {
	began := st.cfg.Now()
	rows, err := st.write(ctx, o)
	took := st.cfg.Now().Sub(began)
	wait := max(st.cfg.FlushInterval, took) // changed rows ÷ the rate just measured
	switch {
	case err == nil:
		st.cfg.Metrics.FlushedRows.Add(int64(rows))
		st.cfg.Metrics.FlushNanos.Add(int64(took))
		if !o.troubled.IsZero() {
			st.cfg.Logger.Info("the result store answers again", "partition", o.id)
			o.troubled = time.Time{}
		}
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, ErrFenced):
		return fmt.Errorf("merge partition %d: %w", o.id, err)
	case errors.Is(err, ErrLost):
		if err := st.recover(ctx, o); err != nil {
			return err
		}
		wait = 0
	case errors.Is(err, errInternal):
		return err
	default:
		st.trouble(o, err)
		wait = max(wait, time.Second)
	}
	o.nextFlush = st.cfg.Now().Add(wait)
	return nil
}

// errInternal is wrapped by errors that are not the store's.
var errInternal = errors.New("merge")

// trouble reports a store that is away or refuses, at most every ten seconds.
func (st *Stage) trouble(o *owned, err error) {
	if errors.Is(err, ErrRefused) {
		st.cfg.Metrics.Refused.Add(1)
	}
	if now := st.cfg.Now(); o.troubled.IsZero() || now.Sub(o.troubled) >= 10*time.Second {
		o.troubled = now
		st.cfg.Logger.Warn("the result store does not take writes; results lag and nothing is lost; trying again",
			"partition", o.id, "error", err)
	}
}

// write sends everything that is owed, batch by batch, and then finishes.
func (st *Stage) write(ctx context.Context, o *owned) (rows int, err error) {
	if err := st.writeDrops(ctx, o); err != nil {
		return 0, err
	}
	if err := st.tell(ctx, o); err != nil {
		return 0, err
	}
	offset := o.pos - 1
	if offset < o.silentUntil {
		return 0, nil
	}
	batch := &writeBatch{stage: st, o: o, offset: offset}
	for _, q := range o.sortedOwing() {
		if err := batch.add(ctx, q); err != nil {
			return batch.rows, err
		}
	}
	if err := batch.send(ctx); err != nil {
		return batch.rows, err
	}
	if err := st.sweep(ctx, o); err != nil {
		return batch.rows, err
	}
	return batch.rows, st.finish(ctx, o)
}

// writeDrops drops queries. It does not wait for silence to end: a drop takes
// nothing back.
func (st *Stage) writeDrops(ctx context.Context, o *owned) error {
	if o.repair && !o.listed {
		if err := st.addUnregistered(ctx, o); err != nil {
			return err
		}
		o.listed = true
	}
	if len(o.drops) == 0 {
		return nil
	}
	var ops []Op
	for _, id := range slices.Sorted(maps.Keys(o.drops)) {
		ops = append(ops, DropOp{Query: id, Epoch: o.drops[id]})
	}
	if _, err := o.writer.Apply(ctx, max(o.pos-1, o.silentUntil), ops); err != nil {
		return err
	}
	clear(o.drops)
	return nil
}

// addUnregistered drops the ids in the store's listing that the registry does
// not know, tombstones having been compacted away.
func (st *Stage) addUnregistered(ctx context.Context, o *owned) error {
	ids, err := st.cfg.Store.Listed(ctx)
	if err != nil {
		return err
	}
	for id, epoch := range ids {
		_, registered := o.defs.Queries[id]
		_, dropped := o.defs.Drops[id]
		if !registered && !dropped && o.ownsDrop(id) {
			o.drops[id] = epoch + 1
		}
	}
	return nil
}

// tell tells the Notifier which queries are live and which crossed a limit.
func (st *Stage) tell(ctx context.Context, o *owned) error {
	for q, n := range o.news {
		if n.live {
			if err := st.cfg.Notifier.Live(ctx, q.Query); err != nil {
				return fmt.Errorf("report that query %s is live: %w", q.ID, err)
			}
		}
		if n.fail != "" {
			if err := st.cfg.Notifier.Fail(ctx, q.Query, n.fail); err != nil {
				return fmt.Errorf("report that query %s crossed a limit: %w", q.ID, err)
			}
		}
		delete(o.news, q)
	}
	return nil
}

// writeBatch collects operations of several queries.
type writeBatch struct {
	stage   *Stage
	o       *owned
	offset  int64
	ops     []Op
	queries []*query
	fields  int
	rows    int
}

func (b *writeBatch) add(ctx context.Context, q *query) error {
	ops, fields, err := b.o.operations(q)
	if err != nil {
		return fmt.Errorf("%w: %w", errInternal, err)
	}
	b.ops = append(b.ops, ops...)
	b.queries = append(b.queries, q)
	b.fields += fields
	if b.fields >= batchFields {
		return b.send(ctx)
	}
	return nil
}

func (b *writeBatch) send(ctx context.Context) error {
	if len(b.queries) == 0 {
		return nil
	}
	var refused []string
	if len(b.ops) > 0 {
		var err error
		if refused, err = b.o.writer.Apply(ctx, b.offset, b.ops); err != nil {
			return err
		}
	}
	for _, q := range b.queries {
		q.known = q.known || !slices.Contains(refused, q.ID)
		if q.sweep && !slices.Contains(refused, q.ID) {
			b.o.sweeps = append(b.o.sweeps, q)
		}
		b.o.settle(q)
	}
	b.rows += b.fields
	b.ops, b.queries, b.fields = b.ops[:0], b.queries[:0], 0
	return nil
}

// operations returns what is owed of one query, and about how many rows it is.
func (s *Partition) operations(q *query) (ops []Op, fields int, err error) {
	if q.touch || q.count {
		if op, ok := s.metaOp(q); ok {
			ops = append(ops, op)
			fields += 10
		}
	}
	for _, pane := range slices.Sorted(maps.Keys(q.gone)) {
		ops = append(ops, ForgetWindowOp{Query: q.ID, Epoch: q.Epoch, Known: q.known, Window: *q.span(pane)})
		fields++
	}
	rows, n, err := s.rowsOps(q)
	if err != nil {
		return nil, 0, err
	}
	ops, fields = append(ops, rows...), fields+n
	for _, pane := range slices.Sorted(maps.Keys(q.tops)) {
		list, err := s.ranking(q, pane)
		if err != nil {
			return nil, 0, err
		}
		op := TopOp{Query: q.ID, Epoch: q.Epoch, Known: q.known, Window: q.span(pane), Expires: q.Limits.Retention, Rows: make([]Row, len(list))}
		for i := range list {
			op.Rows[i] = q.row(&list[i])
		}
		ops, fields = append(ops, op), fields+len(list)
	}
	if len(q.log) > 0 || q.gap {
		ops = append(ops, LogOp{Query: q.ID, Epoch: q.Epoch, Known: q.known, Gap: q.gap, Entries: q.log, MaxLen: q.Limits.LogRows})
		fields += len(q.log)
	}
	s.checkLimits(q)
	return ops, fields, nil
}

// rowsOps returns the rows to set and delete, an operation per window.
func (s *Partition) rowsOps(q *query) (ops []Op, fields int, err error) {
	refs := slices.SortedFunc(maps.Keys(q.rows), compareRefs)
	for i := 0; i < len(refs); {
		op := RowsOp{Query: q.ID, Epoch: q.Epoch, Known: q.known, Window: q.span(refs[i].pane), Expires: q.Limits.Retention}
		for pane := refs[i].pane; i < len(refs) && refs[i].pane == pane; i++ {
			out, keep, err := s.compute(q, refs[i])
			if err != nil {
				return nil, 0, err
			}
			q.failedRow(refs[i], out.fail)
			if !keep {
				keys, err := decodeValues([]byte(refs[i].key))
				if err != nil {
					return nil, 0, fmt.Errorf("group key of query %s: %w", q.ID, err)
				}
				op.Del = append(op.Del, keyJSON(keys))
				continue
			}
			op.Set = append(op.Set, q.row(&out))
		}
		fields += len(op.Set) + len(op.Del)
		ops = append(ops, op)
	}
	return ops, fields, nil
}

// row writes a computed row and keeps the mean of their sizes.
func (q *query) row(out *output) Row {
	r := Row{Key: out.key, JSON: appendObject(nil, q.Table.Cols, out.cols)}
	size := float64(len(r.Key) + len(r.JSON))
	if q.rowBytes == 0 {
		q.rowBytes = size
	}
	q.rowBytes += (size - q.rowBytes) / 64
	return r
}

// span returns a window's bounds in milliseconds, nil for a query without windows.
func (q *query) span(pane int64) *WindowSpan {
	if q.Table == nil || q.Table.Window == 0 {
		return nil
	}
	return &WindowSpan{Start: pane / 1000, End: (pane + q.Table.Window) / 1000}
}

// checkLimits holds an aggregating query to its groups and result bytes.
func (s *Partition) checkLimits(q *query) {
	if q.Table == nil || q.node == nil {
		return
	}
	limit, bytes := q.Limits.MaxGroups, q.Limits.MaxResultBytes
	if limit == 0 && bytes == 0 {
		return
	}
	most := limit
	if bytes > 0 && q.rowBytes > 0 && (most == 0 || bytes/int64(q.rowBytes) < most) {
		most = bytes / int64(q.rowBytes)
	}
	groups := q.node.groupCount(q.Position, most)
	switch {
	case limit > 0 && groups > limit:
		s.fail(q, fmt.Sprintf("more than max_groups = %d groups", limit))
	case bytes > 0 && q.Table.K == 0 && float64(groups)*q.rowBytes > float64(bytes):
		s.fail(q, fmt.Sprintf("its rows are larger than max_result_bytes = %d", bytes))
	}
}

// metaOp returns the query's facts, where this partition writes them, and this
// partition's share of the counters.
func (s *Partition) metaOp(q *query) (MetaOp, bool) {
	op := MetaOp{Query: q.ID, Epoch: q.Epoch, Known: q.known, Failed: q.Failed != "", Counters: s.queryCounters(q)}
	if !q.touch {
		return op, op.Counters != nil
	}
	status := "accepted"
	switch {
	case q.Failed != "":
		status = "failed"
	case q.live:
		status = "live"
	}
	columns, _ := json.Marshal(q.Info.Columns)
	labels, _ := json.Marshal(q.Info.Labels)
	op.Fields = map[string]string{
		"sql":     q.Info.SQL,
		"status":  status,
		"reason":  q.Failed,
		"columns": string(columns),
		"owner":   q.Info.Owner,
		"labels":  string(labels),
		"epoch":   strconv.FormatInt(q.Epoch, 10),
		"started": q.Info.Submitted.UTC().Format(time.RFC3339Nano),
	}
	op.Listing, _ = json.Marshal(listing{
		ID: q.ID, Epoch: q.Epoch, Status: status, Owner: q.Info.Owner, Labels: q.Info.Labels,
		SQL: q.Info.SQL, Reason: q.Failed, Started: op.Fields["started"],
	})
	return op, true
}

// listing is a query's line in the store's listing.
type listing struct {
	ID      string            `json:"id"`
	Epoch   int64             `json:"epoch"`
	Status  string            `json:"status"`
	Owner   string            `json:"owner,omitempty"`
	Labels  map[string]string `json:"labels,omitempty"`
	SQL     string            `json:"sql"`
	Reason  string            `json:"reason,omitempty"`
	Started string            `json:"started"`
}

func (s *Partition) queryCounters(q *query) map[string]int64 {
	if q.node == nil {
		return nil
	}
	var c counters
	for _, seg := range q.node.from(q.Position) {
		c.add(seg.counters)
	}
	errs := int64(c.Errors) + q.outputErrors()
	if c == (counters{}) && errs == 0 {
		return nil
	}
	out := map[string]int64{"matched": int64(c.Matched)}
	if q.node.window > 0 {
		out["late"], out["no_time"] = int64(c.Late), int64(c.NoTime)
	}
	out["errors"] = errs
	return out
}

// asOf says up to where the partition's results go.
func (s *Partition) asOf() AsOf {
	a := AsOf{Vector: map[string]map[int32]int64{}}
	ended := 0
	for src, at := range s.vector {
		if a.Vector[src.topic] == nil {
			a.Vector[src.topic] = map[int32]int64{}
		}
		a.Vector[src.topic][src.partition] = at.to
		if at.end {
			ended++
		}
	}
	want := 0
	for _, stream := range s.topo.Streams {
		want += int(stream.Partitions)
	}
	a.Ended = ended == want
	for _, mark := range s.watermarks {
		if mark == startOfTime || mark == endOfTime {
			continue
		}
		if ms := mark / 1000; a.Time == nil || ms < *a.Time {
			a.Time = &ms
		}
	}
	return a
}

// finish records how far the store is written; an idle partition looks at its
// fence instead, every two seconds.
func (st *Stage) finish(ctx context.Context, o *owned) error {
	offset := o.pos - 1
	now := st.cfg.Now()
	if !o.repair && offset == o.finished {
		if now.Sub(o.lastLook) < st.cfg.LookInterval {
			return nil
		}
		o.lastLook = now
		return o.writer.Look(ctx)
	}
	if err := o.writer.Finish(ctx, offset, o.asOf(), o.repair); err != nil {
		return err
	}
	if o.repair {
		st.cfg.Logger.Info("the result store is republished", "partition", o.id)
	}
	o.repair, o.finished, o.lastLook = false, offset, now
	return nil
}

func compareRefs(a, b rowRef) int {
	if a.pane != b.pane {
		if a.pane < b.pane {
			return -1
		}
		return 1
	}
	if a.key < b.key {
		return -1
	}
	if a.key > b.key {
		return 1
	}
	return 0
}
