package generate

import "bytes"

// damage breaks the line that begins at from in one of the ways that real files
// show. No damaged line is a JSON object any more, and none holds a line break.
func (g *Generator) damage(dst []byte, from int, s *source) []byte {
	line := append(g.corrupt[:0], dst[from:]...)
	g.corrupt = line
	dst = dst[:from]
	switch s.Below(8) {
	case 0: // cut off
		return append(dst, line[:1+s.Below(len(line)-1)]...)
	case 1: // two documents on a line
		return append(append(dst, line...), line[:40]...)
	case 2: // a name without quotes
		return append(dst, bytes.Replace(line, []byte(`"id":`), []byte(`id:`), 1)...)
	case 3: // not a number in JSON
		return append(dst, bytes.Replace(line, []byte(`"retweet_count":`), []byte(`"retweet_count":NaN`), 1)...)
	case 4: // a control character in a string
		return append(dst, bytes.Replace(line, []byte(`"text":"`), []byte("\"text\":\"\x00\x1b"), 1)...)
	case 5: // no such escape
		return append(dst, bytes.Replace(line, []byte(`"text":"`), []byte(`"text":"\x41`), 1)...)
	case 6: // no JSON at all
		for range 20 + s.Below(300) {
			b := byte(s.Next())
			if b == '\n' || b == '\r' {
				b = 0xff
			}
			dst = append(dst, b)
		}
		return append(dst, 0)
	default: // a document that lost its beginning
		return append(dst, line[len(line)/2:]...)
	}
}
