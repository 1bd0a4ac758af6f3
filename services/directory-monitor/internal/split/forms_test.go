package split

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// want is a record: its text, and how its fault begins.
type expected struct{ text, fault string }

func records(all []piece) (got []expected) {
	for _, p := range all {
		if p.then != "" {
			p.fault += "; " + p.then
		}
		got = append(got, expected{p.text, p.fault})
	}
	return got
}

func TestRecords(t *testing.T) {
	const (
		next        = "; reading goes on at the next line that begins like a document"
		rest        = "; where the next document begins cannot be told, so this is all that follows"
		line        = "; reading goes on at the line after its first"
		behind      = "something other than a comma behind the quote that ends a field"
		bare        = "a quote in a field that does not begin with one"
		inTheMiddle = "the file ends in the middle of a document"
	)
	good := func(texts ...string) (all []expected) {
		for _, text := range texts {
			all = append(all, expected{text, ""})
		}
		return all
	}
	for _, tt := range []struct {
		name, form, text string
		want             []expected
		state            State
	}{
		{"csv", "csv", "a,b\r\n1,\"x\ny, \"\"z\"\"\"\n\n2,", good("a,b\r", "1,\"x\ny, \"\"z\"\"\"", "", "2,"), ""},
		{
			"a quote that is not closed takes no row with it", "csv", "1,\"open,en\n2,\"fine\",en\n3,fine,en\n",
			[]expected{{"1,\"open,en", behind + line}, {"2,\"fine\",en", ""}, {"3,fine,en", ""}},
			"",
		},
		{"nor at the end", "csv", "1,\"open,en\n2,fine,en\n3,fine", []expected{{"1,\"open,en", "a quote that is not closed before the file ends" + line}, {"2,fine,en", ""}, {"3,fine", ""}}, ""},
		{
			"nor where no other quote follows", "csv", "1,\"open\n" + strings.Repeat("2,fine\n", 20),
			append([]expected{{"1,\"open", "it goes on for more than 100 bytes (--max-line) with line breaks in quotes, so a quote may not be closed" + line}}, good(slices.Repeat([]string{"2,fine"}, 20)...)...), "",
		},
		{
			"quotes out of place on one line", "csv", "1,he said \"hi\",en\n2,\"he said \"hi\"\",en\n3,ok,en\n",
			[]expected{{"1,he said \"hi\",en", bare}, {"2,\"he said \"hi\"\",en", behind}, {"3,ok,en", ""}},
			"",
		},

		{"documents", "json", "{\"a\":1}{\"a\":2} \n{\n  \"a\": [3, {\"}\": \"]\\\"\"}]\n}\n[4]\n", good(`{"a":1}`, `{"a":2}`, "{\n  \"a\": [3, {\"}\": \"]\\\"\"}]\n}", "[4]"), ""},
		{"elements", "json", " [ {\"a\":1} ,\n{\"a\":2},[3],\"four\",5,null ] \n", good(`{"a":1}`, `{"a":2}`, "[3]", `"four"`, "5", "null", ""), Closed},
		{"an array that grows", "json", "[{\"a\":1},\n", good(`{"a":1}`), InArray},
		{"behind the array", "json", "[{\"a\":1}]\n{\"b\":2}\n{\"c\":3}\n", []expected{{`{"a":1}`, ""}, {"", ""}, {"{\"b\":2}\n{\"c\":3}\n", "it follows the end of the array"}}, Closed},
		{
			"a line break in a string", "json", "[\n{\"a\":1},\n{\"b\":\"x\ny\"},\n{\"c\":3}\n]",
			[]expected{{`{"a":1}`, ""}, {"{\"b\":\"x\ny\"},", "broken JSON: byte 7: a line break in a string" + next}, {`{"c":3}`, ""}, {"", ""}},
			Closed,
		},
		{"a quote that is not closed in a string", "json", "{\"a\":1}\n{\"b\":\"x}\n{\"c\":3}\n", []expected{{`{"a":1}`, ""}, {`{"b":"x}`, "broken JSON: byte 8: a line break in a string" + next}, {`{"c":3}`, ""}}, ""},
		{"a bracket that is not closed", "json", "{\"a\":{\"b\":1}\n{\"c\":3}\n", []expected{{`{"a":{"b":1}`, "broken JSON: byte 13: expected a comma or a closing bracket, found '{'" + next}, {`{"c":3}`, ""}}, ""},
		{
			"indented", "json", "[\n  {\n    \"a\": oops!,\n    \"b\": [\n      {\"c\": \"}\"}\n    ]\n  },\n  {\n    \"d\": 4\n  }\n]",
			[]expected{{"{\n    \"a\": oops!,\n    \"b\": [\n      {\"c\": \"}\"}\n    ]\n  },", "broken JSON: byte 15: expected a comma or a closing bracket, found '!'" + next}, {"{\n    \"d\": 4\n  }", ""}, {"", ""}},
			Closed,
		},
		{"not indented", "json", "[\n{\n\"a\": [\n{\"b\": \"x\"y\"}\n]\n},\n{\n\"d\": 4\n}\n]", []expected{{"{\n\"a\": [\n{\"b\": \"x\"y\"}\n]\n},\n{\n\"d\": 4\n}\n]", "broken JSON: byte 18: expected a comma or a closing bracket, found 'y'" + rest}}, Lost},
		{"the first element, on the line of the bracket", "json", "[{\"a\":\"x\"y\"},\n{\"c\":3}]", []expected{{"{\"a\":\"x\"y\"},", "broken JSON: byte 8: expected a comma or a closing bracket, found 'y'" + next}, {`{"c":3}`, ""}, {"", ""}}, Closed},
		{"on one line", "json", "[{\"a\":1},{\"b\":\"x\"y\"},{\"c\":3}]", []expected{{`{"a":1}`, ""}, {"{\"b\":\"x\"y\"},{\"c\":3}]", "broken JSON: byte 8: expected a comma or a closing bracket, found 'y'" + rest}}, Lost},
		{
			"the beginning of a document is missing", "json", "  \"x\": [\n    {\"nested\": 1}\n  ]\n}\n{\"a\":1}\n",
			[]expected{{"\"x\": [\n    {\"nested\": 1}\n  ]\n}", "no JSON document begins with '\"'" + next}, {`{"a":1}`, ""}},
			"",
		},
		{"no JSON at all", "json", "Dear reader,\nthis is text.\n", []expected{{"Dear reader,\nthis is text.\n", "no JSON document begins with 'D'"}}, ""},
		{"brackets that close too early are for the decoder", "json", `{"a":1,}{"b":}{"c":[1,]}{"d":tru}`, good(`{"a":1,}`, `{"b":}`, `{"c":[1,]}`, `{"d":tru}`), ""},
		{"the wrong bracket", "json", "{\"a\":[1}\n{\"b\":2}", []expected{{`{"a":[1}`, "broken JSON: byte 7: expected a comma or a closing bracket, found '}'" + next}, {`{"b":2}`, ""}}, ""},
		{"cut off", "json", "{\"a\":1}\n{\"b\":", []expected{{`{"a":1}`, ""}, {`{"b":`, inTheMiddle}}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			check(t, tt.form, []byte(tt.text), 100)
			all := pieces(t, []byte(tt.text), 100, piece{}, forms()[tt.form](Between), whole)
			if got := records(all); !slices.Equal(got, tt.want) {
				t.Errorf("%s", list(all))
			}
			if got := all[len(all)-1]; got.state != tt.state {
				t.Errorf("state %q", got.state)
			}
		})
	}
}

// TestNestedTooDeep: the limit is that of encoding/json.
func TestNestedTooDeep(t *testing.T) {
	nested := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) + "\n" }
	text := "{\"a\":1}\n" + nested(maxDepth) + nested(maxDepth+1) + "{\"b\":2}\n"
	all := pieces(t, []byte(text), 1<<20, piece{}, JSON(Between), inPieces(1000))
	if len(all) != 4 || all[1].fault != "" || !strings.Contains(all[2].fault, "nested more than 10000 deep") || all[3].text != `{"b":2}` {
		t.Errorf("%.300s", list(all))
	}
}

// TestDocumentsOfAnyLayout: valid documents are records, whatever white space
// is in and between them.
func TestDocumentsOfAnyLayout(t *testing.T) {
	const seed = 11
	rnd := rand.New(rand.NewPCG(seed, 0))
	for range 1000 {
		g := &generator{rnd: rnd, layout: rnd.IntN(4)}
		array := rnd.IntN(2) == 0
		var text bytes.Buffer
		var want []string
		if array {
			text.WriteString(g.space() + "[")
		}
		for i := range rnd.IntN(6) {
			if i > 0 && array {
				text.WriteString(g.space() + ",")
			}
			text.WriteString(g.space())
			doc := g.value(3, true)
			for !array && i == 0 && doc[0] == '[' { // that would be an array of documents
				doc = g.value(3, true)
			}
			if !json.Valid([]byte(doc)) {
				t.Fatalf("the test writes %q", doc)
			}
			text.WriteString(doc)
			want = append(want, doc)
		}
		if array {
			text.WriteString(g.space() + "]")
			want = append(want, "")
		}
		text.WriteString(g.space())
		all := pieces(t, text.Bytes(), 1<<20, piece{}, JSON(Between), inPieces(1+rnd.IntN(20)))
		var got []string
		for _, p := range all {
			if got = append(got, p.text); p.fault != "" {
				t.Fatalf("seed %d: %q: %s", seed, text.String(), list(all))
			}
		}
		if !slices.Equal(got, want) {
			t.Fatalf("seed %d: %q: %q, want %q", seed, text.String(), got, want)
		}
		check(t, "json", text.Bytes(), 30)
	}
}

// generator writes random JSON.
type generator struct {
	rnd    *rand.Rand
	layout int // 0: no white space, else some
}

func (g *generator) space() string {
	if g.layout == 0 {
		return ""
	}
	n := g.rnd.IntN(4)
	b := make([]byte, n)
	for i := range b {
		b[i] = " \n\t\r"[g.rnd.IntN(1+g.layout)]
	}
	return string(b)
}

func (g *generator) value(depth int, top bool) string {
	n := g.rnd.IntN(7)
	if top || depth == 0 {
		n %= 2
		if !top {
			n += 2
		}
	}
	sep := func(open, end string, one func() string) string {
		text := open + g.space()
		for i := range g.rnd.IntN(4) {
			if i > 0 {
				text += "," + g.space()
			}
			text += one() + g.space()
		}
		return text + end
	}
	switch n {
	case 0, 4:
		return sep("{", "}", func() string { return g.text() + g.space() + ":" + g.space() + g.value(depth-1, false) })
	case 1, 5:
		return sep("[", "]", func() string { return g.value(depth-1, false) })
	case 2:
		return []string{"0", "-1.5e+3", "true", "false", "null", "12345678901234567890"}[g.rnd.IntN(6)]
	default:
		return g.text()
	}
}

func (g *generator) text() string {
	parts := []string{"a", "{", "}", "[", "]", ",", ":", `\"`, `\\`, `\n`, "ü", " ", `\u0022`}
	text := `"`
	for range g.rnd.IntN(5) {
		text += parts[g.rnd.IntN(len(parts))]
	}
	return text + `"`
}
