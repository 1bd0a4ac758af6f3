package scan

import (
	"encoding/binary"

	"github.com/millrace/millrace/libs/exec/expr"
	"github.com/millrace/millrace/libs/record"
)

// ring numbers the keys that rows have under one [Keys], from 0 on: tables find
// their groups by number.
type ring struct {
	keys  *Keys
	codes map[string]int32
	list  []string // by number: the pane (8 bytes), and the values
	bytes int      // of list

	// What follows is about the present batch, if it is the one of that number.
	batch   uint32
	columns []*record.Column
	rows    []int32 // one more than the number of the row's key; 0: not known yet
}

const (
	noTime   = -1       // in ring.rows: the row belongs into no window
	largeKey = -2       // in ring.rows: its key is too large to be sent
	mostKept = 32 << 10 // bytes of keys that keep their numbers for the next transaction
	keyBytes = 48       // about what a key takes besides, with its places in list and codes
)

// ring returns the numbers of keys, ready for the present batch.
func (t *Partial) ring(k *Keys) *ring {
	r := &t.rings[k.Slot]
	if r.keys != k {
		*r = ring{keys: k, codes: map[string]int32{}, columns: r.columns, rows: r.rows}
	}
	if r.batch != t.batch {
		r.batch = t.batch
		r.columns = r.columns[:0]
		for _, v := range k.Values {
			if pos, computed := expr.Position(v.Expr); computed {
				r.columns = append(r.columns, t.in.Columns[pos]) // known in the rows that a table is given
			} else {
				r.columns = append(r.columns, t.value(v))
			}
		}
		if cap(r.rows) < t.in.Len {
			r.rows = make([]int32, t.in.Len)
		}
		r.rows = r.rows[:t.in.Len]
		clear(r.rows)
	}
	return r
}

// number finds the number of a row's key, or gives it one, and returns what
// ring.rows then holds.
func (t *Partial) number(r *ring, b *record.Batch, row int) int32 {
	pane := int64(0)
	if r.keys.Window > 0 {
		at := b.EventTime[row]
		if at == record.NoEventTime {
			r.rows[row] = noTime
			return noTime
		}
		pane = floor(at, r.keys.Window)
	}
	t.key = appendPane(t.key[:0], pane)
	for _, c := range r.columns {
		if t.key = appendCell(t.key, c, row); len(t.key)-paneBytes > t.largest {
			r.rows[row] = largeKey
			return largeKey
		}
	}
	code, known := r.codes[string(t.key)]
	if !known {
		key := string(t.key)
		code = int32(len(r.list))
		r.codes[key] = code
		r.list = append(r.list, key)
		r.bytes += len(key) + keyBytes
	}
	r.rows[row] = code + 1
	return code + 1
}

// forget is the end of a transaction: no table has groups.
func (r *ring) forget() {
	if r.bytes > mostKept {
		r.codes, r.list, r.bytes = map[string]int32{}, nil, 0
	}
	r.batch = 0
}

// floor returns the start of the pane that an event time falls into.
func floor(at, size int64) int64 {
	rest := at % size
	if rest < 0 {
		rest += size
	}
	return at - rest
}

const paneBytes = 8

// appendPane appends a pane's start so that encodings sort as starts do.
func appendPane(dst []byte, pane int64) []byte {
	return binary.BigEndian.AppendUint64(dst, uint64(pane)^1<<63)
}

// paneOf returns the pane that a key begins with.
func paneOf(key string) int64 {
	return int64(binary.BigEndian.Uint64([]byte(key[:paneBytes])) ^ 1<<63)
}
