package function

import (
	"fmt"
	"strings"

	"github.com/millrace/millrace/libs/record"
)

const pathDoc = " A path is `$` followed by `.name`, `.\"any name\"`, `.*`, `[0]`, `[last]`, `[1 to 3]` or `[*]`, in lax mode: a name looks into the elements of an array, and `[0]` of what is no array is the value itself. Filters, methods and strict mode are errors."

func documentPaths() []Scalar {
	path := func(name, doc, signature string, examples []Example, eval func(items []string) record.Value) Scalar {
		f := jsonFunc(name, doc+pathDoc, examples, prepared(signature, func(s Site) (Eval, error) {
			read := func(v record.Value) (jsonPath, error) {
				p, err := parsePath(v.Str())
				if err != nil {
					err = &advised{err, "for example '$.user.name' or '$.tags[0]'"}
				}
				return p, err
			}
			return withConstant(s, 1, read, func(p jsonPath, a []record.Value) (record.Value, error) {
				return eval(p.find(jsonValue(a[0].Str()))), nil
			})
		}))
		f.Fails = UnlessPrepared
		return f
	}
	return []Scalar{
		path("json_value", "The text of the one string, number or boolean that a path leads to; NULL where it leads to nothing, to several values, to null, an object or an array.",
			"(doc JSON, path VARCHAR) VARCHAR",
			[]Example{{`'{"user": {"name": "Ann"}}'::JSON, '$.user.name'`, "'Ann'"}, {`'{"tags": ["a", "b"]}'::JSON, '$.tags[last]'`, "'b'"}, {`'{"a": 1}'::JSON, '$..a'`, `ERROR: malformed path "$..a": expected a name after the point`}},
			func(items []string) record.Value {
				if len(items) == 1 && jsonKind(items[0]) != "object" && jsonKind(items[0]) != "array" {
					return asText(items[0])
				}
				return record.NullOf(record.VarcharType)
			}),
		path("json_query", "The one value that a path leads to, as JSON; NULL where it leads to nothing or to several values.",
			"(doc JSON, path VARCHAR) JSON",
			[]Example{{`'{"a": [1, 2]}'::JSON, '$.a'`, "[1, 2]"}},
			func(items []string) record.Value {
				if len(items) == 1 {
					return asJSON(items[0])
				}
				return record.NullOf(record.JSONType)
			}),
		path("json_exists", "Whether a path leads to a value, null included.",
			"(doc JSON, path VARCHAR) BOOLEAN",
			[]Example{{`'{"a": null}'::JSON, '$.a'`, "TRUE"}, {`'{"a": null}'::JSON, '$.b'`, "FALSE"}},
			func(items []string) record.Value { return record.Bool(len(items) > 0) }),
	}
}

// jsonPath is a path of SQL/JSON in lax mode.
type jsonPath []pathStep

// pathStep leads from a value to some of those in it.
type pathStep struct {
	name      string // of a member
	all       bool   // every member, or element
	subscript bool   // elements from one index to another, last+from if negative
	from, to  int64
}

// find returns the texts of the values that the path leads to, in order; none where
// text is not JSON. Beyond [MaxElems] it looks for no more.
func (p jsonPath) find(text string) []string {
	items := []string{text}
	if jsonKind(text) == "" {
		return nil
	}
	for _, step := range p {
		var next []string
		for _, item := range items {
			next = step.into(next, item, true)
			if len(next) > MaxElems {
				break
			}
		}
		items = next
	}
	return items
}

// into appends what the step leads to from item, whose elements it looks into if
// they are to be unwrapped.
func (s pathStep) into(found []string, item string, unwrap bool) []string {
	switch kind := jsonKind(item); {
	case s.subscript && kind != "array":
		if s.all || s.from <= 0 && (s.to >= 0 || s.to == -1) && s.from >= -1 {
			found = append(found, item) // an array of one
		}
		return found
	case s.subscript:
		return s.elements(found, item)
	case kind == "array" && unwrap:
		_ = jsonElements(item, func(v string) bool { // what is not JSON has no more elements
			found = s.into(found, v, false)
			return len(found) <= MaxElems
		})
		return found
	case kind != "object":
		return found
	case s.all:
		return allMembers(found, item)
	default:
		if v, ok, _ := jsonMember(item, s.name); ok {
			found = append(found, v)
		}
		return found
	}
}

func (s pathStep) elements(found []string, array string) []string {
	from, to := s.from, s.to
	if from < 0 || to < 0 {
		n := int64(0)
		_ = jsonElements(array, func(string) bool { n++; return true })
		if from < 0 {
			from += n
		}
		if to < 0 {
			to += n
		}
	}
	i := int64(0)
	_ = jsonElements(array, func(v string) bool {
		if s.all || from <= i && i <= to {
			found = append(found, v)
		}
		i++
		return (s.all || i <= to) && len(found) <= MaxElems
	})
	return found
}

// allMembers appends each member once, the last of one name where the first stands.
func allMembers(found []string, object string) []string {
	place := make(map[string]int)
	_ = jsonMembers(object, func(name, v string) {
		if at, ok := place[name]; ok {
			found[at] = v
			return
		}
		place[name] = len(found)
		found = append(found, v)
	})
	return found
}

// parsePath reads a path.
func parsePath(text string) (jsonPath, error) {
	fail := func(format string, args ...any) (jsonPath, error) {
		return nil, fmt.Errorf("malformed path %q: %s", abbreviated(text), fmt.Sprintf(format, args...))
	}
	s := strings.TrimSpace(text)
	if mode, rest, ok := strings.Cut(s, " "); ok && (mode == "lax" || mode == "strict") {
		if mode == "strict" {
			return fail("strict mode is not supported")
		}
		s = strings.TrimSpace(rest)
	}
	s, ok := strings.CutPrefix(s, "$")
	if !ok {
		return fail("expected $")
	}
	var p jsonPath
	for s = strings.TrimSpace(s); s != ""; s = strings.TrimSpace(s) {
		var step pathStep
		var cause string
		switch s[0] {
		case '.':
			step, s, cause = memberStep(strings.TrimSpace(s[1:]))
		case '[':
			step, s, cause = elementStep(s[1:])
		case '?':
			cause = "filters are not supported"
		default:
			cause = fmt.Sprintf("expected . or [ at %q", abbreviated(s))
		}
		if cause != "" {
			return fail("%s", cause)
		}
		p = append(p, step)
	}
	return p, nil
}

// memberStep reads what follows a point.
func memberStep(s string) (step pathStep, rest, cause string) {
	switch {
	case strings.HasPrefix(s, "*"):
		if strings.HasPrefix(s, "**") {
			return step, s, "** is not supported"
		}
		return pathStep{all: true}, s[1:], ""
	case strings.HasPrefix(s, `"`):
		w := jsonWalker{s: s}
		quoted, err := w.string()
		if err != nil {
			return step, s, "a name without its closing quote"
		}
		return pathStep{name: jsonText(quoted)}, s[w.at:], ""
	}
	n := strings.IndexAny(s, ".[]()*?@$'\" \t\n\r,:<>=!&|+-/%")
	if n < 0 {
		n = len(s)
	}
	switch {
	case n == 0:
		return step, s, "expected a name after the point"
	case strings.HasPrefix(strings.TrimSpace(s[n:]), "("):
		return step, s, "methods are not supported"
	}
	return pathStep{name: s[:n]}, s[n:], ""
}

// elementStep reads what follows a bracket.
func elementStep(s string) (step pathStep, rest, cause string) {
	inner, rest, closed := strings.Cut(s, "]")
	inner = strings.TrimSpace(inner)
	if !closed {
		return step, s, "a bracket that is not closed"
	}
	if inner == "*" {
		return pathStep{subscript: true, all: true}, rest, ""
	}
	from, to, ranged := strings.Cut(inner, " to ")
	step.subscript = true
	var ok bool
	if step.from, ok = pathIndex(from); !ok {
		return step, s, fmt.Sprintf("%q is no index", abbreviated(inner))
	}
	if step.to = step.from; ranged {
		if step.to, ok = pathIndex(to); !ok {
			return step, s, fmt.Sprintf("%q is no index", abbreviated(inner))
		}
	}
	return step, rest, ""
}

// pathIndex reads an index; last is -1, last - 1 is -2.
func pathIndex(s string) (int64, bool) {
	s = strings.TrimSpace(s)
	rest, last := strings.CutPrefix(s, "last")
	if !last {
		return jsonInteger(s)
	}
	if rest = strings.TrimSpace(rest); rest == "" {
		return -1, true
	}
	back, minus := strings.CutPrefix(rest, "-")
	n, ok := jsonInteger(strings.TrimSpace(back))
	return -1 - n, ok && minus
}
