package sim

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/millrace/millrace/libs/exec/merge"
	"github.com/millrace/millrace/libs/planted"
)

func (w *writer) apply(op merge.Op, at int64, refused *[]string) error {
	switch op := op.(type) {
	case merge.RowsOp:
		return w.write(op.Query, op.Epoch, op.Known, none, refused, func(r *result) {
			for _, row := range op.Set {
				r.rows[spanKey(op.Window)+row.Key] = string(row.JSON)
			}
			for _, key := range op.Del {
				if _, there := r.rows[spanKey(op.Window)+key]; there {
					w.w.count("row deleted")
				}
				if !w.on(planted.DeletesForgotten) {
					delete(r.rows, spanKey(op.Window)+key)
				}
			}
		})
	case merge.TopOp:
		return w.write(op.Query, op.Epoch, op.Known, none, refused, func(r *result) {
			rows := []string{}
			for _, row := range op.Rows {
				rows = append(rows, string(row.JSON))
			}
			if r.lists[spanKey(op.Window)] = rows; len(rows) == 0 { // Redis keeps no empty list
				delete(r.lists, spanKey(op.Window))
			}
		})
	case merge.LogOp:
		return w.write(op.Query, op.Epoch, op.Known, none, refused, func(r *result) { r.append(&op, at) })
	case merge.MetaOp:
		kept := none
		if op.Keep {
			kept = op.Kept
		}
		return w.write(op.Query, op.Epoch, op.Known, kept, refused, func(r *result) {
			if s, ok := op.Fields["status"]; ok {
				r.status = s
			}
			if n, ok := op.Fields["passed"]; ok {
				r.passed = n
			}
			r.listed = r.listed || op.Listing != nil
			for name, n := range op.Counters {
				r.shares[fmt.Sprintf("%s:%d", name, w.part)] = n
			}
		})
	case merge.ForgetWindowOp:
		return w.write(op.Query, op.Epoch, op.Known, none, refused, func(r *result) {
			w.w.count("window deleted")
			maps.DeleteFunc(r.rows, func(key, _ string) bool { return strings.HasPrefix(key, spanKey(&op.Window)) })
			delete(r.lists, spanKey(&op.Window))
		})
	case merge.DropOp:
		switch r, stored, known := w.epoch(op.Query); {
		case known && stored > op.Epoch:
			*refused = append(*refused, op.Query)
		case !known || stored < op.Epoch:
			w.w.count("drop written")
			gone := newResult(op.Epoch)
			gone.dropped = true
			if r != nil {
				gone.epochs = r.epochs
			}
			gone.epochs[w.part] = op.Epoch
			w.queries[op.Query] = gone
		default:
			r.listed = false
		}
		return nil
	default:
		return fmt.Errorf("operation %T", op)
	}
}

// none is no epoch.
const none = int64(-1)

// write changes the results of a query's epoch: a lower one is refused, a higher
// one unlinks what there was, unless it is of the epoch that is kept.
func (w *writer) write(id string, epoch int64, known bool, kept int64, refused *[]string, change func(*result)) error {
	r, stored, has := w.epoch(id)
	switch {
	case !has && known:
		return fmt.Errorf("%w: the epoch of query %s is gone", merge.ErrLost, id)
	case has && epoch < stored:
		w.w.count("earlier epoch refused")
		*refused = append(*refused, id)
		return nil
	case r == nil, !has, epoch > stored && stored != kept:
		fresh := newResult(epoch)
		if r != nil {
			w.w.count("earlier epoch unlinked")
			fresh.listed, fresh.epochs = r.listed, r.epochs
		}
		r = fresh
		w.queries[id] = r
	}
	r.epochs[w.part] = epoch
	r.epoch = epoch
	change(r)
	return nil
}

// epoch returns what the store has of a query and the epoch that the writer's
// partition compares with.
func (w *writer) epoch(id string) (r *result, epoch int64, known bool) {
	r = w.queries[id]
	if r == nil {
		return nil, 0, false
	}
	if w.on(planted.EpochPerPartition) {
		epoch, known = r.epochs[w.part]
		return r, epoch, known
	}
	return r, r.epoch, true
}

// append appends what comes after the last id.
func (r *result) append(op *merge.LogOp, at int64) {
	var last [2]int64
	if n := len(r.log); n > 0 {
		last = [2]int64{r.log[n-1].offset, r.log[n-1].index}
	}
	add := func(id [2]int64, row string) {
		r.log = append(r.log, logged{id[0], id[1], row})
		last = id
	}
	if op.Gap {
		first := at
		if len(op.Entries) > 0 {
			first = op.Entries[0].Offset
		}
		switch {
		case first > last[0]:
			add([2]int64{first, 0}, "")
		case len(op.Entries) == 0 && last != [2]int64{}:
			add([2]int64{last[0], last[1] + 1}, "")
		}
	}
	for _, e := range op.Entries {
		if id := [2]int64{e.Offset, e.Index}; slices.Compare(last[:], id[:]) < 0 {
			add(id, string(e.JSON))
		}
	}
}

func spanKey(w *merge.WindowSpan) string {
	if w == nil {
		return ""
	}
	return fmt.Sprintf("%d-%d", w.Start, w.End)
}

// cutSpan takes the window off a key.
func cutSpan(full string) (*merge.WindowSpan, string) {
	at := strings.IndexByte(full+"[", '[')
	if at == 0 {
		return nil, full
	}
	window := &merge.WindowSpan{}
	if _, err := fmt.Sscanf(full[:at], "%d-%d", &window.Start, &window.End); err != nil {
		panic(err)
	}
	return window, full[at:]
}

// windows returns the windows that have rows or lists, in order, and nil for none.
func (r *result) windows() []*merge.WindowSpan {
	if r == nil {
		return nil
	}
	all := map[merge.WindowSpan]bool{}
	for _, full := range slices.Collect(maps.Keys(r.rows)) {
		if window, _ := cutSpan(full); window != nil {
			all[*window] = true
		}
	}
	for full := range r.lists {
		if window, _ := cutSpan(full); window != nil {
			all[*window] = true
		}
	}
	var out []*merge.WindowSpan
	for window := range all {
		out = append(out, &window)
	}
	slices.SortFunc(out, func(a, b *merge.WindowSpan) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), strings.Compare(spanKey(a), spanKey(b)))
	})
	return append(out, nil)
}

func idsOf(ops []merge.Op) []string {
	var out []string
	for _, op := range ops {
		switch op := op.(type) {
		case merge.RowsOp:
			out = append(out, op.Query)
		case merge.TopOp:
			out = append(out, op.Query)
		case merge.LogOp:
			out = append(out, op.Query)
		case merge.MetaOp:
			out = append(out, op.Query)
		case merge.ForgetWindowOp:
			out = append(out, op.Query)
		case merge.DropOp:
			out = append(out, op.Query)
		}
	}
	return out
}
