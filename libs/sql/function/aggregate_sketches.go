package function

import (
	"errors"
	"fmt"

	"github.com/millrace/millrace/libs/record"
)

// sketches are aggregates that are small, mergeable and only approximately right.
func sketches() []Aggregate {
	zero := record.Int(0)
	return []Aggregate{
		{
			Name: "approx_count_distinct", Params: of("", anything), Idempotent: true,
			Doc:    "About how many different values there are; 0 of none. HyperLogLog (Flajolet, Fusy, Gandouet, Meunier 2007) over 16,384 registers, read with the estimator of Ertl (2017).",
			Bounds: "The standard error is 0.82 %; two of three results are nearer than that, 997 of 1,000 nearer than three times as much. At most 16 KiB of state.",
			Call:   "approx_count_distinct(user.id)", result: "BIGINT", typeOf: fixed(record.BigIntType),
		},
		{
			Name: "approx_percentile", Takes: numbers,
			Params: append(of(numbers, record.Type.Numeric), constant("p", record.DoubleType)),
			Doc:    "About the value below which the part p of the values is, p a constant from 0 to 1: 0.5 is the median. It is the value at the position floor(p × (n - 1)), from 0, of all n in order, with p in decimals as it is written; of BIGINT it is a whole number. DDSketch (Masson, Rim, Lee 2019) with 64 buckets from each power of two to the next.",
			Bounds: "At most 1 % away from the exact value; exact for whole numbers below 128 and for p of 0 and 1. NaN is greater than every number. The state has 12 bytes or so for each bucket with a value in it: some kilobytes where values differ by six orders of magnitude.",
			Call:   "approx_percentile(user.followers_count, 0.99)", result: "DOUBLE", typeOf: fixed(record.DoubleType),
			check: func(cs []record.Value) (int, error) {
				if p := cs[0].Float(); !(p >= 0 && p <= 1) {
					return 0, errors.New("approx_percentile takes p from 0 to 1")
				}
				return 0, nil
			},
		},
		{
			Name: "approx_top_k", Takes: comparables,
			Params: append(of(comparables, Comparable.Has), constant("k", record.BigIntType)),
			Doc:    `The k most frequent values, k a constant, with how often each was there, most frequent first: [{"value":"en","count":812,"error":0},…]. Space-saving (Metwally, Agrawal, El Abbadi 2005) in the form that merges (Agarwal and others 2012), with 1,024 counters or 8 × k, whichever is more.`,
			Bounds: fmt.Sprintf("A value was there at least count and at most count + error times, and error is at most the number of rows divided by the counters. Where there are no more different values than counters, everything is exact. Every value with more rows than error is listed, as far as k goes. Values of more than %d KiB are not listed. k is at most %s.", MaxCounted>>10, grouped(MaxListed)),
			Call:   "approx_top_k(lang, 10)", result: "JSON", typeOf: fixed(record.JSONType),
			check: listable("approx_top_k", "k"),
		},
		{
			Name: "sample_agg", Sampled: true,
			Params: append(of("", anything), constant("n", record.BigIntType), AggregateParam{
				Name: "seed", Type: record.BigIntType, Constant: true, Default: &zero, takes: "BIGINT",
			}),
			Doc:    "An array of x of n rows drawn at random, n a constant, each row as likely as another. The rows are those with the least hashes (a bottom-k sample: Cohen, Kaplan 2007) of what a row is and the seed, 0 if it is left out: the same rows give the same sample, whatever order they come in, and another seed another. Rows that are the same document are drawn together.",
			Nulls:  "Rows in which x is NULL do not count.",
			Bounds: fmt.Sprintf("n is at most %s; the array ends with the value with which it reaches %d KiB.", grouped(MaxListed), MaxListedBytes>>10),
			Call:   "sample_agg(text, 5)", result: "ARRAY<type of x>",
			typeOf: func(args []record.Type) record.Type { return record.ArrayOf(args[0]) },
			check:  listable("sample_agg", "n"),
		},
	}
}

// listable has the first constant be from 1 to MaxListed.
func listable(function, name string) func([]record.Value) (int, error) {
	return func(cs []record.Value) (int, error) {
		if n := cs[0].Int(); n < 1 || n > MaxListed {
			return 0, fmt.Errorf("%s takes %s from 1 to %s", function, name, grouped(MaxListed))
		}
		return 0, nil
	}
}
