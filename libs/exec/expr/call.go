package expr

import (
	"math/bits"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/plan"
)

// Computed is a call as a value of every row, which an [Input] computes in the rows
// in which somebody wants it, in each once. It is immutable.
type Computed struct {
	typ record.Type

	// One of the three makes it: a predicate, a function of operands, or one that asks
	// for those that it needs.
	pred Predicate
	eval Eval
	lazy func(n int, arg func(i int) (record.Value, error)) (record.Value, error)

	operands  []operand
	constants []record.Value // arguments: those that are constant, and NULL
}

// operand is an argument that is not constant.
type operand struct {
	arg      int // its number among the arguments
	col      int
	computed bool
}

// CompileCall compiles a call to a value with a position of its own. The calls among
// its arguments have theirs, too. It is what [Scope.Call] is asked for when one of
// the other compilers, which check all of an expression, comes to the call.
func CompileCall(e *plan.Call, scope Scope) (*Computed, error) {
	f, err := scope.called(e)
	if err != nil {
		return nil, err
	}
	v := &Computed{typ: withElem(e.Typ)}
	if isConnective(e.Func) || shape(e) != nil {
		v.typ = record.BooleanType
		v.pred, err = scope.predicate(e)
		return v, err
	}
	v.constants = make([]record.Value, len(e.Args))
	for i, a := range e.Args {
		if lit, ok := a.(*plan.Literal); ok {
			v.constants[i] = lit.Value
			continue
		}
		col, computed, err := scope.position(a)
		if err != nil {
			return nil, err
		}
		v.operands = append(v.operands, operand{i, col, computed})
	}
	if v.lazy = f.Lazy; v.lazy == nil {
		v.eval, err = f.prepared(e)
	}
	return v, err
}

// withElem returns a type whose arrays have an element type.
func withElem(t record.Type) record.Type {
	if t.Kind != record.Array {
		return t
	}
	if t.Elem == nil {
		return record.ArrayOf(record.Type{})
	}
	return record.ArrayOf(withElem(*t.Elem))
}

// Positions returns the positions of the values that v is computed of, each as often
// as [Scope.Call] was called.
func (v *Computed) Positions() []int {
	if v.pred != nil {
		return Positions(v.pred)
	}
	var all []int
	for _, o := range v.operands {
		if o.computed {
			all = append(all, o.col)
		}
	}
	return all
}

// compute computes the rows of todo.
func (v *Computed) compute(in *Input, x *cells, todo []uint64) {
	if v.eval != nil {
		for _, o := range v.operands {
			if o.computed {
				in.Need(o.col, todo)
			}
		}
	}
	for i, w := range todo {
		for ; w != 0; w &= w - 1 {
			if in.computed.over {
				return
			}
			v.one(in, x, i<<6|bits.TrailingZeros64(w))
		}
	}
}

// one computes one row.
func (v *Computed) one(in *Input, x *cells, row int) {
	switch {
	case v.pred != nil:
		x.truth(row, v.pred.At(in, row))
	case v.lazy != nil:
		x.row = row
		value, err := v.lazy(len(v.constants), x.arg)
		x.put(row, value, err)
		in.computed.spend(value, nil)
	default:
		for _, o := range v.operands {
			if o.computed && !in.known(o.col, row) {
				x.fail(row)
				return
			}
			x.args[o.arg] = in.Columns[o.col].Value(row)
		}
		value, err := v.eval(x.args)
		x.put(row, value, err)
		in.computed.spend(value, x.args)
	}
}

// argument returns what x has a lazy function ask for its arguments by, in the row
// that it is at.
func (v *Computed) argument(in *Input, x *cells) func(i int) (record.Value, error) {
	return func(i int) (record.Value, error) {
		for _, o := range v.operands {
			if o.arg != i {
				continue
			}
			if o.computed && !in.known(o.col, x.row) {
				return record.Value{}, ErrEvaluation
			}
			return in.Columns[o.col].Value(x.row), nil
		}
		return v.constants[i], nil
	}
}
