package split

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

// piece is a record as it is compared.
type piece struct {
	text              string
	start, next       int64
	line, feeds       int64
	length            int64
	sum               string
	terminated        bool
	incomplete        bool
	fault, then       string
	state             State
	tooLong, restOnly bool
}

func pieceOf(r *Record, rest bool) piece {
	p := piece{
		text: string(r.Bytes), start: r.Start, next: r.Next, line: r.Line, feeds: r.Feeds, length: r.Len(), terminated: r.Terminated,
		incomplete: r.Incomplete, fault: r.Fault, then: r.Then, state: r.State, tooLong: r.Long != nil, restOnly: rest,
	}
	_, p.sum = r.Digest()
	return p
}

// pieces returns all records of a stream that ends.
func pieces(t testing.TB, text []byte, most int, from piece, s Splitter, wrap func(io.Reader) io.Reader) []piece {
	t.Helper()
	return New(most).pieces(t, text, from, s, wrap)
}

func (r *Reader) pieces(t testing.TB, text []byte, from piece, s Splitter, wrap func(io.Reader) io.Reader) (all []piece) {
	t.Helper()
	r.Reset(wrap(bytes.NewReader(text[from.next:])), from.next, from.feeds, s)
	for {
		rec, err := r.Next()
		switch {
		case errors.Is(err, ErrMore):
		case errors.Is(err, io.EOF):
			for {
				rec, ok := r.TakeRest()
				if !ok {
					return all
				}
				all = append(all, pieceOf(rec, true))
			}
		case err != nil:
			t.Fatal(err)
		default:
			all = append(all, pieceOf(rec, false))
		}
	}
}

// forms are the Splitters, each anew.
func forms() map[string]func(State) Splitter {
	return map[string]func(State) Splitter{
		"lines": func(State) Splitter { return Lines() },
		"csv":   func(State) Splitter { return CSV() },
		"json":  JSON,
	}
}

// whole is a Reader as it is.
func whole(r io.Reader) io.Reader { return r }

// inPieces reads so many bytes at a time.
func inPieces(n int) func(io.Reader) io.Reader {
	return func(r io.Reader) io.Reader {
		return readerFunc(func(p []byte) (int, error) { return r.Read(p[:min(n, len(p))]) })
	}
}

// check holds that the records of a text are the same however it is read, and
// from whichever record's end, and that they are what the text holds there.
func check(t testing.TB, form string, text []byte, most int) {
	t.Helper()
	splitter, r := forms()[form], New(most)
	all := r.pieces(t, text, piece{}, splitter(Between), whole)
	for name, wrap := range map[string]func(io.Reader) io.Reader{
		"bytes": iotest.OneByteReader, "halves": iotest.HalfReader, "eof with data": iotest.DataErrReader, "sevens": inPieces(7),
	} {
		if got := r.pieces(t, text, piece{}, splitter(Between), wrap); !equal(got, all) {
			t.Fatalf("%s of %q, limit %d, read in %s:\n%s\nat once:\n%s", form, text, most, name, list(got), list(all))
		}
	}
	at := int64(0)
	for i, p := range all {
		if p.start < at || p.next <= p.start || p.start+p.length > p.next || p.next > int64(len(text)) {
			t.Fatalf("%s of %q: record %d is %+v", form, text, i, p)
		}
		at = p.next
		body := text[p.start : p.start+p.length]
		if p.tooLong != (p.length > int64(most)) || !p.tooLong && p.text != string(body) || p.sum != sum(string(body)) {
			t.Fatalf("%s of %q, limit %d: record %d is %+v", form, text, most, i, p)
		}
		if int64(bytes.Count(text[:p.start], []byte{'\n'}))+1 != p.line || int64(bytes.Count(text[:p.next], []byte{'\n'})) != p.feeds {
			t.Fatalf("%s of %q: record %d is on line %d, with %d line feeds before its end", form, text, i, p.line, p.feeds)
		}
		if got := r.pieces(t, text, p, splitter(p.state), inPieces(5)); !equal(got, all[i+1:]) {
			t.Fatalf("%s of %q, limit %d, from byte %d on:\n%s\nfrom the beginning:\n%s", form, text, most, p.next, list(got), list(all[i+1:]))
		}
	}
	left := strings.TrimPrefix(string(text[at:]), mark)
	if form == "json" {
		left = strings.Trim(left, " \t\r\n,[")
	}
	if left != "" {
		t.Fatalf("%s of %q: nothing is made of %q", form, text, left)
	}
}

// equal compares records. Whether one was found at the end is of no concern.
func equal(a, b []piece) bool {
	return slices.EqualFunc(a, b, func(a, b piece) bool {
		a.restOnly, b.restOnly = false, false
		return a == b
	})
}

func list(all []piece) string {
	var b strings.Builder
	for _, p := range all {
		fmt.Fprintf(&b, "  %d-%d line %d %.60q %s %s\n", p.start, p.next, p.line, p.text, p.state, p.fault+p.then)
	}
	return b.String()
}

// texts are where fuzzing begins, and what the plain test checks.
func texts() []string {
	return []string{
		"", "\n", "\uFEFF", "\xEF", "\xEF\xBB", "\uFEFFa\nbb\n\nccc", "a\r\n\r\nb", strings.Repeat("x", 300),
		"id,text\n1,\"a\nb\"\n2,\"say \"\"hi\"\"\"\r\n3,\n", "\"a\n1,2\n3,4\n5,6", "a,\"b\"c\nd,e\n", "a\"b,c\n", "\"x\ny\" z\n1,2\n", "\"a\"\r\"b\"\n\"\"\"\n,",
		"1,\"" + strings.Repeat("y", 90) + "\n" + strings.Repeat("z\n", 60) + "2,\"ok\"\n",
		`{"a":1}{"b":[1,{"c":"}"}]}  {"d":"\"\\"}`, "{\n  \"a\": [\n    {\"b\": 1}\n  ]\n}\n{\n  \"c\": 2\n}\n",
		"[{\"a\":1},\n{\"b\":\"x\n{\"c\":3},\n{\"d\":4}]", "[\n{\"a\":1},\n{\"b\":\"x\n{\"c\":3},\n{\"d\":4}\n]\n  junk\n{",
		"[\n  {\n    \"a\": 1,\n    \"b\": oops \"\n  },\n  {\n    \"c\": 2\n  }\n]", "[1, \"two\", null, [3], {\"a\":4},, true]",
		"{\"a\":{\"b\":1}\n{\"c\":2}\n", "{\"a\":\n{\"b\":1}}\n{\"c\":2}\n", "{\n\"a\": [\n{\n\"b\": 1\n},\n{\n\"c\" 2\n}]}\n{\"d\":1}\n",
		"junk here\n  {\"nested\":1}\n{\"a\":1}\n", "[", "[]", "[]x", "[ ]\n\n", "[{}]{}", "  \"lang\": \"en\"\n}\n{\"a\":1}\n{\"cut\":\"of", "{\"a\":1,}\n{\"b\"}{\"c\":]}",
		"\n \t {\"x\": \"\\", "[\"a\nb\",1]", "[12", "{\"a\":1}\r\n{\"b\":2}\r\n", "[\n{\"a\":\"" + strings.Repeat("long ", 60) + "\",\n{\"b\":1}\n]", "{\"a\" \\\n{\"b\":1}",
	}
}

func TestTheSameHoweverRead(t *testing.T) {
	for form := range forms() {
		for _, text := range texts() {
			for _, most := range []int{1, 5, 16, 70, 1000} {
				check(t, form, []byte(text), most)
			}
		}
	}
}

func FuzzSplit(f *testing.F) {
	for _, text := range texts() {
		f.Add([]byte(text), 70)
	}
	f.Fuzz(func(t *testing.T, text []byte, most int) {
		most = 1 + (most&0xff+0x100)%0x100
		for form := range forms() {
			check(t, form, text, most)
		}
	})
}

// TestRandomTexts checks texts of the characters that matter.
func TestRandomTexts(t *testing.T) {
	const seed = 3
	rnd := rand.New(rand.NewPCG(seed, 0))
	parts := []string{`"`, "\n", ",", "{", "}", "[", "]", ":", `\`, " ", "a", "1", "\r", "\t", `""`, "\n{", "\n  {", `"a":`, "{\"a\":1}", "},\n{", `\"`, "\n "}
	for range 2000 {
		var text []byte
		if rnd.IntN(2) == 0 {
			text = []byte("[\n  {\"a\":"[:rnd.IntN(9)])
		}
		for range rnd.IntN(30) {
			text = append(text, parts[rnd.IntN(len(parts))]...)
		}
		most := 1 + rnd.IntN(90)
		for form := range forms() {
			check(t, form, text, most)
		}
	}
}
