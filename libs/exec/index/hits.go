package index

import "slices"

// Hits holds, for one batch at a time, the rows in which predicates are TRUE, as
// indexes find them. A predicate that is TRUE nowhere takes no time and no room,
// however many there are. Its zero value is ready for Begin.
type Hits struct {
	words   int
	batch   uint32
	marks   []mark // by slot
	arena   []uint64
	touched []int32

	// Fragments counts rows by elementary interval, for the [Range] that is being
	// evaluated; see [Range.Fragments].
	Fragments []uint64
}

// mark says where the rows of a slot are in the arena, if batch is the present one.
type mark struct {
	batch uint32
	at    int32
}

// Begin forgets all hits, for a batch of so many rows and predicates whose slots
// are all below slots.
func (h *Hits) Begin(slots, rows int) {
	if len(h.marks) < slots {
		h.marks = append(h.marks, make([]mark, slots-len(h.marks))...)
	}
	if h.batch++; h.batch == 0 { // marks of 2^32 batches ago would look new
		clear(h.marks)
		h.batch = 1
	}
	h.words = (rows + 63) / 64
	h.arena, h.touched = h.arena[:0], h.touched[:0]
}

// Set makes the predicate of a slot TRUE in a row.
func (h *Hits) Set(slot int32, row int) {
	m := &h.marks[slot]
	if m.batch != h.batch {
		h.touch(slot)
	}
	h.arena[int(m.at)+row>>6] |= 1 << (row & 63)
}

func (h *Hits) touch(slot int32) {
	at := len(h.arena)
	h.arena = slices.Grow(h.arena, h.words)[:at+h.words]
	clear(h.arena[at:])
	h.marks[slot] = mark{h.batch, int32(at)}
	h.touched = append(h.touched, slot)
}

// Add makes the predicate of a slot TRUE in rows.
func (h *Hits) Add(slot int32, rows []uint64) {
	m := &h.marks[slot]
	if m.batch != h.batch {
		h.touch(slot)
	}
	for i, w := range rows {
		h.arena[int(m.at)+i] |= w
	}
}

// Rows returns the bits of the rows in which the predicate of a slot is TRUE, nil
// for none. They hold until the next Set.
func (h *Hits) Rows(slot int32) []uint64 {
	m := h.marks[slot]
	if m.batch != h.batch {
		return nil
	}
	return h.arena[m.at : int(m.at)+h.words]
}

// Touched returns the slots of the predicates that are TRUE somewhere, each once,
// in the order in which they were found so far.
func (h *Hits) Touched() []int32 { return h.touched }
