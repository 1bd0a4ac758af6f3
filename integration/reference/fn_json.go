package reference

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strconv"
	"strings"

	"github.com/millrace/millrace/libs/record"
)

// member is a member of a JSON object; the value is as it stands in the document.
type member struct {
	name  string
	value string
}

// jsonKindOf is what a JSON value is, by its first character.
func jsonKindOf(text string) string {
	switch strings.TrimSpace(text)[0] {
	case '{':
		return "object"
	case '[':
		return "array"
	case '"':
		return "string"
	case 't', 'f':
		return "boolean"
	case 'n':
		return "null"
	default:
		return "number"
	}
}

func elementsOf(text string) []string {
	var raw []json.RawMessage
	if jsonKindOf(text) != "array" || json.Unmarshal([]byte(text), &raw) != nil {
		return nil
	}
	out := make([]string, len(raw))
	for i, r := range raw {
		out[i] = string(bytes.TrimSpace(r))
	}
	return out
}

// membersOf are the members of an object, each name once: with its last value, where
// it first stands.
func membersOf(text string) []member {
	if jsonKindOf(text) != "object" {
		return nil
	}
	dec := json.NewDecoder(strings.NewReader(text))
	if _, err := dec.Token(); err != nil {
		return nil
	}
	var out []member
next:
	for dec.More() {
		name, err := dec.Token()
		var raw json.RawMessage
		if err != nil || dec.Decode(&raw) != nil {
			return nil
		}
		m := member{name.(string), string(bytes.TrimSpace(raw))}
		for i := range out {
			if out[i].name == m.name {
				out[i] = m
				continue next
			}
		}
		out = append(out, m)
	}
	return out
}

// jsonText is what ->> makes of a value.
func jsonText(text string) record.Value {
	text = strings.TrimSpace(text)
	switch jsonKindOf(text) {
	case "null":
		return record.NullOf(record.VarcharType)
	case "string":
		var s string
		_ = json.Unmarshal([]byte(text), &s) // it is JSON
		return record.Text(s)
	}
	return record.Text(text)
}

func jsonToScalar(text string, to record.Type) (record.Value, bool) {
	kind := jsonKindOf(text)
	text = strings.TrimSpace(text)
	switch {
	case kind == "null":
		return record.NullOf(to), true
	case to.Kind == record.Boolean && kind == "boolean":
		return record.Bool(text == "true"), true
	case to.Kind == record.Double && kind == "number":
		return readDouble(text)
	case to.Kind == record.BigInt && kind == "number":
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			return record.Int(n), true
		}
		f, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return record.Value{}, false
		}
		return nearest(f)
	}
	return record.Value{}, false
}

// jsonToArray casts a JSON array element by element.
func jsonToArray(text string, elem record.Type) (record.Value, bool) {
	switch jsonKindOf(text) {
	case "null":
		return record.NullOf(record.ArrayOf(elem)), true
	case "array":
	default:
		return record.Value{}, false
	}
	out := []record.Value{}
	for _, e := range elementsOf(text) {
		v, ok := jsonText(e), true
		switch {
		case elem.Kind == record.JSON:
			v = record.JSONOf(e)
		case v.IsNull():
			v = record.NullOf(elem)
		case elem.Kind == record.Boolean || elem.Kind == record.BigInt || elem.Kind == record.Double:
			v, ok = jsonToScalar(e, elem)
		case elem.Kind != record.Varchar:
			v, ok = castValue(v, elem)
		}
		if !ok {
			return v, false
		}
		out = append(out, v)
	}
	return record.List(elem, out), true
}

func jsonFunctions() map[string]*scalar {
	get := func(result string, as func(string) record.Value) *scalar {
		return strict(
			on("json text > "+result, func(a []record.Value) (record.Value, bool) {
				for _, m := range membersOf(a[0].Str()) {
					if m.name == a[1].Str() {
						return as(m.value), true
					}
				}
				return record.Value{}, true
			}),
			on("json int > "+result, func(a []record.Value) (record.Value, bool) {
				es, i := elementsOf(a[0].Str()), a[1].Int()
				if i < 0 {
					i += int64(len(es))
				}
				if i < 0 || i >= int64(len(es)) {
					return record.Value{}, true
				}
				return as(es[i]), true
			}))
	}
	path := func(result string, of func(items []string) record.Value) *scalar {
		return strict(on("json text > "+result, func(a []record.Value) (record.Value, bool) {
			items, ok := follow(a[0].Str(), a[1].Str())
			return of(items), ok
		}))
	}
	return map[string]*scalar{
		"->":          get("json", record.JSONOf),
		"->>":         get("text", jsonText),
		"json_typeof": strict(on("json > text", func(a []record.Value) (record.Value, bool) { return record.Text(jsonKindOf(a[0].Str())), true })),
		"json_array_length": strict(on("json > int", func(a []record.Value) (record.Value, bool) {
			if jsonKindOf(a[0].Str()) != "array" {
				return record.Value{}, true
			}
			return record.Int(int64(len(elementsOf(a[0].Str())))), true
		})),
		"json_value": path("text", func(items []string) record.Value {
			if len(items) == 1 && jsonKindOf(items[0]) != "object" && jsonKindOf(items[0]) != "array" {
				return jsonText(items[0])
			}
			return record.Value{}
		}),
		"json_query": path("json", func(items []string) record.Value {
			if len(items) == 1 {
				return record.JSONOf(items[0])
			}
			return record.Value{}
		}),
		"json_exists": path("bool", func(items []string) record.Value { return record.Bool(len(items) > 0) }),
	}
}

// pathStep is one step of a path: .name, ."name", .*, [*], [i] or [i to j].
var pathStep = regexp.MustCompile(`^\s*(?:\.\s*(?:(\*)|("(?:[^"\\]|\\.)*")|([\pL_][\pL\pN_]*))|\[\s*(?:(\*)|(\d+|last(?:\s*-\s*\d+)?)(?:\s+to\s+(\d+|last(?:\s*-\s*\d+)?))?)\s*\])`)

// follow returns the values that a path leads to, in lax mode; false: it is no path.
func follow(doc, path string) ([]string, bool) {
	path = strings.TrimSpace(path)
	if rest, lax := strings.CutPrefix(path, "lax "); lax {
		path = strings.TrimSpace(rest)
	}
	if !strings.HasPrefix(path, "$") {
		return nil, false
	}
	items := []string{strings.TrimSpace(doc)}
	for path = path[1:]; strings.TrimSpace(path) != ""; {
		m := pathStep.FindStringSubmatch(path)
		if m == nil {
			return nil, false
		}
		path = path[len(m[0]):]
		var next []string
		for _, item := range items {
			if m[4] != "" || m[5] != "" {
				next = append(next, elementsAt(item, m[4] != "", m[5], m[6])...)
				continue
			}
			objects := []string{item}
			if jsonKindOf(item) == "array" {
				objects = elementsOf(item)
			}
			name := m[3]
			if m[2] != "" {
				name = jsonText(m[2]).Str()
			}
			for _, o := range objects {
				for _, member := range membersOf(o) {
					if m[1] != "" || member.name == name {
						next = append(next, member.value)
					}
				}
			}
		}
		items = next
	}
	return items, true
}

// elementsAt are elements of an array; what is none is an array of itself.
func elementsAt(item string, all bool, from, to string) []string {
	es := []string{item}
	if jsonKindOf(item) == "array" {
		es = elementsOf(item)
	}
	if all {
		return es
	}
	index := func(s string) int {
		if rest, last := strings.CutPrefix(s, "last"); last {
			back, _ := strconv.Atoi(strings.Trim(rest, " -"))
			return len(es) - 1 - back
		}
		n, _ := strconv.Atoi(s)
		return n
	}
	if to == "" {
		to = from
	}
	var out []string
	for i, e := range es {
		if index(from) <= i && i <= index(to) {
			out = append(out, e)
		}
	}
	return out
}
