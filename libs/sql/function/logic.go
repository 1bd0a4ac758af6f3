package function

import "github.com/millrace/millrace/libs/record"

// Truth returns the truth value of a BOOLEAN.
func Truth(v record.Value) record.Truth {
	if v.IsNull() {
		return record.Null
	}
	return record.TruthOf(v.Bool())
}

// OfTruth returns the BOOLEAN of a truth value that is not ERROR.
func OfTruth(t record.Truth) record.Value {
	if t == record.Null || t == record.Error {
		return record.NullOf(record.BooleanType)
	}
	return record.Bool(t == record.True)
}

func logic() []Scalar {
	conditions := []Param{{Name: "a", Class: Condition}, {Name: "b", Class: Condition}}
	return []Scalar{
		{
			Name: "and", SQL: "a AND b", Params: conditions, Variadic: true,
			Result: record.BooleanType, Canonical: true,
			Doc: "The least of its operands, where FALSE < ERROR < NULL < TRUE.",
			Eval: func(args []record.Value) (record.Value, error) {
				t := record.True
				for _, a := range args {
					t = t.And(Truth(a))
				}
				return OfTruth(t), nil
			},
		},
		{
			Name: "or", SQL: "a OR b", Params: conditions, Variadic: true,
			Result: record.BooleanType, Canonical: true,
			Doc: "The greatest of its operands, where FALSE < NULL < ERROR < TRUE.",
			Eval: func(args []record.Value) (record.Value, error) {
				t := record.False
				for _, a := range args {
					t = t.Or(Truth(a))
				}
				return OfTruth(t), nil
			},
		},
		{
			Name: "not", SQL: "NOT a", Params: conditions[:1],
			Result: record.BooleanType, Canonical: true,
			Doc: "TRUE for FALSE and FALSE for TRUE; NULL and ERROR stay.",
			Eval: func(args []record.Value) (record.Value, error) {
				return OfTruth(Truth(args[0]).Not()), nil
			},
		},
	}
}

func nulls() []Scalar {
	return []Scalar{{
		Name: "is_null", SQL: "a IS NULL", Params: []Param{{Name: "a", Class: Any}},
		Result: record.BooleanType, Canonical: true,
		Doc: "TRUE for NULL, FALSE for every other value.",
		Eval: func(args []record.Value) (record.Value, error) {
			return record.Bool(args[0].IsNull()), nil
		},
	}}
}
