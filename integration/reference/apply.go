package reference

import (
	"fmt"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/ast"
)

// scalar is a function of single values.
type scalar struct {
	overloads []overload
	nulls     bool // it is asked about NULL arguments too; else NULL gives NULL

	// lazy evaluates arguments as it needs them; nil: all are.
	lazy func(args []*expr, e *env) *record.Value
}

// apply compiles the call of a function with operands.
func (s *scope) apply(name string, operands ...ast.Expr) (*expr, error) {
	args := make([]*expr, len(operands))
	for i, e := range operands {
		x, err := s.value(e)
		if err != nil {
			return nil, err
		}
		args[i] = x
	}
	return call(name, args)
}

// call is the call of a function with compiled arguments: those of the overload that
// takes them, literal texts as what it takes where it takes no text.
func call(name string, args []*expr) (*expr, error) {
	f, ok := functions()[name]
	if !ok {
		return nil, fmt.Errorf("unknown function %s", name)
	}
	types, loose := make([]record.Type, len(args)), make([]record.Type, len(args))
	for i, a := range args {
		types[i], loose[i] = a.typ, a.typ
		if a.isText() {
			loose[i] = record.Type{}
		}
	}
	o, to, result := choose(f.overloads, types)
	if o == nil {
		if o, to, result = choose(f.overloads, loose); o == nil {
			return nil, fmt.Errorf("%s does not take %s", name, typeNames(types))
		}
	}
	for i, a := range args {
		x, err := implicitly(a, to[i])
		if err != nil {
			return nil, err
		}
		args[i] = x
	}
	if f.lazy != nil {
		return &expr{typ: result, col: -1, eval: func(e *env) *record.Value { return orTyped(f.lazy(args, e), result) }}, nil
	}
	return &expr{typ: result, col: -1, eval: func(e *env) *record.Value { return f.evaluate(o, args, result, e) }}, nil
}

// evaluate is ERROR where an argument is, else NULL where one is NULL, unless the
// function sees NULLs itself.
func (f *scalar) evaluate(o *overload, args []*expr, result record.Type, e *env) *record.Value {
	vs, null := make([]record.Value, len(args)), false
	for i, a := range args {
		v := a.eval(e)
		if v == nil {
			return nil
		}
		vs[i] = *v
		null = null || v.IsNull()
	}
	if null && !f.nulls {
		return constant(record.NullOf(result))
	}
	v, ok := o.eval(vs)
	if !ok || v.Type().Kind == record.Varchar && len(v.Str()) > mostText || len(v.Elems()) > mostElements {
		return nil
	}
	return orTyped(&v, result)
}

// A longer result is ERROR.
const (
	mostText     = 1 << 20
	mostElements = 1 << 16
)

// orTyped gives NULL its type.
func orTyped(v *record.Value, t record.Type) *record.Value {
	if v != nil && v.IsNull() {
		return constant(record.NullOf(t))
	}
	return v
}

// isText reports whether the expression is a text between quotes.
func (x *expr) isText() bool {
	return x.lit && x.typ.Kind == record.Varchar && !x.eval(nil).IsNull()
}

// implicitly makes a value of another type where that goes without saying.
func implicitly(x *expr, to record.Type) (*expr, error) {
	switch {
	case x.typ.Equal(to) || to.Kind == record.Unknown:
		return x, nil
	case x.lit && x.eval(nil).IsNull():
		return literal(record.NullOf(to)), nil
	case x.isText():
		v, ok := castValue(*x.eval(nil), to)
		if !ok {
			return nil, fmt.Errorf("%s is no %s", x.eval(nil), to)
		}
		return literal(v), nil
	}
	return explicitly(x, to, false)
}

// explicitly is CAST, or TRY_CAST, which is NULL where CAST is ERROR.
func explicitly(x *expr, to record.Type, try bool) (*expr, error) {
	if x.typ.Equal(to) {
		return x, nil
	}
	if !castable(x.typ, to) {
		return nil, fmt.Errorf("%s cannot be cast to %s", x.typ, to)
	}
	return &expr{typ: to, col: -1, eval: func(e *env) *record.Value {
		v := x.eval(e)
		switch {
		case v == nil:
			return nil
		case v.IsNull():
			return constant(record.NullOf(to))
		}
		out, ok := castValue(*v, to)
		switch {
		case ok:
			return orTyped(&out, to)
		case try:
			return constant(record.NullOf(to))
		default:
			return nil
		}
	}}, nil
}

func (s *scope) cast(c *ast.Cast) (*expr, error) {
	to, err := typeNamed(&c.Type)
	if err != nil {
		return nil, err
	}
	x, err := s.value(c.X)
	if err != nil {
		return nil, err
	}
	if x.isText() && !c.Try && to.Kind != record.Array {
		return implicitly(x, to)
	}
	if x.typ.Kind == record.Unknown {
		return literal(record.NullOf(to)), nil
	}
	return explicitly(x, to, c.Try)
}

func typeNamed(n *ast.TypeName) (record.Type, error) {
	if n.Elem != nil {
		elem, err := typeNamed(n.Elem)
		return record.ArrayOf(elem), err
	}
	return record.ParseType(n.Name)
}
