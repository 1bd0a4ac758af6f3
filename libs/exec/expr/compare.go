package expr

import (
	"math"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/plan"
)

// op is a comparison in canonical form.
type op uint8

const (
	opEq op = iota
	opLt
	opLe
)

func opOf(fn string) op {
	switch fn {
	case plan.FuncEq:
		return opEq
	case plan.FuncLt:
		return opLt
	default:
		return opLe
	}
}

// holds reports whether op holds of two values that compare as cmp.
func (o op) holds(cmp int) bool {
	switch o {
	case opEq:
		return cmp == 0
	case opLt:
		return cmp < 0
	default:
		return cmp <= 0
	}
}

// compileLiteral compiles a comparison of a column with a value that is not
// NULL; nil where it has no vectorised form.
func compileLiteral(o op, col int, t record.Type, v record.Value) Predicate {
	switch t.Kind {
	case record.BigInt:
		if v.Type().Kind == record.Double {
			return intAgainstFloat(o, col, v.Float())
		}
		return ints{col, o, v.Int()}
	case record.Timestamp, record.Date, record.DayTime, record.YearMonth:
		return ints{col, o, v.Int()}
	case record.Double:
		if v.Type().Kind == record.BigInt {
			return floatAgainstInt(o, col, v.Int())
		}
		return floats{col, o, v.Float()}
	case record.Varchar:
		return texts{col, o, v.Str()}
	case record.Boolean:
		var bools [2]bool // the answer for FALSE and for TRUE
		for i, b := range []bool{false, true} {
			bools[i] = o.holds(record.Compare(record.Bool(b), v))
		}
		return boolTable{col, bools}
	default:
		return nil
	}
}

// ints compares a BIGINT, TIMESTAMP, DATE or INTERVAL column.
type ints struct {
	col int
	op  op
	lit int64
}

func (p ints) Eval(in *Input, out *Truths) {
	out.Reset(in.Len)
	vals, lit := in.Columns[p.col].Ints[:in.Len], p.lit
	switch p.op {
	case opEq:
		fill(out.Hi, vals, func(v int64) bool { return v == lit })
	case opLt:
		fill(out.Hi, vals, func(v int64) bool { return v < lit })
	default:
		fill(out.Hi, vals, func(v int64) bool { return v <= lit })
	}
	out.knownBut(in, p.col)
}

// floats compares a DOUBLE column; NaN equals itself and is greatest.
type floats struct {
	col int
	op  op
	lit float64
}

func (p floats) Eval(in *Input, out *Truths) {
	out.Reset(in.Len)
	vals, lit := in.Columns[p.col].Floats[:in.Len], p.lit
	nan := math.IsNaN(lit)
	switch {
	case nan && p.op == opEq:
		fill(out.Hi, vals, math.IsNaN)
	case nan && p.op == opLt:
		fill(out.Hi, vals, func(v float64) bool { return !math.IsNaN(v) })
	case nan:
		fill(out.Hi, vals, func(float64) bool { return true })
	case p.op == opEq:
		fill(out.Hi, vals, func(v float64) bool { return v == lit })
	case p.op == opLt:
		fill(out.Hi, vals, func(v float64) bool { return v < lit })
	default:
		fill(out.Hi, vals, func(v float64) bool { return v <= lit })
	}
	out.knownBut(in, p.col)
}

// texts compares a VARCHAR column by bytes.
type texts struct {
	col int
	op  op
	lit string
}

func (p texts) Eval(in *Input, out *Truths) {
	out.Reset(in.Len)
	vals, lit := in.Columns[p.col].Strs[:in.Len], p.lit
	switch p.op {
	case opEq:
		fill(out.Hi, vals, func(v string) bool { return v == lit })
	case opLt:
		fill(out.Hi, vals, func(v string) bool { return v < lit })
	default:
		fill(out.Hi, vals, func(v string) bool { return v <= lit })
	}
	out.knownBut(in, p.col)
}

// boolTable is any function of a BOOLEAN column.
type boolTable struct {
	col int
	is  [2]bool // for FALSE and for TRUE
}

func (p boolTable) Eval(in *Input, out *Truths) {
	out.Reset(in.Len)
	fill(out.Hi, in.Columns[p.col].Bools[:in.Len], func(v bool) bool {
		if v {
			return p.is[1]
		}
		return p.is[0]
	})
	out.knownBut(in, p.col)
}

// known is one value in all rows in which the column is not NULL.
type known struct {
	col int
	is  bool
}

func (p known) Eval(in *Input, out *Truths) {
	t := record.TruthOf(p.is)
	out.Fill(in.Len, t)
	out.knownBut(in, p.col)
}

// intAgainstFloat turns the comparison of integers with a double into one with
// an integer.
func intAgainstFloat(o op, col int, f float64) Predicate {
	switch {
	case math.IsNaN(f) || f >= 1<<63: // greater than every integer
		return known{col, o != opEq}
	case f < -1<<63:
		return known{col, false}
	}
	floor := math.Floor(f)
	if floor == f {
		return ints{col, o, int64(f)}
	}
	if o == opEq {
		return known{col, false}
	}
	return ints{col, opLe, int64(floor)}
}

// floatAgainstInt compares doubles with an integer by exact values.
func floatAgainstInt(o op, col int, n int64) Predicate {
	if f := float64(n); f < 1<<63 && int64(f) == n {
		return floats{col, o, f}
	}
	return pairs{cols: [2]int{col, col}, test: func(a, _ *record.Column, i int) bool {
		return o.holds(-record.CompareIntFloat(n, a.Floats[i]))
	}}
}
