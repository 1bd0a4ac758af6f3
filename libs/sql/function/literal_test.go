package function_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/function"
)

// reader reads the literals of examples: numbers, 'text', TRUE, FALSE, NULL,
// TYPE 'text', 'text'::TYPE and ARRAY[…], separated by commas.
type reader struct {
	t    *testing.T
	rest string
}

func literals(t *testing.T, text string) []record.Value {
	t.Helper()
	r := reader{t, strings.TrimSpace(text)}
	var vs []record.Value
	for r.rest != "" {
		vs = append(vs, r.value())
		if r.rest != "" && !r.cut(",") {
			t.Fatalf("%q: expected a comma at %q", text, r.rest)
		}
	}
	return vs
}

func (r *reader) cut(prefix string) bool {
	rest, ok := strings.CutPrefix(r.rest, prefix)
	r.rest = strings.TrimSpace(rest)
	return ok
}

func (r *reader) value() record.Value {
	switch {
	case r.cut("NULL"):
		return record.Value{}
	case r.cut("TRUE"):
		return record.Bool(true)
	case r.cut("FALSE"):
		return record.Bool(false)
	case r.cut("ARRAY["):
		var vs []record.Value
		var types []record.Type
		for !r.cut("]") {
			vs = append(vs, r.value())
			types = append(types, vs[len(vs)-1].Type())
			r.cut(",")
		}
		v, err := apply(function.Array, types, vs)
		if err != nil {
			r.t.Fatal(err)
		}
		return v
	case strings.HasPrefix(r.rest, "'"):
		v := r.text()
		if r.cut("::") {
			name := strings.FieldsFunc(r.rest, func(c rune) bool { return c == ',' || c == ']' })[0]
			r.rest = r.rest[len(name):]
			v = r.typed(v.Str(), strings.TrimSpace(name))
		}
		return v
	case r.cut("INTERVAL "):
		v, err := record.ParseInterval(r.text().Str())
		if err != nil {
			r.t.Fatal(err)
		}
		return v
	}
	for _, name := range []string{"DATE", "TIMESTAMP"} {
		if r.cut(name + " ") {
			return r.typed(r.text().Str(), name)
		}
	}
	n := strings.IndexAny(r.rest, ",]")
	if n < 0 {
		n = len(r.rest)
	}
	text := strings.TrimSpace(r.rest[:n])
	r.rest = r.rest[n:]
	if i, err := strconv.ParseInt(text, 10, 64); err == nil {
		return record.Int(i)
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		r.t.Fatalf("%q is no literal", text)
	}
	return record.Float(f)
}

// text reads a text in quotes.
func (r *reader) text() record.Value {
	var b strings.Builder
	s := r.rest[1:]
	for {
		i := strings.IndexByte(s, '\'')
		if i < 0 {
			r.t.Fatalf("no closing quote in %q", r.rest)
		}
		b.WriteString(s[:i])
		if s = s[i+1:]; !strings.HasPrefix(s, "'") {
			break
		}
		b.WriteByte('\'')
		s = s[1:]
	}
	r.rest = strings.TrimSpace(s)
	return record.Text(b.String())
}

func (r *reader) typed(text, name string) record.Value {
	t, err := record.ParseType(name)
	if err != nil {
		r.t.Fatal(err)
	}
	v, err := apply(function.CastName(t, false), []record.Type{record.VarcharType}, []record.Value{record.Text(text)})
	if err != nil {
		r.t.Fatal(err)
	}
	return v
}

// apply resolves a call, casts its arguments and evaluates it, as the binder and
// the evaluators do.
func apply(name string, types []record.Type, args []record.Value) (record.Value, error) {
	res, err := function.Resolve(name, types)
	if err != nil {
		return record.Value{}, err
	}
	cast := make([]record.Value, len(args))
	for i, a := range args {
		cast[i] = a
		if a.IsNull() {
			cast[i] = record.NullOf(res.Args[i])
			continue
		}
		if a.Type().Equal(res.Args[i]) {
			continue
		}
		f, err := function.Cast(a.Type(), res.Args[i], false)
		if err != nil {
			return record.Value{}, fmt.Errorf("argument %d: %w", i, err)
		}
		if cast[i], err = f.Eval([]record.Value{a}); err != nil {
			return record.Value{}, err
		}
	}
	v, err := res.Func.Eval(cast)
	if err != nil {
		return v, err
	}
	if !v.Type().Equal(res.Result) {
		return v, fmt.Errorf("%s is %s, not %s", v, v.Type(), res.Result)
	}
	return v, nil
}

// outcome writes what a call comes to, as examples do.
func outcome(t *testing.T, name, args string) string {
	t.Helper()
	vs := literals(t, args)
	types := make([]record.Type, len(vs))
	for i, v := range vs {
		types[i] = v.Type()
	}
	v, err := apply(name, types, vs)
	if err != nil {
		return "ERROR: " + err.Error()
	}
	return v.String()
}
