package scan

import (
	"encoding/binary"

	"github.com/millrace/millrace/libs/exec/agg"
	"github.com/millrace/millrace/libs/exec/expr"
	"github.com/millrace/millrace/libs/record"
)

// Partial is what one transaction has accumulated under one program: groups of
// partial aggregates and rows. It is used by one goroutine at a time.
type Partial struct {
	program *Program
	bytes   int

	outputs []output // by slot
	touched []int    // slots of outputs with something in them

	// What follows is about one batch at a time. A slot holds something for the
	// batch where its stamp equals batch.
	batch       uint32
	stream      *Stream
	in          expr.Input
	columns     []*record.Column // by position
	mismatches  []int64          // by position
	mismatched  bool
	evaluations int64
	answered    int64
	truths      []expr.Truths // by slot of predicates
	truthStamp  []uint32
	others      []expr.Truths // by index: what its predicates are where they were not hit
	indexStamp  []uint32
	unhit       *expr.Truths // of the index that is being evaluated
	onHit       func(slot int32, row int)
	own         []record.Column // by slot of values
	values      []*record.Column
	valueStamp  []uint32
	rows        []int32
	args        []*record.Column
	filters     []*expr.Truths
	key         []byte
}

// output accumulates a Table or a Rows.
type output struct {
	table *Table
	list  *Rows

	errors, mismatches, noTime uint64

	groups map[string]*group // by pane (8 bytes) and key
	single *group            // of a table without keys and window

	rows []rowMark
	data []byte
}

// group is one group of a table.
type group struct {
	pane   int64
	key    string
	rows   uint64
	states []agg.State // parallel to Table.Aggs; nil for those that count rows
}

// rowMark is a row of a Rows; its data ends at end.
type rowMark struct {
	eventTime, offset int64
	partition, index  int32
	end               int
}

// NewPartial returns an empty Partial of a program.
func NewPartial(p *Program) *Partial {
	t := new(Partial)
	t.onHit = t.hit
	t.Reset(p)
	return t
}

// Reset empties t for another transaction, under the same or another program,
// and keeps its memory.
func (t *Partial) Reset(p *Program) {
	for _, slot := range t.touched {
		t.outputs[slot] = output{}
	}
	t.touched, t.bytes, t.program, t.stream = t.touched[:0], 0, p, nil
	t.outputs = grow(t.outputs, p.Size.Outputs)
	t.truths = grow(t.truths, p.Size.Predicates)
	t.truthStamp = grow(t.truthStamp, p.Size.Predicates)
	t.others = grow(t.others, p.Size.Indexes)
	t.indexStamp = grow(t.indexStamp, p.Size.Indexes)
	t.own = grow(t.own, p.Size.Values)
	t.values = grow(t.values, p.Size.Values)
	t.valueStamp = grow(t.valueStamp, p.Size.Values)
}

func grow[T any](s []T, n int) []T {
	if n <= len(s) {
		return s
	}
	return append(s, make([]T, n-len(s))...)
}

// Empty reports whether nothing has been accumulated.
func (t *Partial) Empty() bool { return len(t.touched) == 0 }

// Bytes returns about how much memory the groups and rows take.
func (t *Partial) Bytes() int { return t.bytes }

// Add folds in a batch of the documents of one Kafka record, decoded with the
// program's decoder. Nothing of the batch is kept.
func (t *Partial) Add(b *record.Batch, partition int32, offset int64) {
	t.begin(b)
	for _, s := range t.stream.Selections {
		matched, errs := b.Len, 0
		var truths *expr.Truths
		if s.Pred != nil {
			truths = t.truth(s.Pred)
			matched, errs = truths.Count()
		}
		if matched > 0 {
			s.Tally.matched.Add(int64(matched))
		}
		if errs > 0 {
			s.Tally.errors.Add(int64(errs))
		}
		if matched == 0 && errs == 0 && !t.mismatched {
			continue
		}
		listed := false
		list := func() []int32 {
			if !listed {
				listed = true
				t.rows = appendRows(t.rows[:0], truths, b.Len)
			}
			return t.rows
		}
		for _, table := range s.Tables {
			if o := t.output(table.Slot, matched, errs, table.Columns); o != nil {
				o.table = table
				t.addGroups(o, b, matched, list)
			}
		}
		for _, rows := range s.Rows {
			if o := t.output(rows.Slot, matched, errs, rows.Columns); o != nil {
				o.list = rows
				t.addRows(o, b, partition, offset, list())
			}
		}
	}
	t.program.Tally.documents.Add(int64(b.Len))
	t.program.Tally.evaluations.Add(t.evaluations)
	t.program.Tally.answered.Add(t.answered)
}

// begin makes b the batch that slots are about.
func (t *Partial) begin(b *record.Batch) {
	if t.stream == nil || t.stream.Schema != b.Schema {
		t.stream = t.program.streamOf(b.Schema)
	}
	if t.batch++; t.batch == 0 { // stamps of 2^32 batches ago would look new
		clear(t.truthStamp)
		clear(t.indexStamp)
		clear(t.valueStamp)
		t.batch = 1
	}
	t.evaluations, t.answered, t.mismatched = 0, 0, false
	t.columns = grow(t.columns, t.stream.Width)
	t.mismatches = grow(t.mismatches, t.stream.Width)
	clear(t.columns)
	clear(t.mismatches)
	var total int64
	for i, position := range t.stream.Positions {
		t.columns[position] = &b.Columns[i]
		t.mismatches[position] = b.Mismatches[i]
		total += b.Mismatches[i]
	}
	if total > 0 {
		t.mismatched = true
		t.program.Tally.mismatches.Add(total)
	}
	t.in.Reset(t.columns, b.Len)
}

// output returns the accumulator of a slot after counting what the batch does
// to it, or nil where the batch does nothing to it.
func (t *Partial) output(slot, matched, errs int, columns []int) *output {
	var mismatches int64
	if t.mismatched {
		for _, position := range columns {
			mismatches += t.mismatches[position]
		}
	}
	if matched == 0 && errs == 0 && mismatches == 0 {
		return nil
	}
	o := &t.outputs[slot]
	if o.table == nil && o.list == nil {
		t.touched = append(t.touched, slot)
	}
	o.errors += uint64(errs)
	o.mismatches += uint64(mismatches)
	return o
}

func appendRows(rows []int32, truths *expr.Truths, n int) []int32 {
	if truths != nil {
		return truths.AppendRows(rows)
	}
	for i := range n {
		rows = append(rows, int32(i))
	}
	return rows
}

func (t *Partial) addRows(o *output, b *record.Batch, partition int32, offset int64, rows []int32) {
	before := len(o.data)
	t.args = t.args[:0]
	for _, v := range o.list.Cols {
		t.args = append(t.args, t.value(v))
	}
	for _, row := range rows {
		i := int(row)
		for _, c := range t.args {
			o.data = appendCell(o.data, c, i)
		}
		o.rows = append(o.rows, rowMark{
			eventTime: b.EventTime[i], partition: partition, offset: offset, index: b.Index[i], end: len(o.data),
		})
	}
	const mark = 40 // bytes of a rowMark
	t.bytes += len(o.data) - before + mark*len(rows)
}

// floor returns the start of the pane that an event time falls into.
func floor(at, size int64) int64 {
	rest := at % size
	if rest < 0 {
		rest += size
	}
	return at - rest
}

// appendPane appends a pane's start so that encodings sort as starts do.
func appendPane(dst []byte, pane int64) []byte {
	return binary.BigEndian.AppendUint64(dst, uint64(pane)^1<<63)
}
