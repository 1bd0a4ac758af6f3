package record

// Batch is a run of rows stored by column, the unit that decoders fill and
// operators read. Rows are numbered from 0 to Len-1. A Batch is filled by one
// goroutine and may then be read by many; Reset makes it empty and keeps its
// memory, which ends the life of every string that was read from it.
type Batch struct {
	Schema  *Schema
	Columns []Column // parallel to Schema.Fields
	Len     int

	// EventTime holds each row's event time in microseconds since 1970 UTC;
	// NoEventTime where the document has none or an unreadable one.
	EventTime []int64

	// Partition and Offset are of the Kafka record that each row was in, and Index
	// is its position among the documents of that record (bad documents count), so
	// that the three name a row.
	Partition []int32
	Offset    []int64
	Index     []int32

	// Mismatches counts, per column, fields whose JSON type was not the
	// declared one; such a field is NULL.
	Mismatches []int64
}

// NoEventTime marks a row without a readable event time.
const NoEventTime = -1 << 63

// Column is one column of a Batch. Which slices are in use follows from the
// type: Bools for BOOLEAN; Ints for BIGINT, TIMESTAMP, DATE and INTERVAL;
// Floats for DOUBLE; Strs for VARCHAR and JSON; Ends and Elem for ARRAY. A NULL row has a
// zero there. Strings may point into the decoded input or the batch's own
// memory: clone what must outlive the batch.
type Column struct {
	Type   Type
	Valid  Bits // unset: NULL
	Bools  []bool
	Ints   []int64
	Floats []float64
	Strs   []string

	// Ends[i] is the end of row i's elements in Elem; they start at Starts[i], or
	// where that is nil at Ends[i-1], or 0 for row 0.
	Ends   []int32
	Starts []int32 // of columns whose rows are set in any order: see Resize
	Elem   *Column
}

// NewBatch returns an empty batch of the schema's columns.
func NewBatch(schema *Schema) *Batch {
	b := &Batch{Schema: schema, Columns: make([]Column, len(schema.Fields)), Mismatches: make([]int64, len(schema.Fields))}
	for i, f := range schema.Fields {
		b.Columns[i] = newColumn(f.Type)
	}
	return b
}

// EndRow ends a row, to every column of which a value has been appended. Which
// one it is may be set later.
func (b *Batch) EndRow(eventTime int64) {
	b.EventTime = append(b.EventTime, eventTime)
	b.Partition, b.Offset, b.Index = append(b.Partition, 0), append(b.Offset, 0), append(b.Index, 0)
	b.Len++
}

// Name sets which document the last row is.
func (b *Batch) Name(partition int32, offset int64, index int) {
	last := b.Len - 1
	b.Partition[last], b.Offset[last], b.Index[last] = partition, offset, int32(index)
}

func newColumn(t Type) Column {
	c := Column{Type: t}
	if t.Kind == Array {
		elem := newColumn(*t.Elem)
		c.Elem = &elem
	}
	return c
}

// Reset empties the batch and keeps its memory.
func (b *Batch) Reset() {
	b.Len = 0
	b.EventTime = b.EventTime[:0]
	b.Partition, b.Offset, b.Index = b.Partition[:0], b.Offset[:0], b.Index[:0]
	clear(b.Mismatches)
	for i := range b.Columns {
		b.Columns[i].truncate(0)
	}
}

// Truncate drops the rows from n on: how a decoder takes back a document that
// turned out to be malformed after some of its columns were filled.
func (b *Batch) Truncate(n int) {
	b.Len = n
	b.EventTime = b.EventTime[:min(n, len(b.EventTime))]
	b.Partition, b.Offset, b.Index = b.Partition[:min(n, len(b.Partition))], b.Offset[:min(n, len(b.Offset))], b.Index[:min(n, len(b.Index))]
	for i := range b.Columns {
		b.Columns[i].truncate(n)
	}
}

func (c *Column) truncate(n int) {
	if n > c.Valid.Len() {
		return
	}
	c.Valid.Truncate(n)
	switch c.Type.Kind {
	case Boolean:
		c.Bools = c.Bools[:n]
	case BigInt, Timestamp, Date, DayTime, YearMonth:
		c.Ints = c.Ints[:n]
	case Double:
		c.Floats = c.Floats[:n]
	case Varchar, JSON:
		c.Strs = c.Strs[:n]
	case Array:
		c.Ends = c.Ends[:n]
		end := 0
		if n > 0 {
			end = int(c.Ends[n-1])
		}
		c.Elem.truncate(end)
	case Unknown:
	}
}

// AppendNull appends a NULL row.
func (c *Column) AppendNull() {
	c.Valid.Append(false)
	switch c.Type.Kind {
	case Boolean:
		c.Bools = append(c.Bools, false)
	case BigInt, Timestamp, Date, DayTime, YearMonth:
		c.Ints = append(c.Ints, 0)
	case Double:
		c.Floats = append(c.Floats, 0)
	case Varchar, JSON:
		c.Strs = append(c.Strs, "")
	case Array:
		c.Ends = append(c.Ends, int32(c.Elem.Valid.Len()))
	case Unknown:
	}
}

// AppendBool appends a BOOLEAN row.
func (c *Column) AppendBool(v bool) {
	c.Valid.Append(true)
	c.Bools = append(c.Bools, v)
}

// AppendInt appends a BIGINT, TIMESTAMP, DATE or INTERVAL row.
func (c *Column) AppendInt(v int64) {
	c.Valid.Append(true)
	c.Ints = append(c.Ints, v)
}

// AppendFloat appends a DOUBLE row.
func (c *Column) AppendFloat(v float64) {
	c.Valid.Append(true)
	c.Floats = append(c.Floats, v)
}

// AppendStr appends a VARCHAR or JSON row; the column keeps s.
func (c *Column) AppendStr(s string) {
	c.Valid.Append(true)
	c.Strs = append(c.Strs, s)
}

// EndArray appends an ARRAY row made of the elements that were appended to
// Elem since the previous row.
func (c *Column) EndArray() {
	c.Valid.Append(true)
	c.Ends = append(c.Ends, int32(c.Elem.Valid.Len()))
}

// Span returns the half-open range of Elem that row i of an ARRAY holds.
func (c *Column) Span(i int) (from, to int) {
	if c.Starts != nil {
		return int(c.Starts[i]), int(c.Ends[i])
	}
	if i > 0 {
		from = int(c.Ends[i-1])
	}
	return from, int(c.Ends[i])
}

// Value returns row i as a Value that shares the column's strings.
func (c *Column) Value(i int) Value {
	if !c.Valid.At(i) {
		return NullOf(c.Type)
	}
	switch c.Type.Kind {
	case Boolean:
		return Bool(c.Bools[i])
	case BigInt:
		return Int(c.Ints[i])
	case Timestamp:
		return TimestampOf(c.Ints[i])
	case Date:
		return DateOf(c.Ints[i])
	case DayTime, YearMonth:
		return Value{typ: c.Type, ok: true, num: uint64(c.Ints[i])}
	case Double:
		return Float(c.Floats[i])
	case Varchar:
		return Text(c.Strs[i])
	case JSON:
		return JSONOf(c.Strs[i])
	case Array:
		from, to := c.Span(i)
		vs := make([]Value, 0, to-from)
		for j := from; j < to; j++ {
			vs = append(vs, c.Elem.Value(j))
		}
		return List(*c.Type.Elem, vs)
	default:
		return Value{}
	}
}
