package function

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// hashtags follows the rules of Twitter's twitter-text, written out.
func hashtags(text string) []string {
	var found []string
	for at := 0; at < len(text) && len(found) <= MaxElems; {
		if end := urlAt(text, at); end > at {
			at = end
			continue
		}
		r, size := utf8.DecodeRuneInString(text[at:])
		if r != '#' && r != '＃' {
			at += size
			continue
		}
		before, _ := utf8.DecodeLastRuneInString(text[:at])
		tag := prefixOf(text[at+size:], tagRune)
		after := text[at+size+len(tag):]
		switch {
		case at > 0 && (tagRune(before) || before == '&'):
		case !strings.ContainsFunc(tag, tagLetter):
		case strings.HasPrefix(after, "#") || strings.HasPrefix(after, "＃") || strings.HasPrefix(after, "://"):
		default:
			found = append(found, tag)
		}
		at += size + len(tag)
	}
	return found
}

// prefixOf returns the longest beginning of s whose code points are all in a set.
func prefixOf(s string, in func(rune) bool) string {
	if i := strings.IndexFunc(s, func(r rune) bool { return !in(r) }); i >= 0 {
		return s[:i]
	}
	return s
}

// tagLetter is what a hashtag must have one of.
func tagLetter(r rune) bool { return unicode.IsLetter(r) || unicode.IsMark(r) && !selector(r) }

// tagRune is what a hashtag consists of: the special characters are those that
// languages write within words.
func tagRune(r rune) bool {
	return tagLetter(r) || unicode.Is(unicode.Nd, r) || r != utf8.RuneError && strings.ContainsRune("_\u200c\u200d\ua67e\u05be\u05f3\u05f4\uff5e\u301c\u309b\u309c\u30a0\u30fb\u3003\u0f0b\u0f0c\u00b7", r)
}

// selector is a mark that belongs to an emoji, not to a word.
func selector(r rune) bool { return r == asTextSelector || r == asEmojiSelector || r == keycap }

// mentions follows the rules of twitter-text, written out, without lists.
func mentions(text string) []string {
	const most = 20 // characters of a name
	var found []string
	for at := 0; at < len(text) && len(found) <= MaxElems; {
		r, size := utf8.DecodeRuneInString(text[at:])
		if r != '@' && r != '＠' {
			at += size
			continue
		}
		name := prefixOf(text[at+size:], nameRune)
		if len(name) > most {
			name = name[:most]
		}
		after, _ := utf8.DecodeRuneInString(text[at+size+len(name):])
		if name != "" && mentionMayFollow(text[:at]) && after != '@' && after != '＠' && !accented(after) &&
			!strings.HasPrefix(text[at+size+len(name):], "://") {
			found = append(found, name)
		}
		at += size + len(name)
	}
	return found
}

func nameRune(r rune) bool {
	return r == '_' || '0' <= r && r <= '9' || 'a' <= r|0x20 && r|0x20 <= 'z' && r < utf8.RuneSelf
}

// accented is a letter of Latin script beyond ASCII.
func accented(r rune) bool { return r >= utf8.RuneSelf && unicode.Is(unicode.Latin, r) }

// mentionMayFollow reports whether an @ after this text may begin a mention.
func mentionMayFollow(text string) bool {
	before, _ := utf8.DecodeLastRuneInString(text)
	if text == "" || !nameRune(before) && !strings.ContainsRune("!#$%&*@＠", before) {
		return true
	}
	// RT@anna
	rest := strings.TrimSuffix(text, ":")
	if len(rest) < 2 || !strings.EqualFold(rest[len(rest)-2:], "rt") {
		return false
	}
	r, _ := utf8.DecodeLastRuneInString(rest[:len(rest)-2])
	return len(rest) == 2 || !nameRune(r) && !strings.ContainsRune("+~.-", r)
}
