package reference

import (
	"maps"
	"sync"

	"github.com/millrace/millrace/libs/record"
)

// functions are the functions of single values, by all their names; operators have
// their sign. Each is written straight from docs/sql-functions.md.
var functions = sync.OnceValue(func() map[string]*scalar {
	all := map[string]*scalar{}
	for _, part := range []map[string]*scalar{
		choiceFunctions(), arithmeticFunctions(), numberFunctions(), textFunctions(), codeFunctions(), regexpFunctions(),
		timeFunctions(), arrayFunctions(), jsonFunctions(), postFunctions(),
	} {
		maps.Copy(all, part)
	}
	for name, of := range synonyms {
		all[name] = all[of]
	}
	return all
})

// synonyms are further names.
var synonyms = map[string]string{
	"pow": "power", "ceiling": "ceil", "char_length": "length", "character_length": "length", "substr": "substring",
	"btrim": "trim", "regexp_substr": "regexp_extract", "array_cat": "array_concat", "array_join": "array_to_string",
}

// strict is a function that is NULL where an argument is.
func strict(overloads ...overload) *scalar { return &scalar{overloads: overloads} }

// seesNull is a function that decides itself what NULL arguments mean.
func seesNull(overloads ...overload) *scalar { return &scalar{overloads: overloads, nulls: true} }

func choiceFunctions() map[string]*scalar {
	never := func([]record.Value) (record.Value, bool) { return record.Value{}, false }
	extreme := func(sign int) *scalar {
		return seesNull(on("ordered ordered* > T", func(a []record.Value) (record.Value, bool) { return extremeOf(a, sign), true }))
	}
	return map[string]*scalar{
		"coalesce": {overloads: []overload{on("T T* > T", never)}, lazy: func(args []*expr, e *env) *record.Value {
			for _, x := range args {
				if v := x.eval(e); v == nil || !v.IsNull() {
					return v
				}
			}
			return &record.Value{}
		}},
		"nullif": seesNull(on("comparable comparable > first", func(a []record.Value) (record.Value, bool) {
			if !a[0].IsNull() && !a[1].IsNull() && compareValues(&a[0], &a[1]) == 0 {
				return record.Value{}, true
			}
			return a[0], true
		})),
		"greatest": extreme(1),
		"least":    extreme(-1),
	}
}

// extremeOf is the greatest (sign 1) or least (sign -1) value that is not NULL.
func extremeOf(vs []record.Value, sign int) record.Value {
	best := record.Value{}
	for i := range vs {
		if v := &vs[i]; !v.IsNull() && (best.IsNull() || compareValues(v, &best)*sign > 0) {
			best = *v
		}
	}
	return best
}
