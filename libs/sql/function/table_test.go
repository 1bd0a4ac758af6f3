package function_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/function"
)

// TestDefinitions: everything is found by its name and aliases, documented, and
// has overloads that can be evaluated.
func TestDefinitions(t *testing.T) {
	seen := map[string]string{}
	for _, f := range function.Scalars() {
		found, ok := function.LookupScalar(f.Name)
		if !ok || found.Name != f.Name {
			t.Errorf("%s is not found", f.Name)
		}
		for _, name := range append([]string{f.Name}, f.Aliases...) {
			if other, ok := seen[name]; ok {
				t.Errorf("%s is %s and %s", name, other, f.Name)
			}
			seen[name] = f.Name
			if found, ok := function.LookupName(strings.ToUpper(name)); !ok || found.Name != f.Name {
				t.Errorf("%s is not found as %s", f.Name, name)
			}
		}
		if f.Doc == "" || f.Section == "" || len(f.Overloads) == 0 || len(f.Examples) == 0 && f.Section != function.Casting {
			t.Errorf("%s is not wholly defined", f.Name)
		}
		if !f.Callable && f.SQL == "" {
			t.Errorf("%s cannot be written", f.Name)
		}
		for _, s := range f.Signatures() {
			if !strings.Contains(s, ") → ") {
				t.Errorf("the signature %s has no result", s)
			}
		}
	}
	for _, name := range function.Callables() {
		if f, ok := function.LookupName(name); !ok || !f.Callable {
			t.Errorf("%s is not callable", name)
		}
	}
	if _, ok := function.LookupScalar("lcase"); ok {
		t.Error("lcase exists")
	}
}

// TestExamples evaluates the examples of the documentation.
func TestExamples(t *testing.T) {
	for _, f := range function.Scalars() {
		for _, e := range f.Examples {
			if got := outcome(t, f.Name, e.Args); got != e.Want {
				t.Errorf("%s is %s, documented is %s", f.ExampleSQL(e), got, e.Want)
			}
		}
	}
}

// TestExampleSQL: examples are written as SQL has them.
func TestExampleSQL(t *testing.T) {
	var got []string
	for _, name := range []string{function.Add, function.Neg, function.Case, function.Array, function.In, function.Subscript, "lpad", "member", function.RegexpMatch, "pi"} {
		f, _ := function.LookupScalar(name)
		got = append(got, f.ExampleSQL(f.Examples[min(1, len(f.Examples)-1)]))
	}
	want := []string{
		"1 + 0.5", "-INTERVAL '1 day'", "CASE WHEN NULL THEN 'a' ELSE NULL END", "ARRAY[1, 2.5]", "2 IN (1, NULL)",
		"ARRAY['a', 'b'][0]", "lpad('abc', 2)", "'b' = ANY(ARRAY['a', NULL])", "regexp_like('Thomas', '^thomas$', 'i')", "pi()",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// TestNulls: strict functions are NULL, of the type of the call, for any NULL, and
// every function takes arguments that are all NULL.
func TestNulls(t *testing.T) {
	for _, f := range function.Scalars() {
		for _, e := range f.Examples {
			args := literals(t, e.Args)
			types := make([]record.Type, len(args))
			for i, v := range args {
				types[i] = v.Type()
			}
			for i := range args {
				withNull := slices.Clone(args)
				withNull[i] = record.NullOf(types[i])
				v, err := apply(f.Name, types, withNull)
				if f.Strict && (err != nil || !v.IsNull()) {
					t.Errorf("%s is %s (%v) where argument %d is NULL", f.ExampleSQL(e), v, err, i)
				}
			}
			for i := range args {
				args[i] = record.NullOf(types[i])
			}
			if v, err := apply(f.Name, types, args); err != nil {
				t.Errorf("%s of NULLs is %s (%v)", f.Name, v, err)
			}
		}
	}
}

// TestPrepared: with constants known beforehand a call comes to the same.
func TestPrepared(t *testing.T) {
	for _, f := range function.Scalars() {
		for _, e := range f.Examples {
			args := literals(t, e.Args)
			types := make([]record.Type, len(args))
			consts := make([]*record.Value, len(args))
			for i := range args {
				types[i] = args[i].Type()
				consts[i] = &args[i]
			}
			if _, _, err := f.Match(types); err != nil {
				continue // it needs casts
			}
			want, wantErr := f.Eval(args)
			eval, err := f.Prepare(types, consts)
			if err != nil {
				if wantErr == nil || err.Error() != wantErr.Error() || !f.MayFail(types, consts) {
					t.Errorf("%s cannot be prepared: %v, but is %s (%v)", f.ExampleSQL(e), err, want, wantErr)
				}
				continue
			}
			got, err := eval(args)
			if (err == nil) != (wantErr == nil) || err == nil && (record.Compare(got, want) != 0 || got.IsNull() != want.IsNull()) {
				t.Errorf("%s is %s (%v) when prepared, else %s (%v)", f.ExampleSQL(e), got, err, want, wantErr)
			}
			if err != nil && !f.MayFail(types, consts) {
				t.Errorf("%s fails and may not", f.ExampleSQL(e))
			}
		}
	}
}
