package jsonscan_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/millrace/millrace/libs/jsonscan"
	"github.com/millrace/millrace/libs/record"
)

// TestTokens tries every order of a few tokens as a document's end, at places
// around the boundary of two blocks, with and without blanks between.
func TestTokens(t *testing.T) {
	length := 6
	if testing.Short() {
		length = 4
	}
	tokens := []string{"{", "}", "[", "]", ":", ",", `"a"`, "1"}
	dec := decoderOf(t, jsonscan.Spec{}, false)
	b := record.NewBatch(dec.Schema())
	order := make([]int, length)
	var doc []byte
	for n := 0; ; n++ {
		blank := [...]string{"", " ", " ", "\t"}[n/8%4]
		doc = append(doc[:0], `{"":"`...)
		doc = append(doc, strings.Repeat("-", n%61)...)
		doc = append(doc, `","x":`...)
		for _, i := range order {
			doc = append(append(doc, tokens[i]...), blank...)
		}
		doc = append(doc, '}')
		b.Reset()
		jsonscan.Expect(dec, n%8 > 3)
		if err := dec.Decode(doc, b); (err == nil) != json.Valid(doc) {
			t.Fatalf("%q: error %v; accepted by encoding/json: %t", doc, err, json.Valid(doc))
		}
		i := 0
		for ; i < length; i++ {
			if order[i]++; order[i] < len(tokens) {
				break
			}
			order[i] = 0
		}
		if i == length {
			break
		}
	}
	if n := dec.Fallbacks(); n != 0 {
		t.Errorf("the faster path gave up on %d good documents", n)
	}
}

// TestScalars tries every short run of the characters that scalars, and wrong
// ones, are made of, and every escape sequence that begins with such.
func TestScalars(t *testing.T) {
	dec := decoderOf(t, jsonscan.Spec{}, false)
	b := record.NewBatch(dec.Schema())
	try := func(before, text, after string) {
		doc := []byte(before + text + after)
		for _, blanks := range []bool{false, true} {
			b.Reset()
			jsonscan.Expect(dec, blanks)
			if err := dec.Decode(doc, b); (err == nil) != json.Valid(doc) {
				t.Fatalf("%q: error %v; accepted by encoding/json: %t", doc, err, json.Valid(doc))
			}
		}
	}
	var run func(text string, of []string, length int, f func(string))
	run = func(text string, of []string, length int, f func(string)) {
		f(text)
		for i := 0; length > 0 && i < len(of); i++ {
			run(text+of[i], of, length-1, f)
		}
	}
	n := 0
	run("", strings.Split(`0 1 9 - + . e E \ " / x`, " "), 4, func(text string) {
		n++
		before := `{"` + strings.Repeat("-", n%67) + `":`
		try(before, text, "}")
		try(before+"[ ", text, " ]}")
	})
	run("", strings.Split("true false null nul l e s u a fa 1 -1.5 _", " "), 3, func(text string) {
		n++
		text = strings.ReplaceAll(text, "_", " ")
		try(`{"`+strings.Repeat("-", n%67)+`":[`, text, "]}")
	})
	run("", strings.Split(`\ u u00 0 f F g n " /`, " "), 4, func(text string) {
		n++
		try(`{"`+strings.Repeat("-", n%67)+`":"`, text, `"}`)
		try(`{"`+strings.Repeat("-", n%67), text, `":1}`)
		try(`{"`+strings.Repeat(`\\`, n%37), text, `":1}`)
	})
	for c := range 256 {
		for _, at := range []string{"%", `"%"`, `"\%"`, `"\u00%0"`, `[1%2]`, `[1%]`, `tru%`, `"\\%"`} {
			try(`{"a":`, strings.ReplaceAll(at, "%", string([]byte{byte(c)})), "}")
		}
	}
	if n := dec.Fallbacks(); n != 0 {
		t.Errorf("the faster path gave up on %d good documents", n)
	}
}
