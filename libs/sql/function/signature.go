package function

import (
	"slices"
	"strings"

	"github.com/millrace/millrace/libs/record"
)

// on returns an overload by its signature, as the documentation shows it:
//
//	(text VARCHAR, length BIGINT, [fill VARCHAR]) VARCHAR
//	(values T...) T
//
// A parameter in brackets may be left out, one with dots repeats. Classes are
// spelt as in classNames. It panics where the signature is malformed; the table is
// read by every test of this package.
func on(signature string, eval Eval) Overload {
	o := parseSignature(signature)
	o.eval = eval
	return o
}

// prepared is on for evaluators that are made once for many calls.
func prepared(signature string, prepare func(Site) (Eval, error)) Overload {
	o := parseSignature(signature)
	o.prepare = prepare
	return o
}

// typed is prepared for evaluators that need the result's type only.
func typed(signature string, evaluator func(result record.Type) Eval) Overload {
	return prepared(signature, func(s Site) (Eval, error) { return evaluator(s.Result), nil })
}

func parseSignature(signature string) Overload {
	params, result, ok := strings.Cut(strings.TrimPrefix(signature, "("), ") ")
	if !ok {
		panic("function: malformed signature " + signature)
	}
	o := Overload{Result: resultOf(result), result: result}
	for p := range strings.SplitSeq(params, ", ") {
		if p == "" {
			continue
		}
		inner, optional := strings.CutPrefix(p, "[")
		inner, repeats := strings.CutSuffix(strings.TrimSuffix(inner, "]"), "...")
		name, class, _ := strings.Cut(inner, " ")
		c, ok := classNames[class]
		if !ok {
			panic("function: unknown class in signature " + signature)
		}
		o.Params = append(o.Params, Param{Name: name, Class: c, Optional: optional})
		if repeats {
			o.Repeat = 1
		}
	}
	return o
}

func resultOf(s string) func([]record.Type) record.Type {
	switch s {
	case "T":
		return func(args []record.Type) record.Type { return args[len(args)-1] }
	case "ARRAY<T>":
		return func(args []record.Type) record.Type {
			if len(args) == 0 {
				return record.ArrayOf(record.VarcharType)
			}
			return record.ArrayOf(args[len(args)-1])
		}
	case "FIRST": // the type of the first argument
		return func(args []record.Type) record.Type { return args[0] }
	case "E": // the first ARRAY<E> says what E is
		return func(args []record.Type) record.Type { return elem(args[firstList(args)]) }
	case "ARRAY<E>":
		return func(args []record.Type) record.Type { return args[firstList(args)] }
	}
	t, err := record.ParseType(s)
	if err != nil {
		panic("function: " + err.Error())
	}
	return func([]record.Type) record.Type { return t }
}

func firstList(args []record.Type) int {
	return max(0, slices.IndexFunc(args, func(t record.Type) bool { return t.Kind == record.Array }))
}

// param returns the parameter of argument i of n.
func (o *Overload) param(i, n int) Param {
	last := len(o.Params)
	if o.Final {
		last--
		if i == n-1 {
			return o.Params[last]
		}
	}
	if i >= last {
		i = last - o.Repeat + (i-last)%o.Repeat
	}
	return o.Params[i]
}

// takes reports whether the overload has a parameter for each of n arguments.
func (o *Overload) takes(n int) bool {
	required := 0
	for _, p := range o.Params {
		if !p.Optional {
			required++
		}
	}
	switch {
	case n < required:
		return false
	case n <= len(o.Params):
		return true
	default:
		return o.Repeat > 0 && (n-len(o.Params))%o.Repeat == 0
	}
}

// String returns the parameters and the result: (text VARCHAR [, n BIGINT]) → BIGINT.
func (o *Overload) String() string {
	var b strings.Builder
	b.WriteByte('(')
	for i, p := range o.Params {
		if o.Final && i == len(o.Params)-1 {
			b.WriteString(", …")
		}
		switch {
		case p.Optional && i > 0:
			b.WriteString(" [, ")
		case p.Optional:
			b.WriteByte('[')
		case i > 0:
			b.WriteString(", ")
		}
		b.WriteString(p.Name + " " + p.TypeName())
	}
	if o.Repeat > 0 && !o.Final {
		b.WriteString(", …")
	}
	for _, p := range o.Params {
		if p.Optional {
			b.WriteByte(']')
		}
	}
	result := o.result
	if result == "FIRST" {
		result = "type of " + o.Params[0].Name
	}
	return b.String() + ") → " + result
}
