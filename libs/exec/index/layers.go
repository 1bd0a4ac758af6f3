package index

import "iter"

// layers are a table that is copied whenever something changes, for what an index has
// is not changed: entries that came last are in a small one of their own, and so are
// those of the large one that went last.
type layers struct {
	table table
	young table                             // not in table
	gone  table                             // in table, and to be left out
	own   struct{ table, young, gone bool } // no index has it
}

// A table of no more than smallTable entries is copied itself, and up to mostYoung
// changes are made to a larger one together.
const smallTable, mostYoung = 1024, 512

func (l *layers) held() int { return l.table.held + l.young.held - l.gone.held }

// shared says that an index has what there is now.
func (l *layers) shared() { l.own.table, l.own.young, l.own.gone = false, false, false }

// apart reports whether a change is to be made in a small table.
func (l *layers) apart(changes *table) bool {
	return !l.own.table && l.table.held > smallTable && changes.held < mostYoung
}

// enter adds an entry that is not there.
func (l *layers) enter(hash uint32, entry int32) {
	if l.gone.has(hash, entry) { // it comes back
		change(&l.gone, &l.own.gone)
		l.gone.remove(hash, entry)
		return
	}
	if l.apart(&l.young) {
		change(&l.young, &l.own.young)
		l.young.add(hash, entry)
		return
	}
	l.merge()
	l.table.add(hash, entry)
}

// remove forgets an entry that is there.
func (l *layers) remove(hash uint32, entry int32) {
	switch {
	case l.young.has(hash, entry):
		change(&l.young, &l.own.young)
		l.young.remove(hash, entry)
	case l.apart(&l.gone):
		change(&l.gone, &l.own.gone)
		l.gone.add(hash, entry)
	default:
		l.merge()
		l.table.remove(hash, entry)
	}
}

// merge makes the table hold what there is, and no index have it.
func (l *layers) merge() {
	change(&l.table, &l.own.table)
	for _, c := range l.gone.cells {
		if c.entry != 0 {
			l.table.remove(c.hash, c.entry-1)
		}
	}
	for _, c := range l.young.cells {
		if c.entry != 0 {
			l.table.add(c.hash, c.entry-1)
		}
	}
	l.young, l.gone = table{}, table{}
	l.own.young, l.own.gone = true, true
}

// change makes a table one that no index has.
func change(t *table, own *bool) {
	if !*own {
		*t, *own = t.clone(), true
	}
}

// left reports whether an entry that table or young has is there.
func (l *layers) left(hash uint32, entry int32) bool {
	return l.gone.held == 0 || !l.gone.has(hash, entry)
}

// of returns the entries of a hash.
func (l *layers) of(hash uint32) iter.Seq[int32] {
	return func(yield func(int32) bool) {
		for _, t := range [...]*table{&l.table, &l.young} {
			for entry := range t.of(hash) {
				if l.left(hash, entry) && !yield(entry) {
					return
				}
			}
		}
	}
}

// all returns the entries, with their hashes.
func (l *layers) all() iter.Seq2[uint32, int32] {
	return func(yield func(uint32, int32) bool) {
		for _, t := range [...]*table{&l.table, &l.young} {
			for _, c := range t.cells {
				if c.entry != 0 && l.left(c.hash, c.entry-1) && !yield(c.hash, c.entry-1) {
					return
				}
			}
		}
	}
}
