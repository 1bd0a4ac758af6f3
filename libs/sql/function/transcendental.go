package function

import (
	"math"

	"github.com/millrace/millrace/libs/record"
)

func transcendentals() []Scalar {
	one := func(name, doc string, f func(float64) float64, in func(float64) bool, example Example) Scalar {
		s := numeric(name, doc, []Example{example}, on("(x DOUBLE) DOUBLE", defined(f, in)))
		s.Fails = Sometimes
		return s
	}
	every := func(float64) bool { return true }
	finite := func(x float64) bool { return !math.IsInf(x, 0) }
	positive := func(x float64) bool { return !(x <= 0) }
	unit := func(x float64) bool { return !(x < -1 || x > 1) }
	total := func(name, doc string, f func(float64) float64, example Example) Scalar {
		return numeric(name, doc, []Example{example}, on("(x DOUBLE) DOUBLE", float(f)))
	}
	logarithm := one("log", "The logarithm to base 10; with two arguments the logarithm of x to a base. Both must be positive, and the base not 1.", math.Log10, positive, Example{"1000", "3"})
	logarithm.Overloads = append(logarithm.Overloads, on("(base DOUBLE, x DOUBLE) DOUBLE", func(a []record.Value) (record.Value, error) {
		base, x := a[0].Float(), a[1].Float()
		switch {
		case base == 1:
			return record.Value{}, ErrByZero
		case !positive(base) || !positive(x):
			return record.Value{}, ErrDomain
		}
		return record.Float(math.Log(x) / math.Log(base)), nil
	}))
	logarithm.Examples = append(logarithm.Examples, Example{"2.0, 8.0", "3"}, Example{"0", "ERROR: the argument is outside the function's domain"})
	log10 := one("log10", "The logarithm to base 10. The argument must be positive.", math.Log10, positive, Example{"1000", "3"})
	return []Scalar{
		one("exp", "e to the power of x. A result beyond DOUBLE is an error.", math.Exp, every, Example{"0", "1"}),
		one("ln", "The natural logarithm. The argument must be positive.", math.Log, positive, Example{"1", "0"}),
		logarithm,
		log10,
		one("log2", "The logarithm to base 2. The argument must be positive.", math.Log2, positive, Example{"8", "3"}),
		one("degrees", "Radians in degrees.", func(x float64) float64 { return x / math.Pi * 180 }, every, Example{"3.141592653589793", "180"}),
		total("radians", "Degrees in radians.", func(x float64) float64 { return x / 180 * math.Pi }, Example{"180", "3.141592653589793"}),
		one("sin", "The sine of radians; an infinity is an error.", math.Sin, finite, Example{"0", "0"}),
		one("cos", "The cosine of radians; an infinity is an error.", math.Cos, finite, Example{"0", "1"}),
		one("tan", "The tangent of radians; an infinity is an error.", math.Tan, finite, Example{"0", "0"}),
		one("asin", "The inverse sine, in radians. The argument must be from -1 to 1.", math.Asin, unit, Example{"0", "0"}),
		one("acos", "The inverse cosine, in radians. The argument must be from -1 to 1.", math.Acos, unit, Example{"1", "0"}),
		total("atan", "The inverse tangent, in radians.", math.Atan, Example{"0", "0"}),
		numeric("atan2", "The angle of the point (x, y), in radians.", []Example{{"0, 1", "0"}},
			on("(y DOUBLE, x DOUBLE) DOUBLE", func(a []record.Value) (record.Value, error) {
				return record.Float(math.Atan2(a[0].Float(), a[1].Float())), nil
			})),
	}
}
