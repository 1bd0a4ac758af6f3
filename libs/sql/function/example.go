package function

import (
	"regexp"
	"slices"
	"strings"
)

// ExampleSQL writes the call of one of f's examples.
func (f *Scalar) ExampleSQL(e Example) string {
	args := splitArgs(e.Args)
	switch {
	case f.Name == Case:
		return caseSQL(args)
	case f.Name == Array:
		return "ARRAY[" + e.Args + "]"
	case f.Name == In:
		return args[0] + " IN (" + strings.Join(args[1:], ", ") + ")"
	case f.SQL == "":
		return f.Name + "(" + e.Args + ")"
	case len(args) > 2 && len(f.wordAliases()) > 0:
		return f.wordAliases()[0] + "(" + e.Args + ")"
	}
	params := f.Overloads[0].Params
	return word.ReplaceAllStringFunc(f.SQL, func(w string) string {
		if i := slices.IndexFunc(params, func(p Param) bool { return p.Name == w }); i >= 0 && i < len(args) {
			return args[i]
		}
		return w
	})
}

var word = regexp.MustCompile(`[A-Za-z_]+`)

func caseSQL(args []string) string {
	var b strings.Builder
	b.WriteString("CASE")
	for ; len(args) > 1; args = args[2:] {
		b.WriteString(" WHEN " + args[0] + " THEN " + args[1])
	}
	if len(args) > 0 {
		b.WriteString(" ELSE " + args[0])
	}
	return b.String() + " END"
}

// splitArgs splits at the commas that are neither in quotes nor in brackets.
func splitArgs(s string) []string {
	var args []string
	depth, from, quoted := 0, 0, false
	for i := range len(s) {
		switch c := s[i]; {
		case c == '\'':
			quoted = !quoted
		case quoted:
		case c == '[':
			depth++
		case c == ']':
			depth--
		case c == ',' && depth == 0:
			args = append(args, strings.TrimSpace(s[from:i]))
			from = i + 1
		}
	}
	if rest := strings.TrimSpace(s[from:]); rest != "" {
		args = append(args, rest)
	}
	return args
}
