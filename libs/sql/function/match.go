package function

import "github.com/millrace/millrace/libs/record"

// fit returns the types that arguments are to be cast to so that the overload
// takes them, and how many casts that are; or the first argument that does not fit.
func (o *Overload) fit(args []record.Type) (to []record.Type, casts, bad int) {
	var same, element, compared record.Type
	unify := func(t *record.Type, arg record.Type) (ok bool) {
		*t, ok = Common(*t, arg)
		return ok
	}
	for i, arg := range args {
		ok := true
		switch p := o.param(i, len(args)); p.Class {
		case Same, SameOrder:
			ok = p.Class.Has(arg) && unify(&same, arg)
		case List, SortedList:
			ok = p.Class.Has(arg) && unify(&element, elem(arg))
		case Element:
			ok = unify(&element, arg)
		case Comparable:
			ok = p.Class.Has(arg) && unify(&compared, arg)
		case Printable:
			ok = p.Class.Has(arg)
		case Any, Sought:
		case Exact:
			ok = alike(args[i:i+1], []record.Type{p.Type})
		default:
			ok = Implicit(arg, p.Class.fixed())
		}
		if !ok {
			return nil, 0, i
		}
	}
	to = make([]record.Type, len(args))
	for i, arg := range args {
		switch p := o.param(i, len(args)); p.Class {
		case Any, Printable:
			to[i] = arg
		case Exact:
			to[i] = p.Type
		case Same, SameOrder:
			to[i] = known(same)
		case List, SortedList:
			to[i] = record.ArrayOf(known(element))
		case Element:
			to[i] = known(element)
		case Comparable, Sought:
			t := compared
			if p.Class == Sought {
				t = element
			}
			switch {
			case !p.Class.Has(arg):
				return nil, 0, i
			case arg.Kind != record.Unknown && Compares(arg, t):
				to[i] = arg // BIGINT and DOUBLE compare as they are
			case !Implicit(arg, t):
				return nil, 0, i
			default:
				to[i] = known(t)
			}
		default:
			to[i] = p.Class.fixed()
		}
		if !arg.Equal(to[i]) && arg.Kind != record.Unknown {
			casts++
		}
	}
	return to, casts, -1
}

// known makes NULLs of which nothing is known text, as PostgreSQL does.
func known(t record.Type) record.Type {
	if t.Kind == record.Unknown {
		return record.VarcharType
	}
	return t
}

// Match returns the overload that takes arguments of exactly these types, NULL of
// unknown type being of every type, and the type of its value. Plans hold only
// such calls: what is to be cast is cast by calls of its own.
func (f *Scalar) Match(args []record.Type) (*Overload, record.Type, error) {
	for i := range f.Overloads {
		o := &f.Overloads[i]
		if !o.takes(len(args)) {
			continue
		}
		if to, casts, bad := o.fit(args); bad < 0 && casts == 0 || bad < 0 && alike(args, to) {
			return o, o.Result(to), nil
		}
	}
	return nil, record.Type{}, f.mismatch(args)
}

// alike reports whether each argument is of the type wanted but for what is not
// known of it: NULL, and an array of unknown elements.
func alike(args, to []record.Type) bool {
	for i := range args {
		a, t := args[i], to[i]
		for a.Kind == record.Array && t.Kind == record.Array {
			a, t = elem(a), elem(t)
		}
		if a.Kind != record.Unknown && !a.Equal(t) {
			return false
		}
	}
	return true
}
