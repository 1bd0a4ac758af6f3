package jsonscan

// Expect makes the next document be taken for one with blanks outside strings,
// or for one without. It is of no consequence but for the order in which the
// variants of the index are tried.
func Expect(dec Decoder, blanks bool) {
	if s, ok := dec.(*scanner); ok && s.index != nil {
		s.index.blanks = blanks
	}
}
