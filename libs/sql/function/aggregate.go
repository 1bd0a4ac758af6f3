package function

import (
	"fmt"

	"github.com/millrace/millrace/libs/record"
)

// Aggregate is a function of the rows of a group. NULL arguments do not count;
// of no rows, count is 0 and every other aggregate NULL.
type Aggregate struct {
	Name string // canonical: the same in SQL and in plans
	Star bool   // may be called as name(*)
	Doc  string

	Takes string // the types of its argument, for people; "" is every type

	// Result returns the type of the result for an argument's type, or what the
	// function takes instead.
	Result func(arg record.Type) (record.Type, error)
}

// What aggregates take.
const (
	numbers     = "BIGINT or DOUBLE"
	comparables = "BIGINT, DOUBLE, VARCHAR, TIMESTAMP, DATE or BOOLEAN"
)

// Aggregates returns all aggregates in the order of documentation.
func Aggregates() []Aggregate {
	return []Aggregate{
		{
			Name: "count", Star: true,
			Doc:    "count(*) is the number of rows, count(x) of those where x is not NULL: BIGINT.",
			Result: func(record.Type) (record.Type, error) { return record.BigIntType, nil },
		},
		{
			Name: "sum",
			Doc:  "The sum, BIGINT of BIGINT and DOUBLE of DOUBLE. A BIGINT sum beyond 64 bits is an error.", Takes: numbers,
			Result: func(arg record.Type) (record.Type, error) {
				return arg, takes("sum", arg, arg.Numeric(), numbers)
			},
		},
		{
			Name: "avg",
			Doc:  "The mean, DOUBLE.", Takes: numbers,
			Result: func(arg record.Type) (record.Type, error) {
				return record.DoubleType, takes("avg", arg, arg.Numeric(), numbers)
			},
		},
		extreme("min", "least"),
		extreme("max", "greatest"),
	}
}

func extreme(name, which string) Aggregate {
	return Aggregate{
		Name: name,
		Doc:  "The " + which + " value, of the argument's type; NaN is greater than every number.", Takes: comparables,
		Result: func(arg record.Type) (record.Type, error) {
			return arg, takes(name, arg, Comparable.Has(arg), comparables)
		},
	}
}

func takes(name string, arg record.Type, ok bool, what string) error {
	if ok {
		return nil
	}
	return fmt.Errorf("%s takes %s, not %s", name, what, arg)
}

// LookupAggregate returns the aggregate with the name.
func LookupAggregate(name string) (*Aggregate, bool) {
	all := Aggregates()
	for i := range all {
		if all[i].Name == name {
			return &all[i], true
		}
	}
	return nil, false
}
