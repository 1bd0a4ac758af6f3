package merge

import (
	"fmt"
	"maps"
	"slices"
)

// rowsOps returns the operations that set or delete the rows, which are sorted: one per
// window. It is done with the first so many of them, when their bytes exceed the room.
func (s *Partition) rowsOps(u *sums, q *query, refs []rowRef, room int) (ops []Op, done int, err error) {
	i, size := 0, 0
	for i < len(refs) && size < room {
		pane := refs[i].pane
		op := RowsOp{Query: q.ID, Epoch: q.Epoch, Known: q.known, Window: q.span(pane), Expires: s.expires(q, pane)}
		for ; i < len(refs) && refs[i].pane == pane && size < room; i++ {
			out, keep, err := s.compute(u, q, refs[i])
			if err != nil {
				return nil, 0, err
			}
			q.noteErrors(refs[i], out.errors())
			if !keep {
				keys, err := decodeValues([]byte(refs[i].key))
				if err != nil {
					return nil, 0, fmt.Errorf("group key of query %s: %w", q.ID, err)
				}
				op.Del = append(op.Del, keyJSON(keys))
				continue
			}
			row := q.row(&out)
			size += len(row.Key) + len(row.JSON)
			op.Set = append(op.Set, row)
		}
		ops = append(ops, op)
	}
	return ops, i, nil
}

// windowOps returns the operations for what is owed of a query beside its rows
// and facts: windows that are gone, ordered lists and log entries; and about how
// many rows that is.
func (s *Partition) windowOps(u *sums, q *query) (ops []Op, fields int, err error) {
	for _, pane := range slices.Sorted(maps.Keys(q.gone)) {
		ops = append(ops, ForgetWindowOp{Query: q.ID, Epoch: q.Epoch, Known: q.known, Window: *q.span(pane)})
		fields++
	}
	for _, pane := range slices.Sorted(maps.Keys(q.tops)) {
		op, err := s.topOp(u, q, pane)
		if err != nil {
			return nil, 0, err
		}
		ops, fields = append(ops, op), fields+len(op.Rows)
	}
	if len(q.log) > 0 || q.gap {
		ops = append(ops, LogOp{Query: q.ID, Epoch: q.Epoch, Known: q.known, Gap: q.gap, Entries: q.log, MaxLen: q.logCap()})
		fields += len(q.log)
	}
	return ops, fields, nil
}

// topOp returns the operation that replaces a window's ordered list.
func (s *Partition) topOp(u *sums, q *query, pane int64) (TopOp, error) {
	list, err := s.ranking(u, q, pane)
	if err != nil {
		return TopOp{}, err
	}
	op := TopOp{Query: q.ID, Epoch: q.Epoch, Known: q.known, Window: q.span(pane), Expires: s.expires(q, pane), Rows: make([]Row, len(list))}
	for i := range list {
		op.Rows[i] = q.row(&list[i])
	}
	if q.listed == nil {
		q.listed = map[int64]int{}
	}
	q.listed[pane] = len(list)
	return op, nil
}

// row writes a computed row.
func (q *query) row(out *output) Row {
	r := Row{Key: out.key, JSON: appendObject(nil, q.Table.Cols, out.cols)}
	q.weigh(len(r.Key) + len(r.JSON))
	return r
}

// span returns a window's bounds in milliseconds, nil for a query without windows.
func (q *query) span(pane int64) *WindowSpan {
	if q.Table == nil || q.Table.Window == 0 {
		return nil
	}
	return &WindowSpan{Start: pane / 1000, End: (pane + q.Table.Window) / 1000}
}
