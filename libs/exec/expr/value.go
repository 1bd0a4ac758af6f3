package expr

import (
	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/plan"
)

// Value is a compiled expression of any type. It is immutable.
type Value interface {
	// Eval returns the expression's value in every row of in: a column of in,
	// or own, which it overwrites. Rows whose value is ERROR are NULL; which they
	// are, [Input.Errors] knows.
	Eval(in *Input, own *record.Column) *record.Column
}

// CompileValue compiles an expression over the values of a stream: a call has a
// position.
func CompileValue(e plan.Expr, scope Scope) (Value, error) {
	if err := scope.Check(e); err != nil {
		return nil, err
	}
	if lit, ok := e.(*plan.Literal); ok {
		return literalValue{lit.Value}, nil
	}
	pos, computed, err := scope.position(e)
	if err != nil {
		return nil, err
	}
	if computed {
		return computedValue{pos}, nil
	}
	return columnValue{pos}, nil
}

// Position returns the position of a value that is a call's; ok is false for others.
func Position(v Value) (pos int, ok bool) {
	c, ok := v.(computedValue)
	return c.pos, ok
}

type computedValue struct{ pos int }

func (v computedValue) Eval(in *Input, _ *record.Column) *record.Column {
	in.Need(v.pos, nil)
	return in.Columns[v.pos]
}

type columnValue struct{ col int }

func (v columnValue) Eval(in *Input, _ *record.Column) *record.Column { return in.Columns[v.col] }

type literalValue struct{ v record.Value }

func (v literalValue) Eval(in *Input, own *record.Column) *record.Column {
	*own = record.NewBatch(&record.Schema{Fields: []record.Field{{Type: withElem(v.v.Type())}}}).Columns[0]
	if own.Type.Kind == record.Array && !v.v.IsNull() && in.Len > 0 { // its elements are there once
		own.Resize(own.Type, in.Len)
		own.Set(0, v.v)
		for row := 1; row < in.Len; row++ {
			own.Starts[row], own.Ends[row] = own.Starts[0], own.Ends[0]
			own.Valid.Set(row)
		}
		return own
	}
	for range in.Len {
		own.Append(v.v)
	}
	return own
}
