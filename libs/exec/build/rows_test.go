package build_test

import (
	"math/rand/v2"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/catalog"
)

// randomRows makes rows of every column of the stream.
func randomRows(r *rand.Rand, def *catalog.Stream, n int) []*row {
	var rows []*row
	for i := range n {
		x := &row{values: map[string]record.Value{}, partition: int32(r.IntN(3)), offset: int64(i), index: int32(i)}
		x.eventTime = r.Int64N(300e6) - 100e6
		if r.IntN(9) == 0 {
			x.eventTime = record.NoEventTime
		}
		for _, c := range def.Columns {
			x.values[c.Name] = randomValue(r, c.Type)
		}
		rows = append(rows, x)
	}
	return rows
}

func randomValue(r *rand.Rand, t record.Type) record.Value {
	if r.IntN(8) == 0 {
		return record.NullOf(t)
	}
	switch t.Kind {
	case record.Boolean:
		return record.Bool(r.IntN(2) == 0)
	case record.BigInt:
		return record.Int(r.Int64N(20) - 3)
	case record.Timestamp:
		return record.TimestampOf(r.Int64N(5))
	case record.Array:
		var vs []record.Value
		for range r.IntN(3) {
			vs = append(vs, randomValue(r, *t.Elem))
		}
		return record.List(*t.Elem, vs)
	default:
		return record.Text([]string{"go", "en", "Go fish", "de", "", "x go y"}[r.IntN(6)])
	}
}

// batchOf makes a batch of the rows in the columns that the program decodes.
func batchOf(schema *record.Schema, rows []*row) *record.Batch {
	b := record.NewBatch(schema)
	for _, x := range rows {
		for i, f := range schema.Fields {
			appendTo(&b.Columns[i], x.values[f.Name])
		}
		b.EventTime = append(b.EventTime, x.eventTime)
		b.Partition, b.Offset, b.Index = append(b.Partition, x.partition), append(b.Offset, x.offset), append(b.Index, x.index)
		b.Len++
	}
	return b
}
