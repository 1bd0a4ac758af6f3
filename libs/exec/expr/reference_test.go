package expr

import (
	"fmt"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/function"
	"github.com/millrace/millrace/libs/sql/plan"
)

// A reference is what expressions mean, a row and a value at a time.
type reference struct {
	function func(string) (*Function, bool)
	column   func(*plan.Column) record.Value
}

func (r reference) value(e plan.Expr) (record.Value, error) {
	switch e := e.(type) {
	case *plan.Literal:
		return e.Value, nil
	case *plan.Column:
		return r.column(e), nil
	}
	call := e.(*plan.Call)
	switch call.Func {
	case plan.FuncAnd, plan.FuncOr, plan.FuncNot:
		t := r.truth(e)
		if t == record.Error {
			return record.Value{}, errTest
		}
		return function.OfTruth(t), nil
	case "t_coalesce":
		for _, a := range call.Args {
			if v, err := r.value(a); err != nil || !v.IsNull() {
				return v, err
			}
		}
		return record.NullOf(call.Typ), nil
	case "t_case":
		switch r.truth(call.Args[0]) {
		case record.Error:
			return record.Value{}, errTest
		case record.True:
			return r.value(call.Args[1])
		default:
			return r.value(call.Args[2])
		}
	}
	args := make([]record.Value, len(call.Args))
	for i, a := range call.Args {
		var err error
		if args[i], err = r.value(a); err != nil {
			return record.Value{}, err
		}
	}
	f, ok := r.function(call.Func)
	if !ok {
		return record.Value{}, fmt.Errorf("no function %s", call.Func)
	}
	types, _ := arguments(call)
	eval, err := f.Prepare(types, nil)
	if err != nil {
		return record.Value{}, err
	}
	return eval(args)
}

func (r reference) truth(e plan.Expr) record.Truth {
	if c, ok := e.(*plan.Call); ok {
		switch c.Func {
		case plan.FuncNot:
			return r.truth(c.Args[0]).Not()
		case plan.FuncAnd:
			t := record.True
			for _, a := range c.Args {
				t = t.And(r.truth(a))
			}
			return t
		case plan.FuncOr:
			t := record.False
			for _, a := range c.Args {
				t = t.Or(r.truth(a))
			}
			return t
		}
	}
	v, err := r.value(e)
	if err != nil {
		return record.Error
	}
	return function.Truth(v)
}

// A compiler gives calls positions, as package build does.
type compiler struct {
	scope  Scope
	first  int
	values []*Computed
	at     map[plan.ID]int
	asked  map[int]int // how often a position was asked for
}

func newCompiler(cols []*plan.Column) *compiler {
	c := &compiler{first: len(cols), at: map[plan.ID]int{}, asked: map[int]int{}}
	c.scope = Scope{Function: testFunction(), Call: c.call, Column: func(col *plan.Column) (int, error) {
		for i := range cols {
			if cols[i].Name == col.Name {
				return i, nil
			}
		}
		return 0, fmt.Errorf("no column %s", col.Name)
	}}
	return c
}

func (c *compiler) call(e *plan.Call) (int, error) {
	id := plan.FingerprintExpr(e)
	pos, ok := c.at[id]
	if !ok {
		v, err := CompileCall(e, c.scope)
		if err != nil {
			return 0, err
		}
		pos = c.first + len(c.values)
		c.at[id], c.values = pos, append(c.values, v)
	}
	c.asked[pos]++
	return pos, nil
}

// reset has in be rows of the columns and of what was compiled.
func (c *compiler) reset(in *Input, columns []*record.Column, n int) {
	all := make([]*record.Column, c.first+len(c.values))
	copy(all, columns)
	in.Reset(all, n)
	in.Compute(c.first, c.values)
}

// rowsOf returns the reference of one row.
func (c *compiler) rowsOf(columns []*record.Column, row int) reference {
	return reference{c.scope.Function, func(col *plan.Column) record.Value {
		pos, err := c.scope.Column(col)
		if err != nil {
			panic(err)
		}
		return columns[pos].Value(row)
	}}
}
