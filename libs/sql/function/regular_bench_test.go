package function

import (
	"fmt"
	"strings"
	"testing"

	"github.com/millrace/millrace/libs/record"
)

// BenchmarkPattern is what a pattern takes for a post of 280 bytes, by its states: at worst,
// where each is to be looked at for each byte, and as people write them.
func BenchmarkPattern(b *testing.B) {
	for _, c := range []struct{ name, pattern, text string }{
		{"worst", "(a?){124}b", "a"},
		{"worst", "(a?){499}b", "a"},
		{"worst", "(" + strings.Repeat("a?", 20) + "){460}b", "a"},
		{"usual", "(?i)(golang|rust|python|kubernetes)[ .,!]", "what people write, "},
		{"usual", strings.Repeat("[a-z]+ing |", 100) + "x", "what people write, "},
	} {
		text := record.Text(strings.Repeat(c.text, 280)[:280])
		for _, name := range []string{RegexpMatch, "regexp_count"} {
			f, _ := LookupScalar(name)
			pattern := record.Text(c.pattern)
			types, consts := []record.Type{record.VarcharType, record.VarcharType}, []*record.Value{nil, &pattern}
			_, n, err := statesOf(c.pattern, mostRegistered)
			if err != nil {
				b.Fatal(err)
			}
			b.Run(fmt.Sprintf("%s/%s/states=%d", name, c.name, n), func(b *testing.B) {
				eval, err := f.Prepare(types, consts)
				if err != nil {
					b.Fatal(err)
				}
				args := []record.Value{text, pattern}
				for b.Loop() {
					_, _ = eval(args) // too many matches are an ERROR, which takes its time
				}
			})
		}
	}
}
