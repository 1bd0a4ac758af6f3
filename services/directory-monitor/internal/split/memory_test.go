package split

import (
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"
)

// TestConstantMemory: nothing of any length that a stream may hold is kept.
func TestConstantMemory(t *testing.T) {
	const size, most = 12 << 20, 1 << 20
	for name, tt := range map[string]struct {
		splitter     Splitter
		begin, again string
		end          string
		records      int // at least
	}{
		"a line":                          {Lines(), "", "x", "\nafter\n", 2},
		"a field in quotes":               {CSV(), "1,\"", "x", "\"\nafter\n", 2},
		"a quote that is not closed":      {CSV(), "1,\"", "line\n", "", 1000},
		"a field without quotes":          {CSV(), "1,", "x", "\nafter\n", 2},
		"a text":                          {JSON(Between), `[{"a":"`, "x", "\"},\n{}]", 3},
		"an element":                      {JSON(Between), `[{"a":[0`, ",\n1", "]},\n{}]", 3},
		"a document":                      {JSON(Between), `{"a":[0`, ", 1", "]}{}", 2},
		"brackets":                        {JSON(Between), `[{"a":`, "[", "\n{}]", 1},
		"a number":                        {JSON(Between), `{"a":1`, "1", "}\n{}", 2},
		"white space":                     {JSON(Between), "[", " \n\t", "{}]", 2},
		"commas":                          {JSON(Between), "[", ",", "{}]", 2},
		"a broken element":                {JSON(Between), "[\n{\"a\":\"x\n", "  {\"b\":1},\n", "{}]", 3},
		"what follows a broken element":   {JSON(Between), `[{"a":"x"y"`, `,{"b":1}`, "]", 1},
		"what follows an array":           {JSON(Between), "[]", "junk\n", "", 2},
		"no JSON":                         {JSON(Between), "", "text\n", "{}\n", 2},
		"the middle of a file that ends":  {JSON(Between), "{\"a\":\"", "x", "", 1},
		"indentation":                     {JSON(Between), "{\"a\":\n", "  ", "1}", 1},
		"blanks on a line behind a break": {JSON(Between), "{\"a\":\"\n", " ", "{}\n{}", 2},
	} {
		t.Run(name, func(t *testing.T) {
			r := New(most)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			src := &repeated{text: tt.again}
			r.Reset(io.MultiReader(strings.NewReader(tt.begin), io.LimitReader(src, size/int64(len(tt.again))*int64(len(tt.again))), strings.NewReader(tt.end)), 0, 0, tt.splitter)
			records, largest := 0, 0
			for {
				rec, err := r.Next()
				if errors.Is(err, ErrMore) {
					largest = max(largest, len(r.buf))
					continue
				}
				if err != nil {
					rest, ok := r.TakeRest()
					if !ok {
						break
					}
					rec = rest
				}
				if records++; rec.Len() > most && rec.Long == nil {
					t.Fatalf("a record of %d bytes", rec.Len())
				}
			}
			runtime.ReadMemStats(&after)
			if allocated := after.TotalAlloc - before.TotalAlloc; allocated > 8<<20 || largest > 2*most || records < tt.records {
				t.Errorf("%d bytes allocated, a buffer of %d, %d records", allocated, largest, records)
			}
			if r.Position() != int64(len(tt.begin)+len(tt.end))+size/int64(len(tt.again))*int64(len(tt.again)) {
				t.Errorf("position %d", r.Position())
			}
		})
	}
}

// repeated is a text again and again.
type repeated struct {
	text string
	at   int
}

func (s *repeated) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = s.text[s.at]
		if s.at++; s.at == len(s.text) {
			s.at = 0
		}
	}
	return len(p), nil
}
