package function

import "github.com/millrace/millrace/libs/record"

// Eval returns the function's value for arguments, which decide the overload: for
// folding constants and for single rows. An error is the value ERROR. Who
// evaluates many calls uses [Scalar.Prepare].
func (f *Scalar) Eval(args []record.Value) (record.Value, error) {
	if o := &f.Overloads[0]; len(f.Overloads) == 1 && o.eval != nil && o.admits(args) {
		return o.eval(args) // there is nothing to choose
	}
	types := make([]record.Type, len(args))
	for i := range args {
		types[i] = args[i].Type()
	}
	eval, err := f.Prepare(types, nil)
	if err != nil {
		return record.Value{}, err
	}
	return eval(args)
}

// Prepare returns the evaluator of calls with arguments of the given types, some
// of which are constants: consts has their values, and nil for the others; a nil
// slice has none. Patterns, formats and paths that are constants are compiled
// here, once. The evaluator gets all arguments, the constants too, and may be
// used by many goroutines.
//
// An error says that no overload takes the types (see [Scalar.Match]), or that a
// constant is not what it should be, such as a malformed pattern, for which every
// call that is not NULL is ERROR. It is for the author of the query; at run time
// such a call is evaluated without constants, which gives the same.
func (f *Scalar) Prepare(types []record.Type, consts []*record.Value) (Eval, error) {
	o, result, err := f.Match(types)
	if err != nil {
		return nil, err
	}
	eval := o.eval
	if o.prepare != nil {
		if eval, err = o.prepare(Site{Args: types, Result: result, Consts: consts}); err != nil {
			return nil, err
		}
	}
	if !f.Strict {
		return eval, nil
	}
	null := record.NullOf(result)
	return func(args []record.Value) (record.Value, error) {
		if hasNull(args) {
			return null, nil
		}
		return eval(args)
	}, nil
}

// admits reports whether there is an argument of the right class, not NULL, for each
// parameter.
func (o *Overload) admits(args []record.Value) bool {
	if !o.takes(len(args)) || hasNull(args) {
		return false
	}
	for i := range args {
		if !o.param(i, len(args)).Class.Has(args[i].Type()) {
			return false
		}
	}
	return true
}

func hasNull(args []record.Value) bool {
	for i := range args {
		if args[i].IsNull() {
			return true
		}
	}
	return false
}

// MayFail reports whether a call may be ERROR though no argument is, for types and
// constants as in [Scalar.Prepare]. A selection that cannot fail is cheaper to run.
func (f *Scalar) MayFail(types []record.Type, consts []*record.Value) bool {
	if f.Fails == Never {
		return false
	}
	o, _, err := f.Match(types)
	switch {
	case err != nil:
		return true
	case o.total:
		return false
	case f.Fails != UnlessPrepared:
		return true
	}
	for i := range types {
		// What is looked at is called text; other texts say how, and must be known.
		known := i < len(consts) && consts[i] != nil
		if p := o.param(i, len(types)); p.Class == Text && p.Name != "text" && !known {
			return true
		}
	}
	if _, err = f.Prepare(types, consts); err != nil {
		return true
	}
	return o.risky != nil && o.risky(Site{Args: types, Consts: consts})
}

// lazily returns the evaluator of a function with Lazy for arguments that are all
// known.
func lazily(lazy func(int, func(int) (record.Value, error)) (record.Value, error)) func(record.Type) Eval {
	return func(result record.Type) Eval {
		return func(args []record.Value) (record.Value, error) {
			v, err := lazy(len(args), func(i int) (record.Value, error) { return args[i], nil })
			if err == nil && v.IsNull() {
				v = record.NullOf(result)
			}
			return v, err
		}
	}
}
