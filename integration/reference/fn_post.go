package reference

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/clipperhouse/uax29/v2/graphemes"
	"github.com/clipperhouse/uax29/v2/words"

	"github.com/millrace/millrace/libs/record"
)

// postFunctions find things in texts. Where words and characters end is Unicode's
// matter, and taken from the library that the engine has it from; which of them count
// is decided anew, and so are tags, names and addresses.
func postFunctions() map[string]*scalar {
	found := func(f func(string) []string) *scalar {
		return ofText("texts", func(s string) record.Value { return textArray(f(s)) })
	}
	return map[string]*scalar{
		"hashtags": found(func(s string) []string { return hashtags([]rune(s)) }),
		"mentions": found(func(s string) []string { return mentions([]rune(s)) }),
		"urls": found(func(s string) []string {
			var out []string
			rs := []rune(s)
			for at, end := address(rs, 0); end > 0; at, end = address(rs, end) {
				out = append(out, string(rs[at:end]))
			}
			return out
		}),
		"words": found(func(s string) []string {
			var out []string
			for w := words.FromString(s); w.Next(); {
				if slices.ContainsFunc([]rune(w.Value()), func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) {
					out = append(out, w.Value())
				}
			}
			return out
		}),
		"emoji": found(func(s string) []string {
			var out []string
			for c := graphemes.FromString(s); c.Next(); {
				if isEmoji([]rune(c.Value())) {
					out = append(out, c.Value())
				}
			}
			return out
		}),
	}
}

// tagWord is what a hashtag is made of.
func tagWord(r rune) bool {
	return tagLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("_\u200c\u200d\ua67e\u05be\u05f3\u05f4\uff5e\u301c\u309b\u309c\u30a0\u30fb\u3003\u0f0b\u0f0c\u00b7", r)
}

func tagLetter(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsMark(r) && !slices.Contains([]rune{0xFE0E, 0xFE0F, 0x20E3}, r)
}

func hashtags(rs []rune) []string {
	inAddress := make([]bool, len(rs))
	for from := 0; from < len(rs); {
		at, end := address(rs, from)
		if end == 0 {
			break
		}
		for i := at; i < end; i++ {
			inAddress[i] = true
		}
		from = end
	}
	var out []string
	for i := 0; i < len(rs); i++ {
		if rs[i] != '#' && rs[i] != '＃' || inAddress[i] {
			continue
		}
		end := i + 1
		for end < len(rs) && tagWord(rs[end]) {
			end++
		}
		tag, after := rs[i+1:end], string(rs[end:])
		follows := i > 0 && (tagWord(rs[i-1]) || rs[i-1] == '&')
		followed := strings.HasPrefix(after, "#") || strings.HasPrefix(after, "＃") || strings.HasPrefix(after, "://")
		if slices.ContainsFunc(tag, tagLetter) && !follows && !followed {
			out = append(out, string(tag))
		}
	}
	return out
}

func nameLetter(r rune) bool {
	return r < 128 && (unicode.IsLetter(r) || unicode.IsDigit(r)) || r == '_'
}

// retweet is what may stand before the @ of a mention though it ends in a letter.
var retweet = regexp.MustCompile(`(?i)(?:^|[^a-z0-9_+~.-])rt:?$`)

func mentions(rs []rune) []string {
	var out []string
	for i := 0; i < len(rs); i++ {
		if rs[i] != '@' && rs[i] != '＠' {
			continue
		}
		end := i + 1
		for end < len(rs) && nameLetter(rs[end]) && end-i <= 20 {
			end++
		}
		name, after := string(rs[i+1:end]), string(rs[end:])
		follows := i > 0 && (nameLetter(rs[i-1]) || strings.ContainsRune("!#$%&*@＠", rs[i-1])) && !retweet.MatchString(string(rs[:i]))
		followed := strings.HasPrefix(after, "@") || strings.HasPrefix(after, "＠") || strings.HasPrefix(after, "://") ||
			end < len(rs) && rs[end] >= 128 && unicode.Is(unicode.Latin, rs[end])
		if name != "" && !follows && !followed {
			out = append(out, name)
		}
		i = end - 1
	}
	return out
}

// addressLike is an address with what may have to be cut off its end.
var addressLike = regexp.MustCompile(`^(?i:https?://)[A-Za-z0-9][A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%|-]*`)

// address finds the next address, from a place to another; 0, 0: there is none.
func address(rs []rune, from int) (at, end int) {
	for at := from; at < len(rs); at++ {
		m := []rune(addressLike.FindString(string(rs[at:])))
		if len(m) == 0 || at > 0 && (nameLetter(rs[at-1]) || strings.ContainsRune("@＠$#＃", rs[at-1])) {
			continue
		}
		return at, at + len(withoutPunctuation(m))
	}
	return 0, 0
}

func withoutPunctuation(m []rune) []rune {
	for {
		last := m[len(m)-1]
		opened := strings.Count(string(m), "(") - strings.Count(string(m), ")")
		if !strings.ContainsRune(".,;:!?'[]*|(", last) && (last != ')' || opened >= 0) {
			return m
		}
		m = m[:len(m)-1]
	}
}

// isEmoji reports whether a character, with all that belongs to it, is an emoji: it is
// shown as one by itself, or is asked to be.
func isEmoji(c []rune) bool {
	asked := len(c) > 1 && c[1] == 0xFE0F
	switch first := c[0]; {
	case strings.ContainsRune("0123456789#*", first):
		return c[len(c)-1] == 0x20E3
	case 0x1F1E6 <= first && first <= 0x1F1FF:
		return len(c) > 1
	case shownAsEmoji(first):
		return len(c) == 1 || c[1] != 0xFE0E
	default:
		return asked && (unicode.IsSymbol(first) || unicode.IsPunct(first))
	}
}

// shownAsEmoji is true of the pictures beyond the basic plane, as far as documents of
// tests have them, and of a few older ones.
func shownAsEmoji(r rune) bool {
	return 0x1F300 <= r && r <= 0x1FAFF && !slices.Contains([]rune{0x1F321, 0x1F336, 0x1F37D, 0x1F3F3, 0x1F441, 0x1F5A5}, r) ||
		strings.ContainsRune("⌚⌛⏩⏪⏫⏬⏰⏳☔☕♿⚓⚡⚽⚾⛄⛅⛔⛪⛲⛳⛵⛺⛽✅✊✋✨❌❎❓❗➕➖➗➰➿⬛⬜⭐⭕", r)
}
