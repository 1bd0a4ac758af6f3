package reference

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/millrace/millrace/libs/record"
)

// codeFunctions join texts and write them in codes. Hashes and codes are the standard
// library's, as the engine's are: there is nothing to be wrong about in them.
func codeFunctions() map[string]*scalar {
	joined := func(a []record.Value) (record.Value, bool) {
		var b strings.Builder
		for _, v := range a {
			b.WriteString(printed(v))
		}
		return record.Text(b.String()), true
	}
	return map[string]*scalar{
		"concat": strict(
			on("text text* > text", joined),
			on("list list* > list", concatenated),
			on("plain plain* > text", joined),
		),
		"concat_ws": seesNull(on("text plain?* > text", func(a []record.Value) (record.Value, bool) {
			var parts []string
			for _, v := range a[1:] {
				if !v.IsNull() {
					parts = append(parts, printed(v))
				}
			}
			if a[0].IsNull() {
				return a[0], true
			}
			return record.Text(strings.Join(parts, a[0].Str())), true
		})),
		"ascii": countOf(func(s string) int {
			for _, r := range s {
				return int(r)
			}
			return 0
		}),
		"chr": strict(on("int > text", func(a []record.Value) (record.Value, bool) {
			n := a[0].Int()
			if n < 1 || n > utf8.MaxRune || 0xD800 <= n && n <= 0xDFFF {
				return record.Value{}, false
			}
			return record.Text(string(rune(n))), true
		})),
		"md5":    textOf(func(s string) string { return fmt.Sprintf("%x", md5.Sum([]byte(s))) }),
		"sha256": textOf(func(s string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(s))) }),
		"to_hex": strict(on("int > text", func(a []record.Value) (record.Value, bool) {
			return record.Text(fmt.Sprintf("%x", uint64(a[0].Int()))), true
		})),
		"encode": strict(on("text text > text", func(a []record.Value) (record.Value, bool) {
			switch strings.ToLower(a[1].Str()) {
			case "hex":
				return record.Text(fmt.Sprintf("%x", a[0].Str())), true
			case "base64":
				return record.Text(base64.StdEncoding.EncodeToString([]byte(a[0].Str()))), true
			}
			return record.Value{}, false
		})),
		"decode": strict(on("text text > text", func(a []record.Value) (record.Value, bool) {
			decode, ok := map[string]func(string) ([]byte, error){"hex": hex.DecodeString, "base64": base64.StdEncoding.DecodeString}[strings.ToLower(a[1].Str())]
			if !ok {
				return record.Value{}, false
			}
			b, err := decode(a[0].Str())
			return record.Text(string(b)), err == nil && utf8.Valid(b)
		})),
		"format": seesNull(on("text any?* > text", func(a []record.Value) (record.Value, bool) {
			if a[0].IsNull() {
				return a[0], true
			}
			return formatted(a[0].Str(), a[1:])
		})),
	}
}

// directive is what may follow a percent sign in a format.
var directive = regexp.MustCompile(`^(?:%|(?:(\d+)\$)?(-?)(\d*)([sIL]))`)

func formatted(format string, values []record.Value) (record.Value, bool) {
	var b strings.Builder
	next := 0
	for format != "" {
		if format[0] != '%' {
			b.WriteByte(format[0])
			format = format[1:]
			continue
		}
		m := directive.FindStringSubmatch(format[1:])
		if m == nil {
			return record.Value{}, false
		}
		format = format[1+len(m[0]):]
		if m[0] == "%" {
			b.WriteByte('%')
			continue
		}
		if m[1] != "" {
			n, err := strconv.Atoi(m[1])
			if err != nil || n < 1 {
				return record.Value{}, false
			}
			next = n - 1
		}
		if next >= len(values) || m[4] == "I" && values[next].IsNull() {
			return record.Value{}, false
		}
		text := shownAs(values[next], m[4])
		next++
		width, _ := strconv.Atoi(m[3])
		if width > mostText {
			return record.Value{}, false
		}
		fmt.Fprintf(&b, "%"+m[2]+strconv.Itoa(width)+"s", text)
	}
	return record.Text(b.String()), true
}

func shownAs(v record.Value, how string) string {
	text := ""
	if !v.IsNull() {
		text = printed(v)
	}
	switch {
	case how == "L" && v.IsNull():
		return "NULL"
	case how == "L":
		return "'" + strings.ReplaceAll(text, "'", "''") + "'"
	case how == "I":
		return `"` + strings.ReplaceAll(text, `"`, `""`) + `"`
	default:
		return text
	}
}
