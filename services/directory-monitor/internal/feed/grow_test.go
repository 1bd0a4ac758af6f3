package feed

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/millrace/millrace/services/directory-monitor/internal/batch"
)

// TestRestartsChangeNothing: a file that grows in pieces between which it settles
// gives the same whether one Feed reads all of it or another after each piece.
func TestRestartsChangeNothing(t *testing.T) {
	const seed = 7
	rnd := rand.New(rand.NewPCG(seed, 0))
	for name, content := range contents() {
		for range 8 {
			var pieces []string
			for at := 0; at < len(content); {
				at = min(len(content), at+1+rnd.IntN(1+rnd.IntN(1+rnd.IntN(len(content)))))
				pieces = append(pieces, content[:at])
			}
			read := func(restart bool) *outcome {
				r := newRig(t)
				r.MaxLine, r.Formats = testMaxLine, testSettings(t)
				if name == "declared.csv" {
					declare(&r.Config)
				}
				var o outcome
				var items []*batch.Item
				for _, piece := range pieces {
					r.write(name, piece)
					for range 2 {
						items = append(items, r.look()...)
						r.clock.Advance(2 * time.Second)
					}
					items = append(items, r.look()...)
					if restart {
						r.closeAll()
						r = r.anew(restore(t, items))
					}
				}
				r.closeAll()
				for _, item := range items {
					o.add(item)
				}
				return &o
			}
			one, many := read(false), read(true)
			if !slices.Equal(one.docs, many.docs) || !slices.Equal(one.dead, many.dead) {
				t.Fatalf("seed %d: %s in %q gives\n%s\nand with restarts\n%s", seed, name, pieces, one, many)
			}
		}
	}
}

// What is written behind a header that stood alone for a while belongs to it.
func TestHeaderInTwoPieces(t *testing.T) {
	r := newRig(t)
	r.Formats = testSettings(t)
	var got outcome
	for _, content := range []string{"id,te", "id,text\r", "id,text\r\n1,a", "id,text\r\n1,a\r", "id,text\r\n1,a\r\n2,b\r\n"} {
		r.write("rows.csv", content)
		for range 3 {
			for _, item := range r.look() {
				got.add(item)
			}
			r.clock.Advance(2 * time.Second)
		}
	}
	if want := `{"id":1,"text":"a"}` + "\n" + `{"id":2,"text":"b"}` + "\n"; strings.Join(got.docs, "") != want || len(got.dead) != 0 {
		t.Errorf("%s", &got)
	}
}
