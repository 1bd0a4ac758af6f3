package function

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"

	"github.com/millrace/millrace/libs/record"
)

// Limits of aggregates.
const (
	MaxListed      = 1000      // values of array_agg, string_agg, sample_agg and approx_top_k
	MaxListedBytes = 256 << 10 // beyond so many array_agg and string_agg end
	MaxDistinct    = 1_000_000 // different arguments of an aggregate with DISTINCT, per group
	MaxBuckets     = 1000      // of histogram

	// MaxDistinctBytes is how many bytes they may have, as they are encoded.
	MaxDistinctBytes = 32 << 20

	// MaxCounted is how many bytes a value has at most that approx_top_k may list.
	MaxCounted = 1 << 10
)

// What aggregates take.
const (
	numbers     = "BIGINT or DOUBLE"
	comparables = "BIGINT, DOUBLE, VARCHAR, TIMESTAMP, DATE, BOOLEAN or INTERVAL"
)

// Aggregates returns all aggregates in the order of documentation.
func Aggregates() []Aggregate { return slices.Clone(aggregates()) }

var aggregates = sync.OnceValue(func() []Aggregate {
	return slices.Concat(plainAggregates(), positionedAggregates(), listAggregates(), sketches())
})

// of is the one parameter of most.
func of(takes string, has func(record.Type) bool) []AggregateParam {
	return []AggregateParam{{Name: "x", takes: takes, has: has}}
}

func anything(record.Type) bool { return true }

func constant(name string, t record.Type) AggregateParam {
	return AggregateParam{Name: name, Type: t, Constant: true, takes: t.String()}
}

func fixed(t record.Type) func([]record.Type) record.Type {
	return func([]record.Type) record.Type { return t }
}

func itself(args []record.Type) record.Type { return args[0] }

func plainAggregates() []Aggregate {
	all := []Aggregate{
		{
			Name: "count", Star: true, Params: of("", anything),
			Doc:  "count(*) is the number of rows, count(x) of those where x is not NULL; 0 of none.",
			Call: "count(*)", result: "BIGINT", typeOf: fixed(record.BigIntType),
		},
		{
			Name: "sum", Params: of(numbers, record.Type.Numeric), Takes: numbers,
			Doc:    "The sum. Of BIGINT it is exact, and an error where it is beyond 64 bits.",
			Bounds: "Of DOUBLE it is compensated: up to rounding it does not depend on the order of rows.",
			Call:   "sum(retweet_count)", result: "type of x", typeOf: itself,
		},
		{
			Name: "avg", Params: of(numbers, record.Type.Numeric), Takes: numbers,
			Doc: "The mean. Of BIGINT it is the DOUBLE nearest to the exact one.", Call: "avg(user.followers_count)",
			result: "DOUBLE", typeOf: fixed(record.DoubleType),
		},
		extreme("min", "least"),
		extreme("max", "greatest"),
	}
	for _, v := range []struct{ name, alias, what string }{
		{"var_pop", "", "The variance of the values as the whole population: the mean of the squares of their distances from the mean"},
		{"var_samp", "variance", "The variance of the population that the values are a sample of (divided by n - 1); NULL of fewer than two"},
		{"stddev_pop", "", "The standard deviation of the values as the whole population: the square root of var_pop"},
		{"stddev_samp", "stddev", "The standard deviation of the population that the values are a sample of: the square root of var_samp; NULL of fewer than two"},
	} {
		a := Aggregate{
			Name: v.name, Params: of(numbers, record.Type.Numeric), Takes: numbers, Doc: v.what + ".",
			Bounds: "Of BIGINT it is exact up to its last rounding. Of DOUBLE it is kept as Chan, Golub and LeVeque merge it, which does not cancel; NaN where a value is NaN or infinite.",
			Call:   v.name + "(user.followers_count)", result: "DOUBLE", typeOf: fixed(record.DoubleType),
		}
		if v.alias != "" {
			a.Aliases = []string{v.alias}
		}
		all = append(all, a)
	}
	truth := func(t record.Type) bool { return t.Kind == record.Boolean }
	return append(all,
		Aggregate{
			Name: "bool_and", Aliases: []string{"every"}, Params: of("BOOLEAN", truth), Takes: "BOOLEAN", Idempotent: true,
			Doc: "Whether the condition is TRUE in every row.", Call: "bool_and(user.verified)", result: "BOOLEAN", typeOf: itself,
		},
		Aggregate{
			Name: "bool_or", Params: of("BOOLEAN", truth), Takes: "BOOLEAN", Idempotent: true,
			Doc: "Whether the condition is TRUE in any row.", Call: "bool_or(is_reply)", result: "BOOLEAN", typeOf: itself,
		},
	)
}

func extreme(name, which string) Aggregate {
	return Aggregate{
		Name: name, Params: of(comparables, Comparable.Has), Takes: comparables, Idempotent: true,
		Doc:  "The " + which + " value; NaN is greater than every number.",
		Call: name + "(created_at)", result: "type of x", typeOf: itself,
	}
}

// positionedAggregates are the values of single rows.
func positionedAggregates() []Aggregate {
	at := func(name, alias, which, tie string) Aggregate {
		return Aggregate{
			Name: name, Aliases: []string{alias}, Idempotent: true,
			Params: []AggregateParam{{Name: "x", has: anything}, {Name: "by", takes: comparables, has: Comparable.Has}},
			Doc:    fmt.Sprintf("x of the row in which by is %s; where several rows tie, the %s x of them.", which, tie),
			Nulls:  "Rows in which x or by is NULL do not count.",
			Call:   name + "(user.screen_name, retweet_count)", result: "type of x", typeOf: itself,
		}
	}
	by := func(name, as, which, tie string) Aggregate {
		return Aggregate{
			Name: name, Params: of("", anything), Idempotent: true, ByTime: as,
			Doc:   fmt.Sprintf("x of the row with the %s event time, which is short for %s(x, event time); where several rows tie, the %s x of them.", which, as, tie),
			Nulls: "Rows in which x is NULL do not count, nor do those without an event time.",
			Call:  name + "(text)", result: "type of x", typeOf: itself,
		}
	}
	return []Aggregate{
		by("first", "arg_min", "earliest", "least"),
		by("last", "arg_max", "latest", "greatest"),
		at("arg_min", "min_by", "least", "least"),
		at("arg_max", "max_by", "greatest", "greatest"),
	}
}

// listAggregates list values.
func listAggregates() []Aggregate {
	bounds := fmt.Sprintf("At most %s values, the first in their order, and none beyond the one with which they reach %d KiB: whatever came first, the same are left out. Where it is as many as that, count(x) says how many there were.",
		grouped(MaxListed), MaxListedBytes>>10)
	return []Aggregate{
		{
			Name: "array_agg", Params: of("", anything), Ordered: true,
			Doc:   "An array of the values, in the order of ORDER BY, ties and all without one by value. It is ordered by time with ORDER BY created_at.",
			Nulls: "NULLs are among the values, as in PostgreSQL; the last ones if there is no ORDER BY. FILTER (WHERE x IS NOT NULL) leaves them out.",
			Call:  "array_agg(id ORDER BY created_at)", Bounds: bounds, result: "ARRAY<type of x>",
			typeOf: func(args []record.Type) record.Type { return record.ArrayOf(args[0]) },
		},
		{
			Name: "string_agg", Ordered: true, Takes: "VARCHAR",
			Params: append(of("VARCHAR", func(t record.Type) bool { return t.Kind == record.Varchar }), constant("separator", record.VarcharType)),
			Doc:    "The texts one after the other with the separator, a constant, between them, in the order of ORDER BY, ties and all without one by value.",
			Call:   "string_agg(user.screen_name, ', ' ORDER BY created_at)", Bounds: bounds, result: "VARCHAR", typeOf: fixed(record.VarcharType),
			check: func(cs []record.Value) (int, error) {
				if len(cs[0].Str()) > 1000 {
					return 0, errors.New("the separator of string_agg has more than 1,000 bytes")
				}
				return 0, nil
			},
		},
		{
			Name: "histogram", Takes: numbers,
			Params: append(of(numbers, record.Type.Numeric), constant("low", record.DoubleType), constant("high", record.DoubleType), constant("buckets", record.BigIntType)),
			Doc:    "How many values are in each of so many equally wide buckets from low to below high: the element i of the array is the bucket i of width_bucket(x, low, high, buckets). Values outside, and NaN, are in none.",
			Bounds: fmt.Sprintf("At most %s buckets.", grouped(MaxBuckets)),
			Call:   "histogram(retweet_count, 0, 1000, 20)", result: "ARRAY<BIGINT>", typeOf: fixed(record.ArrayOf(record.BigIntType)),
			check: func(cs []record.Value) (int, error) {
				lo, hi, n := cs[0].Float(), cs[1].Float(), cs[2].Int()
				switch {
				case math.IsNaN(lo) || math.IsInf(lo, 0):
					return 0, errors.New("the buckets of histogram begin at a finite number")
				case !(hi > lo) || math.IsInf(hi, 0) || math.IsInf(hi-lo, 0):
					return 1, errors.New("the buckets of histogram end at a finite number above low")
				case n < 1 || n > MaxBuckets:
					return 2, fmt.Errorf("histogram has from 1 to %s buckets", grouped(MaxBuckets))
				}
				return 0, nil
			},
		},
	}
}

// grouped writes a number with commas.
func grouped(n int) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%s,%03d", grouped(n/1000), n%1000)
}
