package function

import (
	"fmt"
	"slices"
	"strings"

	"github.com/millrace/millrace/libs/record"
)

// Aggregate is a function of the rows of a group. Rows in which an argument is NULL
// do not count, unless Nulls says something else; of no rows it is NULL, but count and
// approx_count_distinct are 0.
type Aggregate struct {
	Name    string // canonical: the same as in plans
	Aliases []string
	Star    bool // may be called as name(*)
	Params  []AggregateParam

	Doc    string
	Nulls  string // what NULL arguments do, where they are not left out
	Bounds string // how large its result and its state get, and how wrong it may be
	Call   string // an example

	// Takes is what the first argument may be, for people; "" is every type.
	Takes string

	// Ordered functions take ORDER BY behind their arguments.
	Ordered bool

	// Idempotent functions are the same of distinct arguments as of all.
	Idempotent bool

	// ByTime is the function of a further argument, the event time, that it is short
	// for: plans hold that one. "" is itself.
	ByTime string

	// Sampled functions draw rows: what tells one row from another is their Order in
	// plans.
	Sampled bool

	result string // as signatures show it
	typeOf func(args []record.Type) record.Type
	check  func(constants []record.Value) (arg int, err error) // nil: every one will do
}

// AggregateParam is one parameter of an aggregate.
type AggregateParam struct {
	Name string
	Type record.Type // of a constant: what it is converted to

	// Constant parameters take the same for all rows; they are the last ones.
	Constant bool
	Default  *record.Value // of one that may be left out

	takes string
	has   func(record.Type) bool
}

// Has reports whether it takes values of the type.
func (p AggregateParam) Has(t record.Type) bool { return p.has(t) }

// LookupAggregate returns the aggregate with the name, or alias.
func LookupAggregate(name string) (*Aggregate, bool) {
	all := aggregates()
	for i := range all {
		if all[i].Name == name || slices.Contains(all[i].Aliases, name) {
			return &all[i], true
		}
	}
	return nil, false
}

// Rows returns how many of the parameters are of rows: the others are constants.
func (a *Aggregate) Rows() int {
	n := slices.IndexFunc(a.Params, func(p AggregateParam) bool { return p.Constant })
	if n < 0 {
		return len(a.Params)
	}
	return n
}

// Result returns the type of the result for the types of the arguments of rows, or
// what the function takes instead; errors are of type [*Error].
func (a *Aggregate) Result(args ...record.Type) (record.Type, error) {
	if len(args) == 0 && a.Star {
		return record.BigIntType, nil
	}
	if len(args) != a.Rows() {
		return record.Type{}, &Error{Arg: -1, Message: fmt.Sprintf("%s does not take %s of rows", a.Name, count(len(args)))}
	}
	for i, t := range args {
		if p := a.Params[i]; !p.has(t) {
			return record.Type{}, &Error{Arg: i, Message: fmt.Sprintf("%s takes %s, not %s", a.Name, p.takes, t), Hint: "it is " + a.Signature()}
		}
	}
	return a.typeOf(args), nil
}

// Check reports what is wrong with the constants, which are of the parameters' types;
// errors are of type [*Error].
func (a *Aggregate) Check(constants []record.Value) error {
	n := a.Rows()
	for i, v := range constants {
		if p := a.Params[n+i]; v.IsNull() {
			return &Error{Arg: n + i, Message: fmt.Sprintf("%s of %s is NULL", p.Name, a.Name), Hint: "it is " + a.Signature()}
		}
	}
	if a.check == nil {
		return nil
	}
	if i, err := a.check(constants); err != nil {
		return &Error{Arg: n + i, Message: err.Error()}
	}
	return nil
}

// Required returns how many arguments there are at least.
func (a *Aggregate) Required() int {
	n := slices.IndexFunc(a.Params, func(p AggregateParam) bool { return p.Default != nil })
	if n < 0 {
		return len(a.Params)
	}
	return n
}

// Signature returns how the function is called, as approx_top_k(x COMPARABLE, k BIGINT)
// → JSON.
func (a *Aggregate) Signature() string {
	var b strings.Builder
	b.WriteString(a.Name + "(")
	for i, p := range a.Params {
		switch {
		case p.Default != nil:
			b.WriteString(" [, ")
		case i > 0:
			b.WriteString(", ")
		}
		takes := p.takes
		if takes == "" {
			takes = "ANY"
		}
		b.WriteString(p.Name + " " + takes)
		if p.Default != nil {
			b.WriteByte(']')
		}
	}
	if a.Ordered {
		b.WriteString(" [ORDER BY …]")
	}
	return b.String() + ") → " + a.result
}
