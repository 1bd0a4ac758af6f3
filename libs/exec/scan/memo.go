package scan

import "github.com/millrace/millrace/libs/exec/expr"

// memos holds the truth values of the predicates that were evaluated in all rows
// of the present batch. One that was not takes eight bytes.
type memos struct {
	batch uint32
	marks []memoMark // by slot
	list  []*expr.Truths
	used  int
}

type memoMark struct {
	batch uint32
	at    int32
}

func (m *memos) grow(slots int) { m.marks = grow(m.marks, slots) }

// begin forgets all, for another batch.
func (m *memos) begin() {
	if m.batch++; m.batch == 0 {
		clear(m.marks)
		m.batch = 1
	}
	m.used = 0
}

// find returns the values of a slot, nil if it was not evaluated.
func (m *memos) find(slot int) *expr.Truths {
	if k := m.marks[slot]; k.batch == m.batch {
		return m.list[k.at]
	}
	return nil
}

// add returns where the values of a slot are to be put.
func (m *memos) add(slot int) *expr.Truths {
	if m.used == len(m.list) {
		m.list = append(m.list, new(expr.Truths))
	}
	m.marks[slot] = memoMark{m.batch, int32(m.used)}
	m.used++
	return m.list[m.used-1]
}
