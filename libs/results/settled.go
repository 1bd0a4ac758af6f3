package results

import (
	"context"
	"maps"
	"slices"

	"github.com/segmentio/encoding/json"
)

// settled is what a run of changes comes to.
type settled struct {
	windows map[Window]*settledWindow
	order   []Window
	log     []LogEntry
	readLog bool
	meta    map[string]string
	dropped *Dropped
}

type settledWindow struct {
	gone bool
	rows map[string]json.RawMessage // nil: it left
	read map[string]bool            // to be read
	top  []json.RawMessage          // nil: not changed
}

func newSettled() *settled { return &settled{windows: map[Window]*settledWindow{}} }

func (s *settled) window(w Window) *settledWindow {
	sw := s.windows[w]
	if sw == nil {
		sw = &settledWindow{rows: map[string]json.RawMessage{}, read: map[string]bool{}}
		s.windows[w] = sw
		s.order = append(s.order, w)
	}
	return sw
}

func (s *settled) add(c *Change) {
	if c.Dropped {
		s.dropped = &Dropped{Epoch: c.Epoch}
	}
	for k, v := range c.Meta {
		if s.meta == nil {
			s.meta = map[string]string{}
		}
		s.meta[k] = v
	}
	s.log = append(s.log, c.Log...)
	s.readLog = s.readLog || c.Log != nil && len(c.Log) == 0
	if c.Gone {
		sw := s.window(c.window())
		*sw = settledWindow{gone: true, rows: map[string]json.RawMessage{}, read: map[string]bool{}}
	}
	for _, r := range c.rows() {
		sw := s.window(c.window())
		sw.rows[r.Key] = r.Value
		delete(sw.read, r.Key)
	}
	for _, k := range c.Keys {
		sw := s.window(c.window())
		sw.read[string(k)] = true
		delete(sw.rows, string(k))
	}
	if c.Top != nil {
		s.window(c.window()).top = c.Top
	}
}

func (s *settled) tell(ctx context.Context, f *Feed) error {
	var out []Event
	for _, w := range s.order {
		sw := s.windows[w]
		if sw.gone {
			out = append(out, WindowGone{Window: w})
		}
		var rows []Row
		for _, k := range sorted(sw.rows) {
			rows = append(rows, Row{Key: k, Value: sw.rows[k]})
		}
		read, err := f.r.RowsOf(ctx, f.id, w, slices.Sorted(maps.Keys(sw.read)))
		if err != nil {
			return err
		}
		if rows = append(rows, read...); len(rows) > 0 {
			out = append(out, RowsChanged{Window: w, Rows: rows})
		}
		if sw.top != nil {
			out = append(out, TopChanged{Window: w, Rows: sw.top})
		}
	}
	if len(s.meta) > 0 {
		out = append(out, FactsChanged{Fields: s.meta})
	}
	f.out = append(f.out, out...)
	if s.readLog {
		for {
			page, err := f.r.Log(ctx, f.id, f.at.LogID, pageSize)
			if err != nil {
				return err
			}
			f.grew(page)
			if len(page) < pageSize {
				break
			}
		}
	}
	f.grew(s.log)
	if s.dropped != nil {
		f.drop(s.dropped.Epoch)
	}
	return nil
}
