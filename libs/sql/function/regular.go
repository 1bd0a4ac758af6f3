package function

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"

	"github.com/millrace/millrace/libs/planted"
	"github.com/millrace/millrace/libs/record"
)

const regexpExtract = "regexp_extract"

func regulars() []Scalar {
	return []Scalar{
		regular(Scalar{
			Name: RegexpMatch, SQL: "text ~ pattern", Aliases: []string{"~", "regexp_like"}, Callable: true,
			Doc:      "Whether the pattern matches somewhere in text. A pattern of 96 states or more (about its length, what it repeats as often as it may) is an error over a text that is too long for it: states times bytes beyond 100,000,000, here and in the functions below. Those that look for all matches are an error, too, where what they read for one after the other, times states, is more than 10,000,000 beyond twice the text. A pattern has at most 2,000 states, and all of a query 20,000. `regexp_like(text, pattern, flags)` is the same; `text ~* pattern` has the flag i.",
			Examples: []Example{{"'Thomas', 'T.*ma'", "TRUE"}, {"'Thomas', '^thomas$', 'i'", "TRUE"}, {"'a', '('", "ERROR: malformed pattern: missing closing ): `(`"}},
		}, "(text VARCHAR, pattern VARCHAR, [flags VARCHAR]) BOOLEAN", 2, func(re *expression, _ string, a []record.Value) (record.Value, error) {
			return record.Bool(re.MatchString(a[0].Str())), nil
		}),
		fails(regular(Scalar{
			Name: regexpExtract, Callable: true, Aliases: []string{"regexp_substr"},
			Doc:      "The first match, or what its nth group in parentheses matched; NULL where there is no match, or that group took no part in it. A group that the pattern does not have is an error.",
			Examples: []Example{{"'rt @anna: hi', '@(\\w+)', 1", "'anna'"}, {"'abc', 'x'", "NULL"}},
		}, "(text VARCHAR, pattern VARCHAR, [group BIGINT]) VARCHAR", 0, func(re *expression, _ string, a []record.Value) (record.Value, error) {
			group := 0
			if len(a) == 3 {
				if n := a[2].Int(); n < 0 || n > int64(re.NumSubexp()) {
					return record.Value{}, fmt.Errorf("the pattern has no group %d", n)
				}
				group = int(a[2].Int())
			}
			at := re.FindStringSubmatchIndex(a[0].Str())
			if at == nil || at[2*group] < 0 {
				return record.NullOf(record.VarcharType), nil
			}
			return record.Text(a[0].Str()[at[2*group]:at[2*group+1]]), nil
		})),
		fails(regular(Scalar{
			Name: "regexp_extract_all", Callable: true,
			Doc:      "All matches that do not overlap, in order.",
			Examples: []Example{{"'a1b22', '[0-9]+'", `["1","22"]`}},
		}, "(text VARCHAR, pattern VARCHAR, [flags VARCHAR]) ARRAY<VARCHAR>", 2, func(re *expression, _ string, a []record.Value) (record.Value, error) {
			matches, err := re.all(a[0].Str(), MaxElems+1, false)
			if err != nil {
				return record.Value{}, err
			}
			texts := make([]string, len(matches))
			for i, at := range matches {
				texts[i] = a[0].Str()[at[0]:at[1]]
			}
			return textList(texts)
		})),
		fails(regular(Scalar{
			Name: "regexp_replace", Callable: true,
			Doc:      "Text with the first match replaced, with the flag g every match. In the replacement `\\1` to `\\9` are what groups matched, `\\&` and `\\0` are the whole match, `\\\\` a backslash.",
			Examples: []Example{{"'a1b2', '[0-9]', 'x'", "'axb2'"}, {"'a1b2', '[0-9]', '<\\&>', 'g'", "'a<1>b<2>'"}, {"'Anna Berg', '(\\w+) (\\w+)', '\\2, \\1'", "'Berg, Anna'"}},
		}, "(text VARCHAR, pattern VARCHAR, replacement VARCHAR, [flags VARCHAR]) VARCHAR", 3, replaceMatches)),
		fails(regular(Scalar{
			Name: "regexp_count", Callable: true,
			Doc:      "The number of matches that do not overlap.",
			Examples: []Example{{"'a1b22', '[0-9]'", "3"}},
		}, "(text VARCHAR, pattern VARCHAR, [flags VARCHAR]) BIGINT", 2, func(re *expression, _ string, a []record.Value) (record.Value, error) {
			matches, err := re.all(a[0].Str(), -1, false)
			return record.Int(int64(len(matches))), err
		})),
		fails(regular(Scalar{
			Name: "regexp_split_to_array", Callable: true,
			Doc:      "The parts of text between matches. An empty pattern splits it into characters.",
			Examples: []Example{{"'a, b;c', '[,;] *'", `["a","b","c"]`}},
		}, "(text VARCHAR, pattern VARCHAR, [flags VARCHAR]) ARRAY<VARCHAR>", 2, func(re *expression, _ string, a []record.Value) (record.Value, error) {
			text := a[0].Str()
			if text == "" && re.String() != "" {
				return textList([]string{""})
			}
			matches, err := re.all(text, MaxElems+1, false)
			if err != nil {
				return record.Value{}, err
			}
			return textList(split(text, matches, MaxElems+1))
		})),
	}
}

// regular completes a function of a text, a pattern and, as argument number flags
// if that is not 0, flags.
func regular(f Scalar, signature string, flags int, eval func(re *expression, flags string, a []record.Value) (record.Value, error)) Scalar {
	f.Section, f.Canonical, f.Strict, f.Fails = Regular, true, true, UnlessPrepared
	overload := prepared(signature, func(s Site) (Eval, error) {
		given := func(a []record.Value) string {
			if flags == 0 || flags >= len(a) {
				return ""
			}
			return a[flags].Str()
		}
		pattern, known := s.constant(1)
		most := MostStates
		if known {
			most = mostRegistered
		}
		flagText := ""
		if flags > 0 && flags < len(s.Args) {
			v, ok := s.constant(flags)
			known = known && ok
			flagText = v.Str()
		}
		if !known {
			return func(a []record.Value) (record.Value, error) {
				re, err := compile(a[1].Str(), given(a), most)
				if err != nil {
					return record.Value{}, err
				}
				if err := re.affords(a[0].Str()); err != nil {
					return record.Value{}, err
				}
				return eval(re, given(a), a)
			}, nil
		}
		re, err := compile(pattern.Str(), flagText, most)
		switch {
		case errors.Is(err, errFlag):
			return nil, &ConstantError{flags, &advised{err, "several stand together: 'gi'"}}
		case err != nil:
			return nil, &ConstantError{1, &advised{err, patternHint(pattern.Str(), err)}}
		}
		return func(a []record.Value) (record.Value, error) {
			if err := re.affords(a[0].Str()); err != nil {
				return record.Value{}, err
			}
			return eval(re, flagText, a)
		}, nil
	})
	overload.risky = func(s Site) bool {
		pattern, known := s.constant(1)
		_, n, err := statesOf(pattern.Str(), mostRegistered)
		return !known || err != nil || n > alwaysAfforded
	}
	f.Overloads = []Overload{overload}
	return f
}

// expression is a pattern that is compiled.
type expression struct {
	*regexp.Regexp
	states  int // about
	longest int // bytes of a match, if that is bounded
	bounded bool
	again   func() (*regexp.Regexp, error) // for [expression.more]
}

// compile reads a pattern of so many states at most.
func compile(pattern, flags string, most int) (*expression, error) {
	prefix := ""
	for _, r := range flags {
		switch r {
		case 'i', 'm', 's':
			prefix += string(r)
		case 'g', 'c':
		default:
			return nil, fmt.Errorf("%w %q: expected i, m, s or g", errFlag, r)
		}
	}
	if prefix != "" {
		prefix = "(?" + prefix + ")"
	}
	parsed, n, err := statesOf(pattern, most)
	if err != nil {
		return nil, err
	}
	re, err := regexp.Compile(prefix + pattern)
	if err != nil {
		return nil, malformed(err)
	}
	e := &expression{Regexp: re, states: n}
	e.longest, e.bounded = longest(parsed)
	e.again = sync.OnceValues(func() (*regexp.Regexp, error) { return behind(prefix + pattern) })
	return e, nil
}

// malformed says what is wrong with a pattern.
func malformed(err error) error {
	const most = 200 // characters; it quotes the pattern
	cause := first(strings.ToValidUTF8(err.Error(), "\uFFFD"), most)
	return fmt.Errorf("%w: %s", ErrPattern, strings.TrimPrefix(cause, "error parsing regexp: "))
}

func replaceMatches(re *expression, flags string, a []record.Value) (record.Value, error) {
	text := a[0].Str()
	most := 1
	if strings.ContainsRune(flags, 'g') || planted.On(planted.ReplacesAll) {
		most = -1
	}
	template := replacement(a[2].Str())
	var out []byte
	from := 0
	matches, err := re.all(text, most, true)
	if err != nil {
		return record.Value{}, err
	}
	for _, at := range matches {
		out = append(out, text[from:at[0]]...)
		for _, piece := range template {
			switch g := 2 * piece.group; {
			case piece.group < 0:
				out = append(out, piece.text...)
			case g < len(at) && at[g] >= 0:
				out = append(out, text[at[g]:at[g+1]]...)
			}
			if len(out) > MaxText {
				return record.Value{}, ErrTooLong
			}
		}
		from = at[1]
	}
	return bounded(string(append(out, text[from:]...)))
}

// piece is a part of a replacement: text, or what a group matched.
type piece struct {
	text  string
	group int // -1: text
}

func replacement(s string) []piece {
	var pieces []piece
	for {
		at := strings.IndexByte(s, '\\')
		if at < 0 || at == len(s)-1 {
			return append(pieces, piece{text: s, group: -1})
		}
		pieces = append(pieces, piece{text: s[:at], group: -1})
		switch c := s[at+1]; {
		case c == '&':
			pieces = append(pieces, piece{group: 0})
		case '0' <= c && c <= '9':
			pieces = append(pieces, piece{group: int(c - '0')})
		default:
			pieces = append(pieces, piece{text: s[at+1 : at+2], group: -1})
		}
		s = s[at+2:]
	}
}

// textList returns an array of texts, or an error if there are too many.
func textList(texts []string) (record.Value, error) {
	if len(texts) > MaxElems {
		return record.Value{}, ErrTooLong
	}
	vs := make([]record.Value, len(texts))
	for i, t := range texts {
		vs[i] = record.Text(t)
	}
	return record.List(record.VarcharType, vs), nil
}

// errFlag is of flags that there are not.
var errFlag = errors.New("unknown flag")
