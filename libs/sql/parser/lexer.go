package parser

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/millrace/millrace/libs/sql/ast"
)

// lexer cuts source text into tokens.
type lexer struct {
	src     string
	off     int
	comment func(text string, at ast.Pos) // told of every comment, if not nil
}

// symbols of several bytes that are one token, some of them only to be explained.
// The longer of two that begin alike comes first.
var symbols = [...]string{
	"<>", "<=", ">=", "!=", "==", "=>", "->>", "->", "||", "::", "!~*", "!~", "~*",
	"&&", ":=", "<<", "**",
}

// seconds are the second bytes of symbols, by which the others are told at once.
const seconds = "<>=|:~*&"

// next returns the next token. After the end or what cannot be read it goes on
// returning that.
func (l *lexer) next() token {
	if t, ok := l.blank(); !ok {
		return t
	}
	at := l.off
	if at == len(l.src) {
		return token{kind: end, at: ast.Pos(at)}
	}
	r, size := utf8.DecodeRuneInString(l.src[at:])
	switch {
	case r == '\'':
		return l.quotedBy('\'', str, "string")
	case r == '"':
		return l.quotedBy('"', quoted, "quoted name")
	case ast.IdentStart(r):
		return l.word()
	case isDigit(r), r == '.' && at+1 < len(l.src) && isDigit(rune(l.src[at+1])):
		return l.number()
	}
	if at+1 < len(l.src) && strings.IndexByte(seconds, l.src[at+1]) >= 0 {
		for _, s := range symbols {
			if strings.HasPrefix(l.src[at:], s) {
				l.off += len(s)
				return token{kind: symbol, text: s, at: ast.Pos(at)}
			}
		}
	}
	if strings.ContainsRune("()*,;.=<>+-/%|&!:[]{}?~^", r) {
		l.off += size
		return token{kind: symbol, text: l.src[at:l.off], at: ast.Pos(at)}
	}
	return l.bad(at, at+size, strangeRune(l.src, ast.Pos(at), r, size))
}

func (l *lexer) bad(at, to int, err *ast.Error) token {
	l.off = at
	return token{kind: bad, text: l.src[at:to], at: ast.Pos(at), err: err}
}

// blank skips white space and comments; a comment without an end is a token.
func (l *lexer) blank() (token, bool) {
	for l.off < len(l.src) {
		rest := l.src[l.off:]
		switch {
		case strings.HasPrefix(rest, "--"):
			n := strings.IndexByte(rest, '\n')
			if n < 0 {
				n = len(rest)
			}
			l.skipComment(n)
		case strings.HasPrefix(rest, "/*"):
			n := blockComment(rest)
			if n < 0 {
				err := ast.NewError(l.src, ast.Pos(l.off), "comment has no end").
					WithHint("close it with */")
				err.Expected = "*/"
				return l.bad(l.off, l.off+2, err), false
			}
			l.skipComment(n)
		default:
			r, size := utf8.DecodeRuneInString(rest)
			if !unicode.IsSpace(r) && (r != '\ufeff' || l.off > 0) {
				return token{}, true
			}
			l.off += size
		}
	}
	return token{}, true
}

func (l *lexer) skipComment(n int) {
	if l.comment != nil {
		l.comment(l.src[l.off:l.off+n], ast.Pos(l.off))
	}
	l.off += n
}

// blockComment returns the length of the comment that s begins with, comments
// inside it included as in standard SQL, or -1 where it has no end.
func blockComment(s string) int {
	depth := 0
	for i := 0; i+1 < len(s); i++ {
		switch s[i : i+2] {
		case "/*":
			depth++
			i++
		case "*/":
			depth--
			i++
			if depth == 0 {
				return i + 1
			}
		}
	}
	return -1
}

func (l *lexer) word() token {
	at := l.off
	for l.off < len(l.src) {
		r, size := utf8.DecodeRuneInString(l.src[l.off:])
		if !ast.IdentPart(r) {
			break
		}
		l.off += size
	}
	text := l.src[at:l.off]
	return token{kind: word, text: text, value: strings.ToLower(text), at: ast.Pos(at)}
}

// quotedBy reads text between two marks; the mark itself is written twice.
func (l *lexer) quotedBy(mark byte, k kind, what string) token {
	at := l.off
	for i := at + 1; i < len(l.src); i++ {
		if l.src[i] != mark {
			continue
		}
		if i+1 < len(l.src) && l.src[i+1] == mark {
			i++
			continue
		}
		text := l.src[at : i+1]
		double := string(mark) + string(mark)
		value := strings.ReplaceAll(text[1:len(text)-1], double, string(mark))
		if k == quoted && value == "" {
			return l.bad(at, i+1, ast.NewError(l.src, ast.Pos(at), "a quoted name needs at least one character").
				WithHint("text stands between single quotes: ''"))
		}
		l.off = i + 1
		return token{kind: k, text: text, value: value, at: ast.Pos(at)}
	}
	err := ast.NewError(l.src, ast.Pos(at), what+" has no end").
		WithHint("close it with %c; a %c inside it is written twice", mark, mark)
	err.Expected = string(mark)
	return l.bad(at, at+1, err)
}

// number reads digits, a fraction and an exponent, at least one digit in all.
func (l *lexer) number() token {
	at := l.off
	l.digits()
	if l.off < len(l.src) && l.src[l.off] == '.' {
		l.off++
		l.digits()
	}
	if l.off < len(l.src) && (l.src[l.off] == 'e' || l.src[l.off] == 'E') {
		mark := l.off
		l.off++
		if l.off < len(l.src) && (l.src[l.off] == '+' || l.src[l.off] == '-') {
			l.off++
		}
		if l.digits() == 0 {
			l.off = mark
		}
	}
	to := l.off
	for to < len(l.src) {
		r, size := utf8.DecodeRuneInString(l.src[to:])
		if !ast.IdentPart(r) && r != '.' {
			break
		}
		to += size
	}
	if to > l.off {
		return l.bad(at, to, ast.NewError(l.src, ast.Pos(at), "malformed number "+clip(l.src[at:to])).
			WithHint("numbers are written 42, -1.5 or 1e9; text stands between single quotes"))
	}
	return token{kind: number, text: l.src[at:l.off], at: ast.Pos(at)}
}

func (l *lexer) digits() int {
	from := l.off
	for l.off < len(l.src) && isDigit(rune(l.src[l.off])) {
		l.off++
	}
	return l.off - from
}

func isDigit(r rune) bool { return '0' <= r && r <= '9' }

// strangeRune explains a character that begins no token.
func strangeRune(src string, at ast.Pos, r rune, size int) *ast.Error {
	if r == utf8.RuneError && size <= 1 {
		return ast.NewError(src, at, "the query is not valid UTF-8").WithCode(ast.CodeText)
	}
	err := ast.NewError(src, at, "unexpected character "+quoteRune(r))
	switch {
	case r == '`':
		return err.WithHint(`names stand bare or between double quotes: lang or "lang"; text between single quotes: 'go'`)
	case strings.ContainsRune("‘’‚‛′＇´", r):
		return err.WithHint("text stands between straight single quotes: 'go'")
	case strings.ContainsRune("“”„‟″＂", r):
		return err.WithHint("text stands between straight single quotes: 'go'; names between straight double quotes")
	case r > 0xff00 && r < 0xff5f:
		return err.WithHint("write %c instead of the full-width %c", r-0xfee0, r)
	case strings.HasPrefix(src[at:], "#>"):
		return err.WithHint("json_value(doc, '$.a.b') follows a path")
	case strings.HasPrefix(src[at:], "@>"):
		return err.WithHint("x = ANY(array) tests membership")
	case r == '$' && strings.Contains(src[int(at)+1:], "$"):
		return err.WithHint("text stands between single quotes, and a quote in it twice: 'it''s'")
	case r == '#':
		return err.WithHint("text stands between single quotes: 'go'; a comment begins with --")
	case strings.ContainsRune("@$", r):
		return err.WithHint("text stands between single quotes: 'go'")
	case r == '≠':
		return err.WithHint("write <>")
	case r == '≤' || r == '≥':
		return err.WithHint("write <= or >=")
	}
	return err
}

func quoteRune(r rune) string {
	if unicode.IsGraphic(r) && !unicode.IsMark(r) {
		return `"` + string(r) + `"`
	}
	const hex = "0123456789ABCDEF"
	digits := ""
	for shift := 20; shift >= 0; shift -= 4 {
		if d := r >> shift; d != 0 || shift < 16 {
			digits += string(hex[d&15])
		}
	}
	return "U+" + digits
}
