package sim

import (
	"fmt"
	"slices"
	"time"
)

// declare declares the stream over the second feed, drops it or declares it anew, and
// drops the queries that use it before.
func (l *workload) declare() {
	using := l.using()
	if len(using) > 0 && !l.w.chance(2) {
		l.w.count("stream in use stays")
		return
	}
	again := l.release(using)
	if l.declaredNow != nil && l.w.chance(2) {
		l.drop()
		if l.w.chance(2) {
			return
		}
	}
	l.redeclare()
	if !l.w.chance(4) {
		again()
	}
}

// release drops queries, and returns what registers them again, over the streams that
// are there then.
func (l *workload) release(ids []string) (again func()) {
	templates := make([]*template, len(ids))
	for i, id := range ids {
		templates[i] = l.definitions[l.current[id]].template
		l.register(&definition{id: id, template: templates[i], dropped: true})
	}
	return func() {
		for i, id := range ids {
			l.register(&definition{id: id, template: templates[i], of: l.streamsOf(templates[i].streams)})
		}
	}
}

// redeclare declares the stream, whether there is one or not.
func (l *workload) redeclare() {
	at := l.w.kafka.registry.end()
	l.epochs++
	g := newGroup(l.w, fmt.Sprintf("scan-logs-%d", l.epochs), len(l.logs.parts))
	g.kind = "declared scan"
	in := newIncarnation(l.logs, at, g)
	for p, part := range l.logs.parts {
		in.from = append(in.from, part.end())
		in.reached[p] = part.end()
	}
	switch {
	case l.declaredNow != nil:
		l.w.count("stream replaced")
	case len(l.incarnations) > 1:
		l.w.count("stream declared again")
	}
	l.w.kafka.scans = append(l.w.kafka.scans, g)
	l.incarnations, l.declaredNow = append(l.incarnations, in), in
	l.record("s/logs", &definition{id: "s/logs", epoch: l.epochs, stream: true, of: []*incarnation{in}})
	l.w.note("registry %d: stream %s from %v", at, in, in.from)
}

// secondLife declares the stream anew, once all is at rest, with the queries that use it
// and posts as old as those that it had, if one of the queries has windows: what was
// closed then is open now.
func (l *workload) secondLife() bool {
	using := l.using()
	if !slices.ContainsFunc(using, func(id string) bool { return l.definitions[l.current[id]].template.window > 0 }) {
		return false
	}
	l.w.count("second life of a stream")
	again := l.release(using)
	l.redeclare()
	again()
	l.logs.spread += int(time.Since(l.logs.last()).Milliseconds())
	for range 6 {
		l.postTo(l.logs)
	}
	return true
}

func (l *workload) drop() {
	l.epochs++
	l.w.note("registry %d: stream %s is dropped", l.w.kafka.registry.end(), l.declaredNow)
	l.w.count("stream dropped")
	l.declaredNow = nil
	l.record("s/logs", &definition{id: "s/logs", epoch: l.epochs, stream: true, dropped: true})
}

// using returns the queries that use the declared stream: those that failed do not.
func (l *workload) using() []string {
	var ids []string
	for id, at := range l.current {
		if d := l.definitions[at]; !d.dropped && d.failed == "" && slices.Contains(d.template.streams, "logs") {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}
