// Package jsonscan turns JSON documents into rows of a [record.Batch]: one pass
// over the bytes, in which everything is validated and only the fields that some
// column needs are looked at.
//
// A [Decoder] is made from a [Spec], the columns that are wanted and the paths
// at which they are found. It accepts and rejects exactly the documents that
// encoding/json does into a map[string]any, and finds in them what is found in
// that map: field names match exactly, the last of several fields of one name
// wins with its whole value, bytes that are not UTF-8 read as U+FFFD. Only null,
// which encoding/json takes for an empty map, is no document.
//
// A column is read from the first of its paths that leads to something other
// than null. That is then converted to the column's type:
//
//   - BOOLEAN from true and false; BIGINT from a number whose value is a 64-bit
//     integer, however it is written (1.0 and 1e3 are); DOUBLE from a number
//     within its range, rounded; VARCHAR from a string; JSON from anything, as
//     its bytes.
//   - TIMESTAMP and DATE from a string in one of the column's formats, TIMESTAMP
//     also from a number of milliseconds or seconds where the formats say so;
//     finer than a nanosecond is cut off, and what is out of the range of a
//     TIMESTAMP ([record.FirstInstant]) does not fit.
//   - BIGINT and DOUBLE also from a string that holds a number (for BIGINT:
//     decimal digits with an optional minus), where the column says so.
//   - ARRAY from an array. An element that is absent or null is NULL; one of
//     another type is NULL too and a mismatch.
//
// Anything else is a mismatch: the column is NULL and its count in
// [record.Batch.Mismatches] grows by one. So is what does not fit: an id beyond
// 64 bits is never a neighbouring id.
//
// # Two paths
//
// There is a pure-Go path, which reads a document token by token, and a faster
// one for amd64 with AVX2, BMI2 and PCLMULQDQ. Which one decoders take is chosen
// when they are made, by what the processor can do; [Acceleration] names it,
// [Spec.Portable] asks for the pure-Go one, and building with -tags purego leaves
// the other out. Both give the same rows and, byte for byte, the same errors.
//
// The faster path first indexes the whole document (see the comments of package
// internal/asm, which writes the assembly). As in simdjson (Langdale and Lemire,
// "Parsing Gigabytes of JSON per Second", VLDB Journal 2019), bitmaps of 64 bytes
// each tell where strings begin and end and where structural characters are.
// Here they also check the grammar: the bits of the tokens are packed together
// (PEXT), and all rules about neighbouring tokens, and about numbers, words and
// escape sequences, hold or not for many tokens at once. What is left is to match
// brackets. So a walk then goes from one field to the next by way of the bitmap
// of brackets and colons, over what nobody wants by that of brackets alone, as
// Mison (Li et al., VLDB 2017) and JSONSki (Jiang and Zhao, ASPLOS 2022) do, and
// compares a field's name with the one that came next the last time.
//
// The faster path does not say what is wrong with a document, only that
// something is: the pure-Go path then reads it again and says so. There is no
// other case in which a document is read by both; [Decoder] counts if there were.
// Documents with blanks outside strings take a slower variant of the index, and
// one in so many of them is indexed twice.
//
// It knows no streams, catalogs or queries, and does not read other formats.
//
//	dec, err := jsonscan.New(jsonscan.Spec{Columns: columns, EventTime: &createdAt})
//	batch := record.NewBatch(dec.Schema())
//	for i, line := range jsonscan.Lines(value) {
//		if err := dec.Decode(line, batch); err != nil {
//			continue // a *DocumentError: a dead letter
//		}
//		batch.Name(partition, offset, i)
//	}
package jsonscan
