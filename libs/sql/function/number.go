package function

import (
	"math"
	"math/big"

	"github.com/millrace/millrace/libs/record"
)

// ErrDomain is of arguments for which a function of numbers is not defined.
const ErrDomain = domainError("the argument is outside the function's domain")

type domainError string

func (e domainError) Error() string { return string(e) }

// numeric is a function of numbers.
func numeric(name, doc string, examples []Example, overloads ...Overload) Scalar {
	return Scalar{
		Name: name, Section: Numbers, Canonical: true, Callable: true, Strict: true,
		Doc: doc, Examples: examples, Overloads: overloads,
	}
}

// fallible marks functions that may fail.
func fallible(f Scalar, aliases ...string) Scalar {
	f.Fails, f.Aliases = Sometimes, aliases
	return f
}

func numberFunctions() []Scalar {
	return []Scalar{
		fallible(numeric("abs", "The number without its sign. The least BIGINT is an error.",
			[]Example{{"-5", "5"}, {"-1.5", "1.5"}},
			on("(x BIGINT) BIGINT", func(a []record.Value) (record.Value, error) {
				if a[0].Int() == math.MinInt64 {
					return record.Value{}, ErrRange
				}
				return record.Int(max(a[0].Int(), -a[0].Int())), nil
			}),
			on("(x DOUBLE) DOUBLE", float(math.Abs)))),
		numeric("sign", "-1, 0 or 1, as the number is negative, zero or positive; of NaN NaN.",
			[]Example{{"-5", "-1"}, {"0.5", "1"}},
			on("(x BIGINT) BIGINT", func(a []record.Value) (record.Value, error) {
				return record.Int(int64(record.Compare(a[0], record.Int(0)))), nil
			}),
			on("(x DOUBLE) DOUBLE", float(func(x float64) float64 {
				switch {
				case x > 0:
					return 1
				case x < 0:
					return -1
				default:
					return x
				}
			}))),
		fallible(numeric("power", "a to the power of b. A negative number to a fraction and 0 to a negative number are errors, and so is a result beyond DOUBLE.",
			[]Example{{"2, 10", "1024"}, {"2.0, -1.0", "0.5"}, {"0, -1", "ERROR: division by zero"}},
			on("(a DOUBLE, b DOUBLE) DOUBLE", func(a []record.Value) (record.Value, error) {
				x, y := a[0].Float(), a[1].Float()
				switch {
				case x == 0 && y < 0:
					return record.Value{}, ErrByZero
				case x < 0 && y != math.Trunc(y) && !math.IsInf(y, 0) && !math.IsNaN(y):
					return record.Value{}, ErrDomain
				}
				return finite(math.Pow(x, y), x, y)
			})), "pow"),
		fallible(numeric("sqrt", "The square root. A negative number is an error.",
			[]Example{{"2.25", "1.5"}, {"-1", "ERROR: the argument is outside the function's domain"}},
			on("(x DOUBLE) DOUBLE", defined(math.Sqrt, func(x float64) bool { return !(x < 0) })))),
		numeric("cbrt", "The cube root.", []Example{{"27", "3"}}, on("(x DOUBLE) DOUBLE", float(math.Cbrt))),
		fallible(numeric("width_bucket", "In which of n buckets of equal width between low and high x is, from 1; 0 below low, n+1 from high on. With high < low buckets count downwards. n < 1, low = high, NaN and bounds that are not finite are errors.",
			[]Example{{"5.35, 0.024, 10.06, 5", "3"}, {"10, 0, 10, 5", "6"}},
			on("(x DOUBLE, low DOUBLE, high DOUBLE, n BIGINT) BIGINT", widthBucket))),
		numeric("is_nan", "Whether the number is NaN, not a number.", []Example{{"1.5", "FALSE"}},
			on("(x DOUBLE) BOOLEAN", func(a []record.Value) (record.Value, error) { return record.Bool(math.IsNaN(a[0].Float())), nil })),
		{
			Name: "pi", Section: Numbers, Canonical: true, Callable: true, Strict: true,
			Overloads: []Overload{on("() DOUBLE", func([]record.Value) (record.Value, error) { return record.Float(math.Pi), nil })},
			Doc:       "The ratio of a circle's circumference to its diameter.", Examples: []Example{{"", "3.141592653589793"}},
		},
	}
}

// float evaluates a function that is defined for every number and never overflows.
func float(f func(float64) float64) Eval {
	return func(a []record.Value) (record.Value, error) { return record.Float(f(a[0].Float())), nil }
}

// defined evaluates a function of numbers for which in holds; NaN stays NaN.
func defined(f func(float64) float64, in func(float64) bool) Eval {
	return func(a []record.Value) (record.Value, error) {
		x := a[0].Float()
		if !in(x) {
			return record.Value{}, ErrDomain
		}
		return finite(f(x), x)
	}
}

func widthBucket(a []record.Value) (record.Value, error) {
	x, low, high, n := a[0].Float(), a[1].Float(), a[2].Float(), a[3].Int()
	for _, f := range []float64{low, high} {
		if math.IsInf(f, 0) || math.IsNaN(f) {
			return record.Value{}, ErrDomain
		}
	}
	if n < 1 || n == math.MaxInt64 || low == high || math.IsNaN(x) {
		return record.Value{}, ErrDomain
	}
	if high < low {
		x, low, high = -x, -low, -high
	}
	return record.Int(Bucket(x, low, high, n)), nil
}

// Bucket returns in which of n buckets of equal width from low to below high a number is,
// from 1; 0 below, n + 1 from high on. NaN is none.
func Bucket(x, low, high float64, n int64) int64 {
	switch {
	case x < low:
		return 0
	case x >= high:
		return n + 1
	}
	// Halves, so that the distance between the bounds cannot overflow.
	const near = 1e-6
	if at := (x/2 - low/2) / (high/2 - low/2) * float64(n); at < 1<<20 && math.Abs(at-math.Round(at)) > near {
		return int64(at) + 1
	}
	return exactBucket(x, low, high, n) + 1
}

// exactBucket counts whole buckets below x, which is so close to where one begins that
// rounding would decide.
func exactBucket(x, low, high float64, n int64) int64 {
	exact := func(f float64) *big.Rat { return new(big.Rat).SetFloat64(f) }
	at := exact(x)
	at.Sub(at, exact(low))
	at.Quo(at, new(big.Rat).Sub(exact(high), exact(low)))
	at.Mul(at, new(big.Rat).SetInt64(n))
	return new(big.Int).Quo(at.Num(), at.Denom()).Int64()
}
