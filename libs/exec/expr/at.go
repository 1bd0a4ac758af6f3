package expr

import (
	"cmp"
	"math"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/plan"
)

func (p constant) At(*Input, int) record.Truth { return p.t }

// at returns Null where the column is, else whether the test holds.
func at(c *record.Column, row int, test func() bool) record.Truth {
	if !c.Valid.At(row) {
		return record.Null
	}
	return record.TruthOf(test())
}

// compares reports whether op holds of two values, none of them NaN.
func compares[T cmp.Ordered](o op, v, lit T) bool {
	switch o {
	case opEq:
		return v == lit
	case opLt:
		return v < lit
	default:
		return v <= lit
	}
}

func (p truthColumn) At(in *Input, row int) record.Truth {
	c := in.Columns[p.col]
	return at(c, row, func() bool { return c.Bools[row] })
}

func (p isNull) At(in *Input, row int) record.Truth {
	return record.TruthOf(!in.Columns[p.col].Valid.At(row))
}

func (p text) At(in *Input, row int) record.Truth {
	c := in.Columns[p.col]
	return at(c, row, func() bool {
		if p.folded {
			return p.match(in.Folded(p.col)[row])
		}
		return p.match(c.Strs[row])
	})
}

func (p ints) At(in *Input, row int) record.Truth {
	c := in.Columns[p.col]
	return at(c, row, func() bool { return compares(p.op, c.Ints[row], p.lit) })
}

func (p floats) At(in *Input, row int) record.Truth {
	c := in.Columns[p.col]
	return at(c, row, func() bool {
		v := c.Floats[row]
		if math.IsNaN(v) || math.IsNaN(p.lit) {
			return p.op.holds(record.CompareFloat(v, p.lit))
		}
		return compares(p.op, v, p.lit)
	})
}

func (p texts) At(in *Input, row int) record.Truth {
	c := in.Columns[p.col]
	return at(c, row, func() bool { return compares(p.op, c.Strs[row], p.lit) })
}

func (p boolTable) At(in *Input, row int) record.Truth {
	c := in.Columns[p.col]
	return at(c, row, func() bool {
		if c.Bools[row] {
			return p.is[1]
		}
		return p.is[0]
	})
}

func (p known) At(in *Input, row int) record.Truth {
	return at(in.Columns[p.col], row, func() bool { return p.is })
}

func (p pairs) At(in *Input, row int) record.Truth {
	a, b := in.Columns[p.cols[0]], in.Columns[p.cols[1]]
	if !a.Valid.At(row) || !b.Valid.At(row) {
		return record.Null
	}
	return record.TruthOf(p.test(a, b, row))
}

func (p member) At(in *Input, row int) record.Truth {
	c := in.Columns[p.col]
	from, to := c.Span(row)
	return p.row(c, from, to, c.Valid.At(row))
}

func (p connective) At(in *Input, row int) record.Truth {
	t := p.ops[0].At(in, row)
	if p.fn == plan.FuncNot {
		return t.Not()
	}
	decided := record.True // by one operand
	if p.fn == plan.FuncAnd {
		decided = record.False
	}
	for _, op := range p.ops[1:] {
		if t == decided {
			break
		}
		if u := op.At(in, row); p.fn == plan.FuncAnd {
			t = t.And(u)
		} else {
			t = t.Or(u)
		}
	}
	return t
}
