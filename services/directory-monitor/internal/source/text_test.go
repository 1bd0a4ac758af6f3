package source

import (
	"math/rand/v2"
	"strings"
	"testing"
	u16 "unicode/utf16"
)

func encode16(text string, big bool) string {
	var b []byte
	for _, u := range u16.Encode([]rune(text)) {
		if big {
			b = append(b, byte(u>>8), byte(u))
		} else {
			b = append(b, byte(u), byte(u>>8))
		}
	}
	return string(b)
}

func TestNotText(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 1))
	random := func(n int, without byte) string {
		b := make([]byte, n)
		for i := range b {
			if b[i] = byte(rnd.Uint32()); b[i] == without {
				b[i]++
			}
		}
		return "x" + string(b)
	}
	const post = `{"text":"水車"}` + "\n"
	const is16, binary, other = "UTF-16 text", "a binary file: NUL bytes", "no UTF-8 text"
	for _, tt := range []struct{ head, want string }{
		{"", ""},
		{post, ""},
		{"\uFEFF" + post, ""},
		{"\r\n\t " + post + "\x00\x00\x00", ""}, // a file that was cut off, filled up with zeros
		{`{"text":"` + strings.Repeat("\xe4", 1000), ""},
		{"not json\n", ""},
		{"id,text\n1,Grüße\n", ""},
		{strings.Repeat("水", 1000) + "\xe6\xb0", ""},
		{strings.Repeat("Gr\xfc\xdfe aus K\xf6ln, ", 100), ""}, // Latin-1: a few bytes
		{"\xff", ""},
		{"\xff\xfe", is16},
		{encode16("\uFEFF"+post, false), is16},
		{encode16("\uFEFF"+post, true), is16},
		{encode16(post, false), is16},
		{encode16(post, true), is16},
		{"\xff\xfe\x00\x00{\x00\x00\x00", "UTF-32 text"},
		{"\x00\x00\xfe\xff\x00\x00\x00{", "UTF-32 text"},
		{encode16(strings.Repeat("水車 turns\n", 20), false), "UTF-16LE text without a mark, it seems; UTF-8 is expected: convert it (iconv -f UTF-16LE -t UTF-8)"},
		{encode16(strings.Repeat("水車 turns\n", 20), true), "UTF-16BE text"},
		{encode16(strings.Repeat("ä", 40)+strings.Repeat("id,text\n", 40), true), "UTF-16BE text"},
		{"\x7fELF\x02\x01\x01\x00", binary},
		{random(4000, 1), binary},
		{random(200, 0), other},
		{strings.Repeat("\xcf\xf0\xe8\xe2\xe5\xf2 ", 100), other}, // Cyrillic in one byte each
	} {
		if got := NotText([]byte(tt.head)); tt.want == "" && got != "" || !strings.HasPrefix(got, tt.want) {
			t.Errorf("%.20q: %q, want %q", tt.head, got, tt.want)
		}
	}
}
