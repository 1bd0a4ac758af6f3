package merge

import (
	"fmt"
	"slices"
	"strings"
)

// outcome is what a scenario leaves in the store.
type outcome struct {
	rows    string
	facts   string
	logs    map[string][]string // without gap entries
	gaps    map[string]bool
	repeats []string
	lossy   bool
}

func (o *outcome) differs(want *outcome) string {
	switch {
	case o.rows != want.rows:
		return "rows with (+) and without faults (-)\n" + lineDiff(o.rows, want.rows)
	case o.facts != want.facts:
		return "facts with (+) and without faults (-)\n" + lineDiff(o.facts, want.facts)
	case len(o.repeats) > 0:
		return fmt.Sprintf("rows twice in logs: %v", o.repeats)
	}
	for id, rows := range want.logs {
		for _, r := range o.logs[id] {
			if !slices.Contains(rows, r) {
				return fmt.Sprintf("log of %s: %s is too much", id, r)
			}
		}
		if o.gaps[id] && !o.lossy {
			return fmt.Sprintf("log of %s has a gap, and nothing was lost", id)
		}
		if len(o.logs[id]) < len(rows) && !o.gaps[id] {
			return fmt.Sprintf("log of %s lacks rows and has no gap: %v of %v", id, o.logs[id], rows)
		}
	}
	return ""
}

// lineDiff returns the lines that only one of two texts has.
func lineDiff(got, want string) string {
	var out []string
	a, b := strings.Split(got, "\n"), strings.Split(want, "\n")
	for _, l := range a {
		if !slices.Contains(b, l) {
			out = append(out, "+ "+l)
		}
	}
	for _, l := range b {
		if !slices.Contains(a, l) {
			out = append(out, "- "+l)
		}
	}
	return strings.Join(out, "\n")
}

func (s *scenario) outcome() *outcome {
	o := &outcome{logs: map[string][]string{}, gaps: map[string]bool{}, lossy: s.lossy}
	var rows, facts []string
	for _, line := range strings.Split(s.store.snapshot(), "\n") {
		if !strings.Contains(line, " log ") {
			rows = append(rows, line)
		}
	}
	for _, q := range sortedIDs(s.queries) {
		r := s.store.queries[q.ID]
		if r == nil || r.epoch != q.Epoch {
			s.t.Fatalf("query %s@%d: the store holds %+v", q.ID, q.Epoch, r)
		}
		facts = append(facts, fmt.Sprintf("%s@%s %s matched %d late %d", q.ID, r.meta["epoch"], r.meta["status"],
			s.store.counter(q.ID, "matched"), s.store.counter(q.ID, "late")))
		if name := fmt.Sprintf("%s@%d", q.ID, q.Epoch); r.meta["status"] == "live" && !slices.Contains(s.notifier.live, name) {
			s.t.Fatalf("nobody was told that %s is live", name)
		}
		seen := map[string]bool{}
		for _, e := range r.log {
			switch {
			case e.row == "gap":
				o.gaps[q.ID] = true
				continue
			case seen[e.row]:
				o.repeats = append(o.repeats, q.ID+" "+e.row)
			}
			seen[e.row] = true
			o.logs[q.ID] = append(o.logs[q.ID], e.row)
		}
		if _, ok := o.logs[q.ID]; !ok {
			o.logs[q.ID] = nil
		}
	}
	for id, r := range s.store.queries {
		if !r.dropped && !slices.ContainsFunc(s.queries, func(q *Query) bool { return q.ID == id }) {
			s.t.Fatalf("query %s is not registered, and still in the store at epoch %d", id, r.epoch)
		}
	}
	for p := range s.topo.Partitions {
		facts = append(facts, fmt.Sprint(p, s.store.asOf[p].Vector, s.store.asOf[p].Ended))
		if f := s.store.fences[p]; f.Repair {
			s.t.Fatalf("partition %d still owes a repair", p)
		}
	}
	o.rows, o.facts = strings.Join(rows, "\n"), strings.Join(facts, "\n")
	return o
}
