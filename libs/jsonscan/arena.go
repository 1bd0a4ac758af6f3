package jsonscan

// arena holds text that could not be left in the document. Its memory is used
// again when the batch that the text was for has been emptied.
type arena struct {
	chunks [][]byte
	chunk  int // the one in use
	used   int // bytes of it
}

const (
	chunkSize = 64 << 10
	keepLimit = 4 << 20 // more than this is not kept
)

// reserve returns n bytes that nothing else uses; take keeps some of them.
func (a *arena) reserve(n int) []byte {
	for ; a.chunk < len(a.chunks); a.chunk++ {
		if c := a.chunks[a.chunk]; len(c)-a.used >= n {
			return c[a.used : a.used+n]
		}
		a.used = 0
	}
	a.chunks = append(a.chunks, make([]byte, max(n, chunkSize)))
	a.used = 0
	return a.chunks[a.chunk][:n]
}

// take keeps the first n of the bytes last reserved.
func (a *arena) take(n int) { a.used += n }

// reuse makes all memory free again: no text of the arena may be in use.
func (a *arena) reuse() {
	a.chunk, a.used = 0, 0
	total := 0
	for i, c := range a.chunks {
		if total += len(c); total > keepLimit {
			clear(a.chunks[i:])
			a.chunks = a.chunks[:i]
			return
		}
	}
}

// forget leaves all memory to those who still use it.
func (a *arena) forget() { *a = arena{} }
