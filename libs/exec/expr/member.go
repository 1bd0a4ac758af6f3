package expr

import "github.com/millrace/millrace/libs/record"

// member is literal = ANY(column): True where an element equals the literal,
// else Null where the array or one of its elements is NULL.
type member struct {
	col  int
	test func(elem *record.Column, i int) bool // of elements that are not NULL
}

// compileMember compiles a membership test of a value that is not NULL; nil
// where it has no vectorised form.
func compileMember(col int, t record.Type, v record.Value) Predicate {
	if t.Kind != record.Array || t.Elem == nil || t.Elem.Kind != v.Type().Kind {
		return nil
	}
	switch t.Elem.Kind {
	case record.Varchar:
		lit := v.Str()
		return member{col, func(e *record.Column, i int) bool { return e.Strs[i] == lit }}
	case record.BigInt, record.Timestamp, record.Date, record.DayTime, record.YearMonth:
		lit := v.Int()
		return member{col, func(e *record.Column, i int) bool { return e.Ints[i] == lit }}
	case record.Double:
		lit := v.Float()
		return member{col, func(e *record.Column, i int) bool { return record.CompareFloat(e.Floats[i], lit) == 0 }}
	default:
		return nil
	}
}

func (p member) Eval(in *Input, out *Truths) {
	out.Fill(in.Len, record.False)
	c := in.Columns[p.col]
	if c.Starts != nil { // rows are where they were gathered from
		for i := range in.Len {
			from, to := c.Span(i)
			if t := p.row(c, from, to, c.Valid.At(i)); t != record.False {
				out.Set(i, t)
			}
		}
		return
	}
	from := 0
	for i := range in.Len {
		to := int(c.Ends[i])
		if t := p.row(c, from, to, c.Valid.At(i)); t != record.False {
			out.Set(i, t)
		}
		from = to
	}
}

func (p member) row(c *record.Column, from, to int, valid bool) record.Truth {
	if !valid {
		return record.Null
	}
	t := record.False
	for j := from; j < to; j++ {
		switch {
		case !c.Elem.Valid.At(j):
			t = record.Null
		case p.test(c.Elem, j):
			return record.True
		}
	}
	return t
}
