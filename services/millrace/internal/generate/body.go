package generate

import (
	"strconv"
	"unicode/utf8"

	"github.com/millrace/millrace/services/millrace/internal/splitmix"
)

// entityKind says what a stretch of text is.
type entityKind uint8

const (
	hashtag entityKind = iota
	mention
	link
	photo
)

// entity is a stretch of text that a tweet's entities tell about, in code
// points from the beginning.
type entity struct {
	kind     entityKind
	from, to int
	ref      int    // hashtag or author
	code     uint64 // link or photo: what its short URL is made of
}

// body is text with its entities.
type body struct {
	text     []byte
	runes    int
	entities []entity
}

func (b *body) reset() {
	b.text, b.runes, b.entities = b.text[:0], 0, b.entities[:0]
}

func (b *body) write(s string) {
	b.text = append(b.text, s...)
	b.runes += utf8.RuneCountInString(s)
}

// apart puts a space after what is there, unless it is one.
func (b *body) apart() {
	if n := len(b.text); n > 0 && b.text[n-1] != ' ' && b.text[n-1] != '\n' {
		b.write(" ")
	}
}

// add writes an entity that begins with mark.
func (b *body) add(e entity, mark, s string) {
	b.apart()
	e.from = b.runes
	b.write(mark)
	b.write(s)
	e.to = b.runes
	b.entities = append(b.entities, e)
}

// shortURLRunes is the length of every shortened URL.
const shortURLRunes = 23

func (b *body) addURL(e entity) {
	b.apart()
	e.from = b.runes
	b.text = appendShortURL(b.text, e.code)
	b.runes += shortURLRunes
	e.to = b.runes
	b.entities = append(b.entities, e)
}

func appendShortURL(dst []byte, code uint64) []byte {
	return appendCode(append(dst, "https://t.co/"...), code, 10)
}

// appendCode writes n letters and digits.
func appendCode(dst []byte, code uint64, n int) []byte {
	const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	for range n {
		dst = append(dst, digits[code%62])
		code = code/62 | code<<59
	}
	return dst
}

// cut sets b to prefix followed by the first code points of src, at most limit
// in all; what does not fit is replaced by an ellipsis. Entities that are not
// whole go.
func (b *body) cut(prefix []byte, src *body, limit int) {
	shift := utf8.RuneCount(prefix)
	b.text = append(b.text, prefix...)
	room := limit - shift
	if src.runes <= room {
		b.text = append(b.text, src.text...)
		b.runes += shift + src.runes
	} else {
		room--
		at := 0
		for range room {
			_, n := utf8.DecodeRune(src.text[at:])
			at += n
		}
		b.text = append(append(b.text, src.text[:at]...), "…"...)
		b.runes += limit
	}
	for _, e := range src.entities {
		if e.to <= room {
			e.from += shift
			e.to += shift
			b.entities = append(b.entities, e)
		}
	}
}

// The greatest lengths of a text, in code points.
const (
	shortLimit = 140
	longLimit  = 280
)

// compose writes a text of the language, of about the wanted number of code
// points, never more than limit.
func (g *Generator) compose(b *body, s *source, v *vocabulary, wanted, limit int) {
	emoji := s.Percent(30)
	for words := 0; b.runes < wanted; words++ {
		w := v.list[g.words.draw(s)]
		if b.runes+utf8.RuneCountInString(w)+8 > limit {
			break
		}
		if v.spaced || words == 0 {
			b.apart()
		}
		b.write(w)
		switch roll := s.Below(100); {
		case roll < 6:
			b.write(v.comma)
		case roll < 10:
			b.write(v.stop)
		case roll < 11:
			b.write("\n")
		case roll < 12:
			b.write(" &amp;")
		case roll < 13:
			b.write(` "`)
			b.write(v.list[s.Below(200)])
			b.write(`"`)
		case roll < 20 && emoji:
			b.apart()
			b.write(splitmix.Pick(s, g.emoji))
		case roll < 22:
			b.apart()
			b.text = strconv.AppendInt(b.text, int64(10+s.Below(90)), 10)
			b.runes += 2
		}
	}
	if b.runes > limit {
		over := body{text: b.text, runes: b.runes}
		*b = body{entities: b.entities}
		b.cut(nil, &over, limit)
	}
}

func emoji() []string {
	return []string{
		"😂", "❤️", "😍", "😭", "😊", "🔥", "🙏", "👍", "💕", "🎉", "😩", "✨", "💯", "👀", "🤔", "😘", "☕", "🎶", "⚽", "🏆",
		"🇺🇸", "🇯🇵", "👨‍👩‍👧", "👩🏽‍💻", "✊🏾", "🤷‍♀️", "1️⃣", "🏳️‍🌈",
	}
}
