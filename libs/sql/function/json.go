package function

import (
	"github.com/millrace/millrace/libs/record"
)

// Functions of JSON do not fail: the text of a JSON value has been checked when the
// value was made, by the decoder of documents or a cast. Of what is not JSON all the
// same they are NULL.

func documents() []Scalar {
	get := func(name, sql, operator, doc string, as func(value string) record.Value, examples ...Example) Scalar {
		found := func(text, kind string, find func() (string, bool, error)) record.Value {
			if jsonKind(text) != kind {
				return as("")
			}
			value, ok, err := find()
			if err != nil || !ok {
				return as("")
			}
			return as(value)
		}
		result := as("").Type().String()
		return Scalar{
			Name: name, SQL: sql, Aliases: []string{operator}, Section: Documents, Canonical: true, Strict: true, Doc: doc, Examples: examples,
			Overloads: []Overload{
				on("(doc JSON, name VARCHAR) "+result, func(a []record.Value) (record.Value, error) {
					text := jsonValue(a[0].Str())
					return found(text, "object", func() (string, bool, error) { return jsonMember(text, a[1].Str()) }), nil
				}),
				on("(doc JSON, index BIGINT) "+result, func(a []record.Value) (record.Value, error) {
					text := jsonValue(a[0].Str())
					return found(text, "array", func() (string, bool, error) { return jsonElement(text, a[1].Int()) }), nil
				}),
			},
		}
	}
	return []Scalar{
		get(JSONGet, "doc -> name", "->", "The member of an object with the name, or the element of an array at the index, counted from 0, from the end if negative; NULL where there is none. Of two members with one name it is the last.",
			asJSON, Example{`'{"a": {"b": 1}}'::JSON, 'a'`, `{"b": 1}`}, Example{`'[1, null]'::JSON, 1`, "null"}, Example{`'[1]'::JSON, 'a'`, "NULL"}),
		get(JSONGetText, "doc ->> name", "->>", "`->` as text: strings without quotes and escapes, JSON's null as NULL, everything else as it stands in the document.",
			asText, Example{`'{"a": "x\n"}'::JSON, 'a'`, "'x\n'"}, Example{`'[1, null]'::JSON, -1`, "NULL"}),
		jsonFunc("json_typeof", "What a JSON value is: `object`, `array`, `string`, `number`, `boolean` or `null`.", []Example{{`'[1]'::JSON`, "'array'"}},
			on("(doc JSON) VARCHAR", func(a []record.Value) (record.Value, error) {
				if kind := jsonKind(jsonValue(a[0].Str())); kind != "" {
					return record.Text(kind), nil
				}
				return record.NullOf(record.VarcharType), nil
			})),
		jsonFunc("json_array_length", "The number of elements of an array; NULL of what is none.", []Example{{`'[1, [2, 3]]'::JSON`, "2"}, {`'{}'::JSON`, "NULL"}},
			on("(doc JSON) BIGINT", func(a []record.Value) (record.Value, error) {
				n := int64(0)
				if jsonElements(jsonValue(a[0].Str()), func(string) bool { n++; return true }) != nil {
					return record.NullOf(record.BigIntType), nil
				}
				return record.Int(n), nil
			})),
	}
}

func jsonFunc(name, doc string, examples []Example, overloads ...Overload) Scalar {
	return Scalar{
		Name: name, Section: Documents, Canonical: true, Callable: true, Strict: true,
		Doc: doc, Examples: examples, Overloads: overloads,
	}
}

// asJSON returns the value with the text, NULL without one.
func asJSON(value string) record.Value {
	if value == "" {
		return record.NullOf(record.JSONType)
	}
	return record.JSONOf(value)
}

// asText returns what ->> makes of a value.
func asText(value string) record.Value {
	switch jsonKind(value) {
	case "", "null":
		return record.NullOf(record.VarcharType)
	case "string":
		return record.Text(jsonText(value))
	default:
		return record.Text(value)
	}
}
