package expr

import (
	"fmt"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/plan"
)

// Value is a compiled expression of any type. It is immutable.
type Value interface {
	// Eval returns the expression's value in every row of in: a column of in,
	// or own, which it overwrites. Rows whose value is ERROR are NULL.
	Eval(in *Input, own *record.Column) *record.Column
}

// CompileValue compiles an expression over the columns of a stream.
func CompileValue(e plan.Expr, resolve Resolve) (Value, error) {
	if err := Check(e); err != nil {
		return nil, err
	}
	switch e := e.(type) {
	case *plan.Column:
		col, err := resolve(e)
		if err != nil {
			return nil, err
		}
		return columnValue{col}, nil
	case *plan.Literal:
		return literalValue{e.Value}, nil
	case *plan.Call: // every function so far is a predicate
		p, err := CompilePredicate(e, resolve)
		if err != nil {
			return nil, err
		}
		return predicateValue{p}, nil
	default:
		return nil, fmt.Errorf("%w: %T over a stream", ErrEvaluation, e)
	}
}

type columnValue struct{ col int }

func (v columnValue) Eval(in *Input, _ *record.Column) *record.Column { return in.Columns[v.col] }

type literalValue struct{ v record.Value }

func (v literalValue) Eval(in *Input, own *record.Column) *record.Column {
	t := v.v.Type()
	if t.Kind == record.Array && t.Elem == nil {
		t.Elem = new(record.Type)
	}
	*own = record.NewBatch(&record.Schema{Fields: []record.Field{{Type: t}}}).Columns[0]
	for range in.Len {
		appendTo(own, v.v)
	}
	return own
}

func appendTo(c *record.Column, v record.Value) {
	if v.IsNull() {
		c.AppendNull()
		return
	}
	switch v.Type().Kind {
	case record.Boolean:
		c.AppendBool(v.Bool())
	case record.BigInt, record.Timestamp, record.Date, record.DayTime, record.YearMonth:
		c.AppendInt(v.Int())
	case record.Double:
		c.AppendFloat(v.Float())
	case record.Varchar, record.JSON:
		c.AppendStr(v.Str())
	case record.Array:
		for _, e := range v.Elems() {
			appendTo(c.Elem, e)
		}
		c.EndArray()
	default:
		c.AppendNull()
	}
}

type predicateValue struct{ p Predicate }

func (v predicateValue) Eval(in *Input, own *record.Column) *record.Column {
	t := in.scratch()
	defer in.release(t)
	v.p.Eval(in, t)
	own.Type = record.BooleanType
	own.Valid.Truncate(0)
	own.Bools = own.Bools[:0]
	for i := range in.Len {
		switch t.At(i) {
		case record.True:
			own.AppendBool(true)
		case record.False:
			own.AppendBool(false)
		case record.Null, record.Error:
			own.AppendNull()
		}
	}
	return own
}
