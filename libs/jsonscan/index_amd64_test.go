//go:build amd64 && !purego

package jsonscan

import (
	"os"
	"testing"
)

// needIndex skips what this processor cannot run; in CI it must.
func needIndex(t testing.TB) {
	t.Helper()
	if indexable() {
		return
	}
	if os.Getenv("CI") == "true" {
		t.Fatal("this processor lacks AVX2, BMI2 or PCLMULQDQ, and CI is to test what needs them")
	}
	t.Skip("this processor lacks AVX2, BMI2 or PCLMULQDQ")
}

// BenchmarkIndex is the index alone: no walk, no values. It is the limit that
// BenchmarkDecode can come near to.
func BenchmarkIndex(b *testing.B) {
	needIndex(b)
	doc := append([]byte(`{"a":[`), make([]byte, 0, 5000)...)
	for len(doc) < 4500 {
		doc = append(doc, `{"id":783600000000000000,"name":"somebody","text":"the mill turns again by the river","geo":null,"verified":false},`...)
	}
	doc = append(doc, `{}]}`...)
	x := &index{}
	b.SetBytes(int64(len(doc)))
	for b.Loop() {
		if _, _, ok := x.fill(doc, true); !ok {
			b.Fatal("not taken for JSON")
		}
	}
}

// TestIndexIsWhole checks documents of every length up to some blocks, so that
// the copied end is of every length: as they are, cut off, and with something
// behind them.
func TestIndexIsWhole(t *testing.T) {
	needIndex(t)
	x := &index{}
	doc := []byte(`{"":""}`)
	for len(doc) < 5*blockSize {
		doc = append(doc[:len(doc)-2], `x"}`...)
		for _, compact := range []bool{true, false} {
			if look, flags, ok := x.fill(doc, compact); !ok || look != 0 || flags != 0 {
				t.Fatalf("%s, compact %t: look %x, flags %x, %t", doc, compact, look, flags, ok)
			}
			if _, _, ok := x.fill(doc[:len(doc)-2], compact); ok {
				t.Fatalf("%s, compact %t: accepted without an end", doc, compact)
			}
			if _, _, ok := x.fill(append(doc[:len(doc):len(doc)], '{'), compact); ok {
				t.Fatalf("%s{, compact %t: accepted with something behind it", doc, compact)
			}
		}
	}
}
