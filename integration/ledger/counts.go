package ledger

import (
	"fmt"
	"sort"
)

// Counts returns how many posts there are, and of them those that have not
// landed and those that have not been scanned.
func (l *Ledger) Counts() (all, flying, pending int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range l.posts {
		if l.posts[i].state == written {
			flying++
		}
		if l.posts[i].state != scanned {
			pending++
		}
	}
	return len(l.posts), flying, pending
}

// Stuck describes the first line that has not been scanned.
func (l *Ledger) Stuck() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, p := range l.posts {
		if p.state != scanned {
			return fmt.Sprintf("number %d, which has landed: %t: %.80q", i, p.state == landed, p.line)
		}
	}
	return "none"
}

// Done returns how many lines have been scanned, those apart that come after one
// that has not.
func (l *Ledger) Done() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.first
}

// Dead returns how many lines directory-monitor has to refuse.
func (l *Ledger) Dead() int { return len(l.DeadLines()) }

// DeadLines returns the lines that directory-monitor has to refuse.
func (l *Ledger) DeadLines() (lines [][]byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range l.posts {
		if l.posts[i].dead {
			lines = append(lines, l.posts[i].line)
		}
	}
	return lines
}

// Each calls fn with every scanned post and the plan position that it was
// scanned under.
func (l *Ledger) Each(fn func(line []byte, plan int64)) {
	for p := range l.layout.Partitions {
		l.EachOf(p, func(line []byte, plan, _ int64) { fn(line, plan) })
	}
}

// EachOf calls fn with every scanned post of a partition, in order, the plan
// position that it was scanned under and its record's offset.
func (l *Ledger) EachOf(p int32, fn func(line []byte, plan, offset int64)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	part := l.parts[p]
	for _, rec := range part.records {
		i := sort.Search(len(part.sweeps), func(i int) bool { return part.sweeps[i].to > rec.offset })
		for _, n := range rec.posts {
			fn(l.posts[n].line, part.sweeps[i].plan, rec.offset)
		}
	}
}
