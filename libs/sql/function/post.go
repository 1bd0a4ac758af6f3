package function

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/uax29/v2/graphemes"
	"github.com/clipperhouse/uax29/v2/words"

	"github.com/millrace/millrace/libs/record"
)

func posts() []Scalar {
	find := func(name, doc string, f func(string) []string, examples ...Example) Scalar {
		return Scalar{
			Name: name, Section: Posts, Canonical: true, Callable: true, Strict: true, Fails: Sometimes, Doc: doc, Examples: examples,
			Overloads: []Overload{on("(text VARCHAR) ARRAY<VARCHAR>", func(a []record.Value) (record.Value, error) {
				return textList(f(a[0].Str()))
			})},
		}
	}
	const order = " They are in the order of the text, as often as they occur in it, and as written; use `array_distinct` and `lower`."
	return []Scalar{
		find("hashtags", "The hashtags in a text, without `#`: letters, marks, digits and `_` of any language, with a letter among them, after `#` or `＃`. One that directly follows a letter, a digit, `_` or `&`, is directly followed by `#` or `://`, or is part of an address, is none."+order,
			hashtags, Example{"'#Go and #日本 and a#b #1 https://t.co/#x'", `["Go","日本"]`}),
		find("mentions", "The names mentioned in a text, without `@`: up to 20 of `A-Z a-z 0-9 _` after `@` or `＠`. One that directly follows one of these or of `!#$%&*@`, or is directly followed by `@`, an accented letter or `://`, is none, unless `RT` stands before it."+order,
			mentions, Example{"'RT @anna: mail to bob@example.com or @Bob_1'", `["anna","Bob_1"]`}),
		find("urls", "The addresses in a text: `http://` or `https://` and what follows of the characters that addresses are written with, without punctuation at the end and a closing parenthesis that was not opened."+order,
			urls, Example{"'see (https://go.dev/a_(b)), http://t.co/x.'", `["https://go.dev/a_(b)","http://t.co/x"]`}),
		find("words", "The words of a text by Unicode's rules for word boundaries (UAX #29): segments with a letter or digit in them. In Chinese and Japanese script without spaces most characters are words by themselves."+order,
			wordsOf, Example{"'Don''t stop, #go 3.5!'", `["Don't","stop","go","3.5"]`}),
		find("emoji", "The emoji of a text, each whole: with skin tone, as a flag, or joined to a family. Characters that are emoji only if asked for count where they are asked (by U+FE0F)."+order,
			emoji, Example{"'hi 👍🏽 👨‍👩‍👧 🇩🇪 ❤️ ©'", `["👍🏽","👨‍👩‍👧","🇩🇪","❤️"]`}),
	}
}

func wordsOf(text string) []string {
	var found []string
	for segments := words.FromString(text); segments.Next() && len(found) <= MaxElems; {
		if w := segments.Value(); strings.ContainsFunc(w, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) {
			found = append(found, w)
		}
	}
	return found
}

func emoji(text string) []string {
	var found []string
	for clusters := graphemes.FromString(text); clusters.Next() && len(found) <= MaxElems; {
		if c := clusters.Value(); len(c) > 2 && isEmoji(c) {
			found = append(found, c)
		}
	}
	return found
}

const (
	asEmojiSelector = '\uFE0F'
	asTextSelector  = '\uFE0E'
	keycap          = '\u20E3'
)

// isEmoji reports whether a grapheme cluster is shown as an emoji.
func isEmoji(cluster string) bool {
	first, size := utf8.DecodeRuneInString(cluster)
	rest := cluster[size:]
	switch {
	case strings.ContainsRune("0123456789#*", first):
		return strings.HasSuffix(rest, string(keycap))
	case 0x1F1E6 <= first && first <= 0x1F1FF: // a regional indicator; two are a flag
		return rest != ""
	case unicode.Is(&emojiPresentation, first):
		return !strings.HasPrefix(rest, string(asTextSelector))
	default:
		return (unicode.IsSymbol(first) || unicode.IsPunct(first)) && strings.HasPrefix(rest, string(asEmojiSelector))
	}
}
