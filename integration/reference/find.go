package reference

import "encoding/json"

// finder leads from a document to a value in it; nil where there is none or null.
type finder func(root map[string]any) any

// at follows the names of nested objects.
func at(names ...string) finder {
	return func(root map[string]any) any {
		var v any = root
		for _, n := range names {
			obj, ok := v.(map[string]any)
			if !ok {
				return nil
			}
			v = obj[n]
		}
		return v
	}
}

// each makes a list of what the first fitting choice finds in each element of an
// array, nil where none does. What is not an array is found as it is.
func each(array finder, choices ...finder) finder {
	return func(root map[string]any) any {
		v := array(root)
		elems, ok := v.([]any)
		if !ok {
			return v
		}
		out := make([]any, len(elems))
		for i, e := range elems {
			obj, ok := e.(map[string]any)
			if !ok {
				continue
			}
			for _, c := range choices {
				if out[i] = c(obj); out[i] != nil {
					break
				}
			}
		}
		return out
	}
}

// pick finds something in the first element of an array whose field key is what
// the finder want finds in the document.
func pick(array finder, key string, want, inner finder) finder {
	return func(root map[string]any) any {
		elems, _ := array(root).([]any)
		wanted := want(root)
		for _, e := range elems {
			if obj, ok := e.(map[string]any); ok && sameScalar(obj[key], wanted) {
				return inner(obj)
			}
		}
		return nil
	}
}

// sameScalar reports whether two JSON strings or numbers, neither null, are the
// same text.
func sameScalar(a, b any) bool {
	switch a := a.(type) {
	case string:
		s, ok := b.(string)
		return ok && a == s
	case json.Number:
		n, ok := b.(json.Number)
		return ok && a == n
	default:
		return false
	}
}

func author(names ...string) finder {
	return pick(at("includes", "users"), "id", at("data", "author_id"), at(names...))
}

func place(names ...string) finder {
	return pick(at("includes", "places"), "id", at("data", "geo", "place_id"), at(names...))
}

func referenced(kind string, names ...string) finder {
	return pick(at("referenced_tweets"), "type", always(kind), at(names...))
}

func dataReferenced(kind string, names ...string) finder {
	return pick(at("data", "referenced_tweets"), "type", always(kind), at(names...))
}

func always(v any) finder { return func(map[string]any) any { return v } }

// exists finds true where f finds anything.
func exists(f finder) finder {
	return func(root map[string]any) any {
		if f(root) == nil {
			return nil
		}
		return true
	}
}
