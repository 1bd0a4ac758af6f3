package reference

import (
	"slices"
	"strings"
	"unicode"

	"github.com/millrace/millrace/libs/record"
)

// ofText is a function of one text.
func ofText(result string, f func(s string) record.Value) *scalar {
	return strict(on("text > "+result, func(a []record.Value) (record.Value, bool) { return f(a[0].Str()), true }))
}

func textOf(f func(s string) string) *scalar {
	return ofText("text", func(s string) record.Value { return record.Text(f(s)) })
}

func countOf(f func(s string) int) *scalar {
	return ofText("int", func(s string) record.Value { return record.Int(int64(f(s))) })
}

// eachRune maps every character by itself.
func eachRune(f func(rune) rune) func(string) string {
	return func(s string) string {
		var b strings.Builder
		for _, r := range s {
			b.WriteRune(f(r))
		}
		return b.String()
	}
}

func textFunctions() map[string]*scalar {
	return map[string]*scalar{
		"lower":        textOf(eachRune(unicode.ToLower)),
		"upper":        textOf(eachRune(unicode.ToUpper)),
		"initcap":      textOf(initcap),
		"length":       countOf(func(s string) int { return len([]rune(s)) }),
		"octet_length": countOf(func(s string) int { return len(s) }),
		"bit_length":   countOf(func(s string) int { return len(s) * 8 }),
		"reverse": textOf(func(s string) string {
			rs := []rune(s)
			slices.Reverse(rs)
			return string(rs)
		}),
		"substring": strict(on("text int int? > text", func(a []record.Value) (record.Value, bool) {
			var out []rune
			for i, r := range []rune(a[0].Str()) {
				at, from := int64(i)+1, a[1].Int()
				// How far a position is from the start may take more than 63 bits.
				if at >= from && (len(a) == 2 || a[2].Int() >= 0 && uint64(at)-uint64(from) < uint64(a[2].Int())) {
					out = append(out, r)
				}
			}
			return record.Text(string(out)), len(a) == 2 || a[2].Int() >= 0
		})),
		"left":       strict(on("text int > text", func(a []record.Value) (record.Value, bool) { return record.Text(leftOf(a[0].Str(), a[1].Int())), true })),
		"right":      strict(on("text int > text", func(a []record.Value) (record.Value, bool) { return record.Text(rightOf(a[0].Str(), a[1].Int())), true })),
		"split_part": strict(on("text text int > text", splitPart)),
		"strpos":     strict(on("text text > int", func(a []record.Value) (record.Value, bool) { return record.Int(placeOf(a[0].Str(), a[1].Str())), true })),
		"position":   strict(on("text text > int", func(a []record.Value) (record.Value, bool) { return record.Int(placeOf(a[1].Str(), a[0].Str())), true })),
		"starts_with": strict(on("text text > bool", func(a []record.Value) (record.Value, bool) {
			return record.Bool(strings.HasPrefix(a[0].Str(), a[1].Str())), true
		})),
		"ends_with": strict(on("text text > bool", func(a []record.Value) (record.Value, bool) {
			return record.Bool(strings.HasSuffix(a[0].Str(), a[1].Str())), true
		})),
		"replace": strict(on("text text text > text", func(a []record.Value) (record.Value, bool) {
			if a[1].Str() == "" {
				return a[0], true
			}
			return record.Text(strings.ReplaceAll(a[0].Str(), a[1].Str(), a[2].Str())), true
		})),
		"translate": strict(on("text text text > text", func(a []record.Value) (record.Value, bool) {
			from, to := []rune(a[1].Str()), []rune(a[2].Str())
			var out []rune
			for _, r := range a[0].Str() {
				switch i := slices.Index(from, r); {
				case i < 0:
					out = append(out, r)
				case i < len(to):
					out = append(out, to[i])
				}
			}
			return record.Text(string(out)), true
		})),
		"levenshtein": strict(on("text text > int", func(a []record.Value) (record.Value, bool) {
			x, y := []rune(a[0].Str()), []rune(a[1].Str())
			return record.Int(int64(distance(x, y))), len(x) <= 255 && len(y) <= 255
		})),
		"trim":  trimming(true, true),
		"ltrim": trimming(true, false),
		"rtrim": trimming(false, true),
		"lpad":  padding(func(fill, text string) string { return fill + text }),
		"rpad":  padding(func(fill, text string) string { return text + fill }),
		"repeat": strict(on("text int > text", func(a []record.Value) (record.Value, bool) {
			n := max(a[1].Int(), 0)
			if a[0].Str() == "" {
				return a[0], true
			}
			if n > mostText {
				return record.Value{}, false
			}
			return record.Text(strings.Repeat(a[0].Str(), int(n))), true
		})),
	}
}

// initcap starts words, which are runs of letters and digits, with capitals.
func initcap(s string) string {
	var b strings.Builder
	started := false
	for _, r := range s {
		if started {
			b.WriteRune(unicode.ToLower(r))
		} else {
			b.WriteRune(unicode.ToUpper(r))
		}
		started = unicode.IsLetter(r) || unicode.IsDigit(r)
	}
	return b.String()
}

func leftOf(s string, n int64) string {
	rs := []rune(s)
	if n < 0 {
		n = max(0, int64(len(rs))+n)
	}
	return string(rs[:min(n, int64(len(rs)))])
}

func rightOf(s string, n int64) string {
	rs := []rune(s)
	if n < 0 {
		if n < -int64(len(rs)) {
			return ""
		}
		return string(rs[-n:])
	}
	return string(rs[max(0, int64(len(rs))-n):])
}

func splitPart(a []record.Value) (record.Value, bool) {
	parts, n := []string{a[0].Str()}, a[2].Int()
	if a[1].Str() != "" {
		parts = strings.Split(a[0].Str(), a[1].Str())
	}
	if n < 0 {
		slices.Reverse(parts)
		n = -n
	}
	if n < 1 || n > int64(len(parts)) {
		return record.Text(""), n != 0
	}
	return record.Text(parts[n-1]), true
}

// placeOf counts characters before the part.
func placeOf(s, part string) int64 {
	before, _, found := strings.Cut(s, part)
	if !found {
		return 0
	}
	return int64(len([]rune(before))) + 1
}

// distance is Levenshtein's, by its whole table.
func distance(x, y []rune) int {
	table := make([][]int, len(x)+1)
	for i := range table {
		table[i] = make([]int, len(y)+1)
		for j := range table[i] {
			switch {
			case i == 0 || j == 0:
				table[i][j] = i + j
			case x[i-1] == y[j-1]:
				table[i][j] = table[i-1][j-1]
			default:
				table[i][j] = 1 + min(table[i-1][j], table[i][j-1], table[i-1][j-1])
			}
		}
	}
	return table[len(x)][len(y)]
}

func trimming(left, right bool) *scalar {
	return strict(on("text text? > text", func(a []record.Value) (record.Value, bool) {
		rs, set := []rune(a[0].Str()), " "
		if len(a) == 2 {
			set = a[1].Str()
		}
		for left && len(rs) > 0 && strings.ContainsRune(set, rs[0]) {
			rs = rs[1:]
		}
		for right && len(rs) > 0 && strings.ContainsRune(set, rs[len(rs)-1]) {
			rs = rs[:len(rs)-1]
		}
		return record.Text(string(rs)), true
	}))
}

func padding(join func(fill, text string) string) *scalar {
	return strict(on("text int text? > text", func(a []record.Value) (record.Value, bool) {
		rs, n, fill := []rune(a[0].Str()), max(a[1].Int(), 0), []rune(" ")
		if len(a) == 3 {
			fill = []rune(a[2].Str())
		}
		switch {
		case n <= int64(len(rs)):
			return record.Text(string(rs[:n])), true
		case len(fill) == 0:
			return a[0], true
		case n > mostText:
			return record.Value{}, false
		}
		var more []rune
		for i := 0; int64(len(rs)+i) < n; i++ {
			more = append(more, fill[i%len(fill)])
		}
		return record.Text(join(string(more), a[0].Str())), true
	}))
}
