package function

import (
	"github.com/millrace/millrace/libs/planted"
	"github.com/millrace/millrace/libs/record"
)

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
	return []Scalar{
		{
			Name: "and", SQL: "a AND b", Section: Logic, Canonical: true,
			Overloads: []Overload{on("(a BOOLEAN, b BOOLEAN...) BOOLEAN", func(args []record.Value) (record.Value, error) {
				t := record.True
				for _, a := range args {
					t = t.And(Truth(a))
				}
				return OfTruth(t), nil
			})},
			Doc:      "The least of its operands, where FALSE < ERROR < NULL < TRUE.",
			Examples: []Example{{"TRUE, NULL", "NULL"}, {"FALSE, NULL", "FALSE"}},
		},
		{
			Name: "or", SQL: "a OR b", Section: Logic, Canonical: true,
			Overloads: []Overload{on("(a BOOLEAN, b BOOLEAN...) BOOLEAN", func(args []record.Value) (record.Value, error) {
				t := record.False
				for _, a := range args {
					t = t.Or(Truth(a))
				}
				return OfTruth(t), nil
			})},
			Doc:      "The greatest of its operands, where FALSE < NULL < ERROR < TRUE.",
			Examples: []Example{{"TRUE, NULL", "TRUE"}, {"FALSE, NULL", "NULL"}},
		},
		{
			Name: "not", SQL: "NOT a", Section: Logic, Canonical: true,
			Overloads: []Overload{on("(a BOOLEAN) BOOLEAN", func(args []record.Value) (record.Value, error) {
				return OfTruth(Truth(args[0]).Not()), nil
			})},
			Doc:      "TRUE for FALSE and FALSE for TRUE; NULL and ERROR stay.",
			Examples: []Example{{"TRUE", "FALSE"}, {"NULL", "NULL"}},
		},
	}
}

func nulls() []Scalar {
	return []Scalar{{
		Name: "is_null", SQL: "a IS NULL", Section: Logic, Canonical: true,
		Overloads: []Overload{on("(a ANY) BOOLEAN", func(args []record.Value) (record.Value, error) {
			return record.Bool(args[0].IsNull()), nil
		})},
		Doc:      "TRUE for NULL, FALSE for every other value. `IS UNKNOWN` is the same of a condition.",
		Examples: []Example{{"NULL", "TRUE"}, {"''", "FALSE"}},
	}}
}

func truths() []Scalar {
	is := func(name, sql, doc string, truth record.Truth, examples ...Example) Scalar {
		return Scalar{
			Name: name, SQL: sql, Section: Logic, Canonical: true, Doc: doc, Examples: examples,
			Overloads: []Overload{on("(a BOOLEAN) BOOLEAN", func(args []record.Value) (record.Value, error) {
				return record.Bool(Truth(args[0]) == truth), nil
			})},
		}
	}
	return []Scalar{
		is(IsTrue, "a IS TRUE", "TRUE for TRUE, FALSE for FALSE and NULL.", record.True, Example{"NULL", "FALSE"}, Example{"TRUE", "TRUE"}),
		is(IsFalse, "a IS FALSE", "TRUE for FALSE, FALSE for TRUE and NULL.", record.False, Example{"NULL", "FALSE"}, Example{"FALSE", "TRUE"}),
		{
			Name: IsDistinct, SQL: "a IS DISTINCT FROM b", Section: Logic, Canonical: true,
			Overloads: []Overload{on("(a COMPARABLE, b COMPARABLE) BOOLEAN", func(args []record.Value) (record.Value, error) {
				differ := record.Compare(args[0], args[1]) != 0
				return record.Bool(differ || args[0].IsNull() && planted.On(planted.NullsDiffer)), nil
			})},
			Doc:      "`a <> b`, but NULL equals NULL and differs from every other value: never NULL.",
			Examples: []Example{{"NULL, NULL", "FALSE"}, {"1, NULL", "TRUE"}, {"1, 1.0", "FALSE"}},
		},
	}
}
