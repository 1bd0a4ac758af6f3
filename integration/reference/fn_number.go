package reference

import (
	"math"
	"math/big"
	"strconv"

	"github.com/millrace/millrace/libs/record"
)

// floatFunction is a function of one DOUBLE, defined where in holds.
func floatFunction(f func(float64) float64, in func(float64) bool) *scalar {
	return strict(floatOverload(f, in))
}

func floatOverload(f func(float64) float64, in func(float64) bool) overload {
	return on("float > float", func(a []record.Value) (record.Value, bool) {
		if x := a[0].Float(); !math.IsNaN(x) && !in(x) {
			return record.Value{}, false
		}
		return floats(func(x ...float64) float64 { return f(x[0]) })(a)
	})
}

func everywhere(float64) bool                      { return true }
func positive(x float64) bool                      { return x > 0 }
func finite(x float64) bool                        { return !math.IsInf(x, 0) }
func withinOne(x float64) bool                     { return x >= -1 && x <= 1 }
func nonNegative(x float64) bool                   { return x >= 0 }
func asItIs(a []record.Value) (record.Value, bool) { return a[0], true }

func numberFunctions() map[string]*scalar {
	return map[string]*scalar{
		"abs": strict(
			on("int > int", exact(func(z, a, _ *big.Int) *big.Int { return z.Abs(a) }, record.Int)),
			floatOverload(math.Abs, everywhere)),
		"sign": strict(
			on("int > int", exact(func(z, a, _ *big.Int) *big.Int { return z.SetInt64(int64(a.Sign())) }, record.Int)),
			floatOverload(func(x float64) float64 {
				if x == 0 || math.IsNaN(x) {
					return x
				}
				return math.Copysign(1, x)
			}, everywhere)),
		"power": strict(on("float float > float", func(a []record.Value) (record.Value, bool) {
			x, y := a[0].Float(), a[1].Float()
			if x == 0 && y < 0 || x < 0 && y != math.Floor(y) && finite(y) && !math.IsNaN(y) {
				return record.Value{}, false
			}
			return floats(func(x ...float64) float64 { return math.Pow(x[0], x[1]) })(a)
		})),
		"sqrt": floatFunction(math.Sqrt, nonNegative),
		"cbrt": floatFunction(math.Cbrt, everywhere),
		"width_bucket": strict(on("float float float int > int", func(a []record.Value) (record.Value, bool) {
			return widthBucket(a[0].Float(), a[1].Float(), a[2].Float(), a[3].Int())
		})),
		"is_nan": strict(on("float > bool", func(a []record.Value) (record.Value, bool) { return record.Bool(math.IsNaN(a[0].Float())), true })),
		"pi":     strict(on("> float", func([]record.Value) (record.Value, bool) { return record.Float(math.Pi), true })),
		"round":  rounding(math.Round, big.NewRat(1, 2)),
		"trunc":  rounding(math.Trunc, new(big.Rat)),
		"floor":  strict(on("int > int", asItIs), floatOverload(math.Floor, everywhere)),
		"ceil":   strict(on("int > int", asItIs), floatOverload(math.Ceil, everywhere)),
		"exp":    floatFunction(math.Exp, everywhere),
		"ln":     floatFunction(math.Log, positive),
		"log": strict(floatOverload(math.Log10, positive), on("float float > float", func(a []record.Value) (record.Value, bool) {
			base, x := a[0].Float(), a[1].Float()
			return record.Float(math.Log(x) / math.Log(base)), !(base <= 0) && base != 1 && !(x <= 0)
		})),
		"log10":   floatFunction(math.Log10, positive),
		"log2":    floatFunction(math.Log2, positive),
		"degrees": floatFunction(func(x float64) float64 { return x / math.Pi * 180 }, everywhere),
		"radians": floatFunction(func(x float64) float64 { return x / 180 * math.Pi }, everywhere),
		"sin":     floatFunction(math.Sin, finite),
		"cos":     floatFunction(math.Cos, finite),
		"tan":     floatFunction(math.Tan, finite),
		"asin":    floatFunction(math.Asin, withinOne),
		"acos":    floatFunction(math.Acos, withinOne),
		"atan":    floatFunction(math.Atan, everywhere),
		"atan2": strict(on("float float > float", func(a []record.Value) (record.Value, bool) {
			return record.Float(math.Atan2(a[0].Float(), a[1].Float())), true
		})),
	}
}

// rounding adds half of the unit of the last digit to the magnitude, or nothing, and
// cuts off what is below the unit.
func rounding(whole func(float64) float64, half *big.Rat) *scalar {
	return strict(
		on("int > int", asItIs),
		floatOverload(whole, everywhere),
		on("int int > int", func(a []record.Value) (record.Value, bool) {
			if a[1].Int() >= 0 {
				return a[0], true
			}
			r := cutDigits(new(big.Rat).SetInt64(a[0].Int()), a[1].Int(), half)
			return record.Int(r.Num().Int64()), r.Num().IsInt64()
		}),
		on("float int > float", func(a []record.Value) (record.Value, bool) {
			x, digits := a[0].Float(), a[1].Int()
			if math.IsNaN(x) || math.IsInf(x, 0) || digits > 350 {
				return a[0], true
			}
			r, _ := new(big.Rat).SetString(strconv.FormatFloat(x, 'e', -1, 64))
			f, _ := cutDigits(r, digits, half).Float64()
			return record.Float(math.Copysign(f, x)), !math.IsInf(f, 0)
		}),
	)
}

func cutDigits(r *big.Rat, digits int64, half *big.Rat) *big.Rat {
	if digits < -400 {
		return new(big.Rat)
	}
	unit := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(max(digits, -digits)), nil))
	if digits >= 0 {
		unit.Inv(unit)
	}
	units := new(big.Rat).Quo(new(big.Rat).Abs(r), unit)
	units.Add(units, half)
	n := new(big.Int).Quo(units.Num(), units.Denom())
	if r.Sign() < 0 {
		n.Neg(n)
	}
	return new(big.Rat).Mul(new(big.Rat).SetInt(n), unit)
}

// widthBucket counts in fractions. Where x is infinite it is beyond an end.
func widthBucket(x, low, high float64, n int64) (record.Value, bool) {
	if n < 1 || n == math.MaxInt64 || low == high || math.IsNaN(x) || math.IsNaN(low) || math.IsNaN(high) || !finite(low) || !finite(high) {
		return record.Value{}, false
	}
	if high < low {
		x, low, high = -x, -low, -high
	}
	switch {
	case x < low:
		return record.Int(0), true
	case x >= high:
		return record.Int(n + 1), true
	}
	rat := func(f float64) *big.Rat { return new(big.Rat).SetFloat64(f) }
	at := new(big.Rat).Quo(new(big.Rat).Sub(rat(x), rat(low)), new(big.Rat).Sub(rat(high), rat(low)))
	at.Mul(at, new(big.Rat).SetInt64(n))
	return record.Int(new(big.Int).Quo(at.Num(), at.Denom()).Int64() + 1), true
}
