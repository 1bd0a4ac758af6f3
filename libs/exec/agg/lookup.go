package agg

import (
	"fmt"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/function"
	"github.com/millrace/millrace/libs/sql/plan"
)

// Inputs returns the expressions that become the argument columns of spec's states: its
// arguments but for the constants, then what it is ordered by.
func Inputs(spec plan.Agg) []plan.Expr {
	f, ok := function.LookupAggregate(spec.Func)
	if !ok {
		return spec.Args
	}
	es := spec.Args[:min(len(spec.Args), f.Rows())]
	if len(spec.Order) == 0 || spec.Distinct {
		return es // with DISTINCT what it is ordered by is among them
	}
	es = es[:len(es):len(es)]
	for _, k := range spec.Order {
		es = append(es, k.Expr)
	}
	return es
}

// Lookup returns the function of spec, whose argument columns are [Inputs]: its states
// do not look at spec.Filter, which decides which rows they are updated with.
func Lookup(spec plan.Agg) (Function, error) {
	f, ok := function.LookupAggregate(spec.Func)
	if !ok || f.Name != spec.Func || f.ByTime != "" {
		return nil, fmt.Errorf("aggregate %s is not supported", spec.Func)
	}
	if len(spec.Args) == 0 {
		if f.Star && !spec.Distinct && len(spec.Order) == 0 {
			return count{}, nil
		}
		return nil, fmt.Errorf("aggregate %s without an argument is not supported", spec.Func)
	}
	if len(spec.Args) != len(f.Params) {
		return nil, fmt.Errorf("aggregate %s has %d arguments instead of %d", spec.Func, len(spec.Args), len(f.Params))
	}
	s := site{spec: spec, order: spec.Order}
	for i, e := range spec.Args {
		p := f.Params[i]
		if !p.Constant {
			s.types = append(s.types, e.Type())
			continue
		}
		l, ok := e.(*plan.Literal)
		if !ok || !l.Value.Type().Equal(p.Type) {
			return nil, fmt.Errorf("aggregate %s: %s is no constant %s", spec.Func, p.Name, p.Type)
		}
		s.constants = append(s.constants, l.Value)
	}
	if _, err := f.Result(s.types...); err != nil {
		return nil, fmt.Errorf("aggregate: %w", err)
	}
	if err := f.Check(s.constants); err != nil {
		return nil, fmt.Errorf("aggregate: %w", err)
	}
	if len(spec.Order) > 0 && !f.Ordered && !f.Sampled {
		return nil, fmt.Errorf("aggregate %s with an order is not supported", spec.Func)
	}
	fn, ok := s.function()
	if !ok {
		return nil, fmt.Errorf("aggregate %s(%s) is not supported", spec.Func, s.types[0])
	}
	if spec.Distinct {
		return newDistinct(fn, &s)
	}
	return fn, nil
}

// site is an aggregate that is looked up.
type site struct {
	spec      plan.Agg
	types     []record.Type // of the arguments of rows, at least one
	constants []record.Value
	order     []plan.SortKey
}

// function returns the function of values that are not distinct.
func (s *site) function() (f Function, ok bool) {
	t, name := s.types[0], s.spec.Func
	integer := t.Kind == record.BigInt
	switch name {
	case "count":
		return count{arg: true}, true
	case "sum", "avg":
		if integer {
			return sumInt{avg: name == "avg"}, true
		}
		return sumDouble{avg: name == "avg"}, true
	case "min", "max":
		return extreme{typ: t, max: name == "max"}, t.Kind != record.Unknown
	case "var_pop", "var_samp", "stddev_pop", "stddev_samp":
		of := spread{sample: name == "var_samp" || name == "stddev_samp", root: name == "stddev_pop" || name == "stddev_samp"}
		if integer {
			return momentsInt{of}, true
		}
		return momentsDouble{of}, true
	case "bool_and", "bool_or":
		return truths{all: name == "bool_and"}, true
	case "arg_min", "arg_max":
		return argExtreme{typ: t, byType: s.types[1], max: name == "arg_max"}, true
	case "array_agg":
		return newList(t, s.order), true
	case "string_agg":
		l := newList(t, s.order)
		l.separator = &s.constants[0]
		return l, true
	case "histogram":
		return histogram{lo: s.constants[0].Float(), hi: s.constants[1].Float(), n: int(s.constants[2].Int())}, true
	case "approx_count_distinct":
		return hyperLogLog{}, true
	case "approx_percentile":
		return ddSketch{p: s.constants[0].Float(), integer: integer}, true
	case "approx_top_k":
		return newTopK(t, int(s.constants[0].Int())), true
	case "sample_agg":
		return newSample(t, int(s.constants[0].Int()), s.constants[1].Int()), true
	default:
		return nil, false
	}
}
