package reference

import (
	"strings"

	"github.com/millrace/millrace/libs/record"
)

// Add takes one document. A bad one is counted ([Query.Bad]), changes nothing
// else, and is returned as an error.
func (q *Query) Add(doc []byte) error {
	d, err := Parse(doc)
	if err != nil {
		q.bad++
		return err
	}
	q.AddDocument(d)
	return nil
}

// AddDocument takes one parsed document.
func (q *Query) AddDocument(d *Document) {
	if q.lower != nil {
		q.lower.AddDocument(d)
		q.matched, q.errs, q.arrays, q.untimed = q.lower.matched, q.lower.errs, q.lower.arrays, q.lower.untimed
		return
	}
	q.produce(d, q.addRow)
}

// addRow takes the document, or what was unnested of it.
func (q *Query) addRow() {
	e := &q.env
	if q.where != nil || e.below != yes {
		switch q.keeps(e) {
		case yes:
		case failed:
			q.errs++
			return
		default:
			return
		}
	}
	if !q.grouped {
		q.matched++
		if q.failsOver(e) {
			q.errs++
		}
		q.rows = append(q.rows, q.evaluate(e))
		return
	}
	var start int64
	if q.windowSize > 0 {
		at := q.windowTime.eval(e)
		if at == nil || at.IsNull() {
			q.untimed++
			return
		}
		start = floorDiv(at.Int(), q.windowSize) * q.windowSize
	}
	key := make([]record.Value, len(q.keys))
	for i, k := range q.keys {
		v := k.eval(e)
		if v == nil { // the document is in no group
			q.errs++
			return
		}
		key[i] = *v
	}
	q.matched++
	g := q.group(start, key)
	missed := false
	for i, acc := range g.accs {
		missed = !q.aggs[i].add(acc, e) || missed
	}
	if missed {
		q.errs++
	}
}

// add adds a document to the aggregate. One for which FILTER or the argument is ERROR
// does not reach it: false.
func (a *aggregate) add(acc accumulator, e *env) bool {
	if a.filter != nil {
		switch a.filter(e) {
		case yes:
		case failed:
			return false
		default:
			return true
		}
	}
	if a.arg == nil {
		acc.add(nil)
		return true
	}
	v := a.arg.eval(e)
	if v != nil {
		acc.add(v)
	}
	return v != nil
}

// group returns the group of a key in a window, new where it is the first time.
func (q *Query) group(start int64, key []record.Value) *group {
	text := "[]"
	if len(key) > 0 {
		text = string(KeyJSON(key))
	}
	id := groupKey{start, text}
	g, ok := q.groups[id]
	if !ok {
		id.key = strings.Clone(id.key)
		g = &group{
			key:     key,
			keyJSON: text,
			start:   record.TimestampOf(start),
			end:     record.TimestampOf(start + q.windowSize),
			accs:    make([]accumulator, len(q.aggs)),
		}
		for i, a := range q.aggs {
			g.accs[i] = a.fresh()
		}
		q.groups[id] = g
	}
	return g
}

// Bad returns how many documents could not be read.
func (q *Query) Bad() int { return q.bad }

// Errors returns for how many documents WHERE, a key, an aggregate's argument or FILTER
// or, where rows are returned, a column could not be evaluated.
func (q *Query) Errors() int { return q.errs }

// Untimed returns how many documents a windowed query could not place, because
// they have no event time.
func (q *Query) Untimed() int { return q.untimed }

func floorDiv(a, b int64) int64 {
	d := a / b
	if a%b < 0 {
		d--
	}
	return d
}
