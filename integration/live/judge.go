package live

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
)

// Check returns what was seen that should not have been: rows of a definition
// that was not in force, rows of an old one after rows of a newer, epochs that go
// back.
func (w *Watcher) Check(s *Script) []error {
	w.mu.Lock()
	defer w.mu.Unlock()
	var errs []error
	for _, b := range w.back {
		errs = append(errs, errors.New(b))
	}
	for at := range w.seen {
		if !s.showed(at) {
			errs = append(errs, fmt.Errorf("query %s: a row with the columns %s was %s between epochs %d and %d:%s",
				at.id, at.columns, at.how, at.least, at.most, s.told(at.id)))
		}
	}
	for old, whenOld := range w.seen {
		for recent, when := range w.seen {
			if old.id == recent.id && old.how == recent.how && old.columns != recent.columns && whenOld.to > when.from && s.before(old, recent) {
				errs = append(errs, fmt.Errorf("query %s: a row with the columns %s was %s after one with the columns %s:%s",
					old.id, old.columns, old.how, recent.columns, s.told(old.id)))
			}
		}
	}
	return errs
}

// showed reports whether a definition that was in force between the sight's
// epochs has its columns. Under the epoch of a drop there are the rows of a
// definition before it: the last of which there were any.
func (s *Script) showed(at sight) bool {
	var shown []string // columns of what may be visible
	for _, sub := range s.history[at.id] {
		if sub.Wrong {
			continue
		}
		if sub.Epoch > at.least && slices.Contains(shown, at.columns) {
			return true // visible at least, and until this one
		}
		if sub.Epoch > at.most {
			return false
		}
		if sub.Query == nil {
			shown = s.columnsBefore(at.id, sub.Epoch)
		} else {
			shown = []string{columnsOf(&sub)}
		}
	}
	return slices.Contains(shown, at.columns)
}

func (s *Script) columnsBefore(id string, epoch int64) (all []string) {
	for _, sub := range s.history[id] {
		if sub.Query != nil && sub.Epoch < epoch {
			all = append(all, columnsOf(&sub))
		}
	}
	return all
}

// before reports whether every definition with the columns of old came before
// every definition with those of recent.
func (s *Script) before(old, recent sight) bool {
	last, first := int64(math.MinInt64), int64(math.MaxInt64)
	for _, sub := range s.history[old.id] {
		switch {
		case sub.Query == nil:
		case columnsOf(&sub) == old.columns:
			last = max(last, sub.Epoch)
		case columnsOf(&sub) == recent.columns:
			first = min(first, sub.Epoch)
		}
	}
	return last < first
}

func columnsOf(sub *Submission) string {
	names := make([]string, len(sub.Query.Info.Columns))
	for i, c := range sub.Query.Info.Columns {
		names[i] = c.Name
	}
	return strings.Join(names, ",")
}

func (s *Script) told(id string) string {
	var b strings.Builder
	for _, sub := range s.history[id] {
		fmt.Fprintf(&b, "\n%d %s %s", sub.Epoch, sub.want(), sub.SQL)
	}
	return b.String()
}
