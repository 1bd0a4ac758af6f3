package sim

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/millrace/millrace/libs/exec/merge"
)

// check compares the store with what the committed transactions covered.
func (w *world) check() {
	for _, part := range w.kafka.exchange {
		sealed := map[*transaction]bool{}
		for o, e := range part.entries {
			if e.control || !e.txn.commit {
				continue
			}
			if sealed[e.txn] {
				w.violated("%s offset %d: a record after the seal of its transaction", part.name, o)
			}
			sealed[e.txn] = e.kind == merge.TypeSeal
		}
	}
	w.checkLetters()
	for _, id := range slices.Sorted(maps.Keys(w.load.current)) {
		at := w.load.current[id]
		if msg := w.differs(id, at, w.load.definitions[at]); msg != "" {
			w.violated("query %s: %s", id, msg)
		}
	}
	for id, r := range w.store.queries {
		if _, known := w.load.current[id]; !known {
			w.violated("the store has results of query %s, which was never submitted: %+v", id, *r)
		}
	}
}

// checkLetters holds that the dead letters are what could not be read of what was
// covered, each once.
func (w *world) checkLetters() {
	written, wanted := map[string]bool{}, map[string]bool{}
	may := map[string]bool{}
	for _, in := range w.load.incarnations {
		for at := range in.poison {
			may[in.letter(at)] = true
			if slices.ContainsFunc(in.ranges[at.partition], func(r scannedRange) bool { return r.from <= at.offset && at.offset < r.to }) {
				wanted[in.letter(at)] = true
			}
		}
	}
	for _, e := range w.kafka.letters.entries {
		if e.control || !e.txn.commit {
			continue
		}
		w.count("dead letter")
		if !may[e.key] || written[e.key] {
			w.violated("dead letter %s, of which there is none or another", e.key)
		}
		written[e.key] = true
	}
	for _, key := range slices.Sorted(maps.Keys(wanted)) {
		if !written[key] {
			w.violated("there is no dead letter for %s", key)
		}
	}
}

// behind tells of a partition whose results do not say that they go up to where
// posts were scanned; "" for none.
func (w *world) behind() string {
	for _, in := range w.load.now() {
		for p, reached := range in.reached {
			if len(in.ranges[p]) == 0 {
				continue
			}
			for e := range w.kafka.exchange {
				at := w.store.asOf[int32(e)][int32(p)]
				if in != w.load.tweets {
					at = w.store.logs[int32(e)][int32(p)]
				}
				for at < reached && in.parts[p].entries[at].control {
					at++ // a seal that says no more may be under way
				}
				if at < reached {
					return fmt.Sprintf("as_of of partition %d says %d of %s-%d, scanned up to %d", e, at, in, p, reached)
				}
			}
		}
	}
	return ""
}

func (w *world) differs(id string, position int64, d *definition) string {
	r := w.store.queries[id]
	if d.dropped {
		if w.kafka.registry.entries[position].gone && (r == nil || !r.listed || r.dropped && r.epoch <= d.epoch) {
			// Whoever wrote that it is gone did not know when it was dropped. Rows
			// that the store had before the listing, nobody knows of any more.
			return ""
		}
		if r != nil && len(r.rows)+len(r.lists)+len(r.log) > 0 {
			return fmt.Sprintf("it was dropped, and has rows %v, lists %v and %d log entries of epoch %d", r.rows, r.lists, len(r.log), r.epoch)
		}
		if r == nil || !r.dropped || r.epoch != d.epoch {
			return fmt.Sprintf("it was dropped at epoch %d, and the store has %+v", d.epoch, r)
		}
		return ""
	}
	if r == nil || r.epoch != d.epoch {
		return fmt.Sprintf("registered at epoch %d, the store has %+v", d.epoch, r)
	}
	if d.complete {
		if r.status != "completed" {
			return fmt.Sprintf("it is complete, and its status is %q", r.status)
		}
		if w.counts["store flushed"]+w.counts["store lost its last writes"] > 0 && len(r.log) < d.template.first {
			return "" // what the store loses of a row log nobody has any more
		}
		return differingLog(d.template, w.matching(d, d.before), r.log)
	}
	if d.failed != "" {
		if n := len(d.template.rows(w.matching(d, d.before))); n <= d.template.groups {
			return fmt.Sprintf("it failed with %d groups, of %d that it may have", n, d.template.groups)
		}
		if r.status != "failed" {
			return fmt.Sprintf("it failed, and its status is %q", r.status)
		}
		return ""
	}
	if r.status != "live" {
		return fmt.Sprintf("its status is %q", r.status)
	}
	if want := strconv.Itoa(w.missed(d.of, position)); r.passed != want {
		return fmt.Sprintf("%q posts are said to have passed before it, want %s", r.passed, want)
	}
	posts := w.matching(d, position)
	if t := d.template; t.first > 0 && len(posts) >= t.first+t.skip {
		return fmt.Sprintf("it has had %d rows, and wants %d after %d", len(posts), t.first, t.skip)
	}
	var rows map[string]string
	if d.template.rows != nil {
		rows = d.template.rows(posts)
	}
	if n := d.template.groups; n > 0 && len(rows) > n*len(w.kafka.exchange) {
		return fmt.Sprintf("it has %d groups and may have %d on each partition, and did not fail", len(rows), n)
	}
	counted := w.counters(d, position, posts)
	lists := map[string][]string{}
	if d.template.list != nil {
		if list := d.template.list(posts); list != nil {
			lists[""] = list
		}
	}
	if d.template.window > 0 {
		want, err := w.windows(position, d)
		if err != nil {
			return err.Error()
		}
		rows, lists = want.rows, want.lists
		counted["matched"], counted["late"] = want.matched, want.late
		maps.DeleteFunc(rows, func(key, _ string) bool {
			window, _, _ := strings.Cut(key, "[")
			_, there := r.rows[key]
			return want.leaving[window] && !there
		})
	}
	for name, n := range counted {
		if n > 0 {
			w.count("counter: " + name)
		}
	}
	if msg := differingCounters(r.shares, counted); msg != "" {
		return msg + " (" + d.template.String() + ")"
	}
	if !maps.Equal(rows, r.rows) {
		return differing(r.rows, rows) + " (" + d.template.String() + ")"
	}
	if !maps.EqualFunc(lists, r.lists, slices.Equal) {
		return fmt.Sprintf("lists %v, want %v (%s)", r.lists, lists, d.template)
	}
	return differingLog(d.template, posts, r.log)
}

// counters returns what a query is to have counted: each post that it has seen
// once, whatever crashed. Which are late the windows say.
func (w *world) counters(d *definition, position int64, matching []post) map[string]int64 {
	t := d.template
	out := map[string]int64{"matched": int64(len(matching)), "late": 0, "no_time": 0, "errors": 0, "mismatches": 0}
	if t.errors != nil {
		out["errors"] = t.errors(matching)
	}
	for _, p := range w.seen(d.of, position) {
		if t.retweeted && p.odd {
			out["mismatches"]++
		}
		if t.window > 0 && p.at == never {
			out["no_time"]++
		}
	}
	return out
}

// differingCounters compares the sums of what merge partitions have counted.
func differingCounters(shares, want map[string]int64) string {
	got := map[string]int64{}
	for name := range want {
		got[name] = 0
	}
	for share, n := range shares {
		name, _, _ := strings.Cut(share, ":")
		got[name] += n
	}
	if maps.Equal(got, want) {
		return ""
	}
	return fmt.Sprintf("it has counted %v, want %v", got, want)
}

// matching returns the posts that count for a query registered at the position.
func (w *world) matching(d *definition, position int64) []post {
	return slices.DeleteFunc(w.seen(d.of, position), func(p post) bool { return !d.template.matches(p) })
}

// differingLog compares a row log as a set: nothing twice, nothing too much, and
// nothing missing, unless a gap entry says so.
func differingLog(t *template, posts []post, log []logged) string {
	if t.log == nil {
		if len(log) > 0 {
			return fmt.Sprintf("%d log entries", len(log))
		}
		return ""
	}
	want := map[string]bool{}
	for _, p := range posts {
		want[t.log(p)] = true
	}
	seen, gap := map[string]bool{}, false
	for _, e := range log {
		switch {
		case e.row == "":
			gap = true
		case seen[e.row]:
			return "row " + e.row + " is twice in the log"
		case !want[e.row]:
			return "row " + e.row + " is in the log and should not be"
		default:
			seen[e.row] = true
		}
	}
	if t.first > 0 {
		n := min(t.first, max(0, len(want)-t.skip))
		if len(seen) > n || len(seen) < n && !gap {
			return fmt.Sprintf("of %d rows, and %d after %d wanted, the log has %d", len(want), t.first, t.skip, len(seen))
		}
		return ""
	}
	if len(seen) < len(want) && !gap {
		var missing []string
		for row := range want {
			if !seen[row] {
				missing = append(missing, row)
			}
		}
		slices.Sort(missing)
		return "without a gap entry the log lacks " + strings.Join(missing, " ")
	}
	return ""
}

// unquiet says what is still to be done, "" if nothing is.
func (w *world) unquiet() string {
	k := w.kafka
	if len(k.late) > 0 {
		return "a late request is under way: " + k.late[0].what
	}
	recent := time.Now().Add(-restless)
	for _, in := range w.load.now() {
		for p, part := range in.parts {
			// The position may stand before markers at the end, which are no news.
			at, ok := in.group.committed[int32(p)]
			if !ok && in.from != nil {
				return fmt.Sprintf("%s-%d is not read yet", in, p)
			}
			for o := at; o < part.end(); o++ {
				if o < part.start || !part.entries[o].control {
					return fmt.Sprintf("%s-%d is read up to %d of %d", in, p, at, part.end())
				}
			}
		}
	}
	if n := len(k.registry.entries); n > 0 && k.registry.entries[n-1].at.After(recent) {
		return "the registry was written a moment ago"
	}
	for p, part := range k.exchange {
		for t := range part.open {
			if t.began.Before(recent) {
				return fmt.Sprintf("a transaction of %s holds exchange-%d back at %d of %d", t.id, p, part.stable(), part.end())
			}
		}
		f, ok := w.store.fences[int32(p)]
		if !ok || f.Repair {
			return fmt.Sprintf("partition %d: fence %+v", p, f)
		}
		for o := part.end() - 1; o > f.Offset; o-- {
			if e := part.entries[o]; !e.control && e.txn.commit && e.at.Before(recent) {
				return fmt.Sprintf("partition %d is written up to %d, and %d is there since %s", p, f.Offset, o, time.Since(e.at))
			}
		}
	}
	return w.behind()
}

// restless is how recent what remains to be done may be: seals go on for ever.
const restless = 15 * time.Second

// differing says in what two sets of rows differ.
func differing(got, want map[string]string) string {
	var out []string
	for _, key := range slices.Sorted(maps.Keys(want)) {
		if row, ok := got[key]; !ok {
			out = append(out, "lacks "+key+" "+want[key])
		} else if row != want[key] {
			out = append(out, key+" has "+row+", want "+want[key])
		}
	}
	for _, key := range slices.Sorted(maps.Keys(got)) {
		if _, ok := want[key]; !ok {
			out = append(out, "has "+key+" "+got[key])
		}
	}
	return strings.Join(out[:min(6, len(out))], "; ")
}
