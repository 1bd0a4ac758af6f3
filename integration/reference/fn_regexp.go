package reference

import (
	"regexp"
	"strings"
	"sync"

	"github.com/millrace/millrace/libs/record"
)

// regexpFunctions match with the engine of the standard library, which is the one that
// the dialect means (RE2); what is done with the matches is written anew.
func regexpFunctions() map[string]*scalar {
	// with compiles the pattern, and gives the flags, which are argument number flags.
	with := func(signature string, flags int, f func(re *regexp.Regexp, flags string, a []record.Value) (record.Value, bool)) *scalar {
		var cache sync.Map // flags and pattern → *regexp.Regexp, nil where they are malformed
		return strict(on(signature, func(a []record.Value) (record.Value, bool) {
			given := ""
			if flags > 0 && flags < len(a) {
				given = a[flags].Str()
			}
			if strings.Trim(given, "imsgc") != "" {
				return record.Value{}, false
			}
			key := given + "/" + a[1].Str()
			known, ok := cache.Load(key)
			if !ok {
				prefix := ""
				if set := strings.NewReplacer("g", "", "c", "").Replace(given); set != "" {
					prefix = "(?" + set + ")"
				}
				compiled, _ := regexp.Compile(prefix + a[1].Str())
				known, _ = cache.LoadOrStore(key, compiled)
			}
			re := known.(*regexp.Regexp)
			if re == nil {
				return record.Value{}, false
			}
			return f(re, given, a)
		}))
	}
	match := with("text text text? > bool", 2, func(re *regexp.Regexp, _ string, a []record.Value) (record.Value, bool) {
		return record.Bool(re.FindStringIndex(a[0].Str()) != nil), true
	})
	return map[string]*scalar{
		"regexp_like": match,
		"regexp_extract": with("text text int? > text", 0, func(re *regexp.Regexp, _ string, a []record.Value) (record.Value, bool) {
			group := int64(0)
			if len(a) == 3 {
				group = a[2].Int()
			}
			if group < 0 || group > int64(re.NumSubexp()) {
				return record.Value{}, false
			}
			at := re.FindStringSubmatchIndex(a[0].Str())
			if at == nil || at[2*group] < 0 {
				return record.Value{}, true
			}
			return record.Text(re.FindStringSubmatch(a[0].Str())[group]), true
		}),
		"regexp_extract_all": with("text text text? > texts", 2, func(re *regexp.Regexp, _ string, a []record.Value) (record.Value, bool) {
			return textArray(re.FindAllString(a[0].Str(), -1)), true
		}),
		"regexp_replace": with("text text text text? > text", 3, func(re *regexp.Regexp, flags string, a []record.Value) (record.Value, bool) {
			left := 1
			if strings.Contains(flags, "g") {
				left = -1
			}
			var b strings.Builder
			from := 0
			for _, at := range re.FindAllStringSubmatchIndex(a[0].Str(), left) {
				b.WriteString(a[0].Str()[from:at[0]])
				b.WriteString(replacement(a[2].Str(), a[0].Str(), at))
				from = at[1]
			}
			return record.Text(b.String() + a[0].Str()[from:]), true
		}),
		"regexp_count": with("text text text? > int", 2, func(re *regexp.Regexp, _ string, a []record.Value) (record.Value, bool) {
			return record.Int(int64(len(re.FindAllString(a[0].Str(), -1)))), true
		}),
		"regexp_split_to_array": with("text text text? > texts", 2, func(re *regexp.Regexp, _ string, a []record.Value) (record.Value, bool) {
			return textArray(re.Split(a[0].Str(), -1)), true
		}),
	}
}

// replacement writes \1 to \9, \& and \\ out.
func replacement(template, text string, at []int) string {
	var b strings.Builder
	escaped := false
	for i := range len(template) {
		c := template[i]
		switch {
		case !escaped && c == '\\' && i < len(template)-1:
			escaped = true
			continue
		case escaped && (c == '&' || '0' <= c && c <= '9'):
			group := 0
			if c != '&' {
				group = int(c - '0')
			}
			if 2*group < len(at) && at[2*group] >= 0 {
				b.WriteString(text[at[2*group]:at[2*group+1]])
			}
		default:
			b.WriteByte(c)
		}
		escaped = false
	}
	return b.String()
}

func textArray(texts []string) record.Value {
	vs := make([]record.Value, len(texts))
	for i, t := range texts {
		vs[i] = record.Text(t)
	}
	return record.List(record.VarcharType, vs)
}
