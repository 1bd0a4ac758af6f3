package plan

import (
	"bytes"
	"cmp"
	"encoding/binary"

	"github.com/millrace/millrace/libs/record"
)

// CompareExpr orders expressions as the bytes of [EncodeExpr] do, and writes none of
// them: it looks no further than to where they differ.
func CompareExpr(a, b Expr) int {
	if a == b {
		return 0
	}
	if order := cmp.Compare(tagOf(a), tagOf(b)); order != 0 {
		return order
	}
	switch a := a.(type) {
	case *Column:
		b := b.(*Column)
		return cmp.Or(compareStrings(a.Name, b.Name), compareTypes(a.Typ, b.Typ))
	case *Literal:
		b := b.(*Literal)
		if a.Value.IsNull() {
			return compareTypes(a.Value.Type(), b.Value.Type())
		}
		var x, y [64]byte
		return bytes.Compare(record.AppendValue(x[:0], a.Value), record.AppendValue(y[:0], b.Value))
	case *Call:
		b := b.(*Call)
		if order := cmp.Or(compareStrings(a.Func, b.Func), compareTypes(a.Typ, b.Typ), compareNumbers(len(a.Args), len(b.Args))); order != 0 {
			return order
		}
		for i := range a.Args {
			if order := CompareExpr(a.Args[i], b.Args[i]); order != 0 {
				return order
			}
		}
		return 0
	case *Ref:
		b := b.(*Ref)
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), compareNumbers(a.Index, b.Index), compareTypes(a.Typ, b.Typ))
	default:
		return 0
	}
}

// tagOf returns the first byte of an expression's encoding.
func tagOf(e Expr) byte {
	switch e := e.(type) {
	case *Column:
		return tagColumn
	case *Literal:
		if e.Value.IsNull() {
			return tagNull
		}
		return tagLiteral
	case *Call:
		return tagCall
	default:
		return tagRef
	}
}

// compareStrings orders as [appendString] writes: by the varint of the length first.
func compareStrings(a, b string) int {
	return cmp.Or(compareNumbers(len(a), len(b)), cmp.Compare(a, b))
}

// compareNumbers orders numbers as the bytes of their varints do.
func compareNumbers(a, b int) int {
	if max(a, b) < 1<<7 {
		return cmp.Compare(a, b)
	}
	var x, y [binary.MaxVarintLen64]byte
	return bytes.Compare(binary.AppendUvarint(x[:0], uint64(a)), binary.AppendUvarint(y[:0], uint64(b)))
}

func compareTypes(a, b record.Type) int {
	if a.Kind != record.Array && b.Kind != record.Array {
		return cmp.Compare(a.Kind, b.Kind)
	}
	var x, y [8]byte
	return bytes.Compare(appendType(x[:0], a), appendType(y[:0], b))
}
