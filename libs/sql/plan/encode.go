package plan

import (
	"encoding/binary"
	"fmt"

	"github.com/millrace/millrace/libs/record"
)

// Version is the first byte of every encoded plan.
const Version = 1

// Bounds of what [Decode] accepts; [Encode] does not check them.
const (
	MaxEncoded = 1 << 20 // bytes of an encoded plan
	MaxDepth   = 4096    // nested calls in one expression
)

// Tags of nodes. On the wire: new ones are appended, none is renumbered.
const (
	tagScan      = 1
	tagFilter    = 2
	tagWindow    = 3
	tagAggregate = 4
	tagProject   = 5
	tagTopK      = 6
	tagOutput    = 7
	tagTopKSkip  = 8 // a TopK whose Skip is not 0
	tagUnnest    = 9
	tagUnion     = 10
	tagFirst     = 11 // an Output whose Limit is not 0
)

// Tags of expressions. On the wire, as above.
const (
	tagColumn  = 1
	tagLiteral = 2 // followed by the value
	tagNull    = 3 // followed by the type
	tagCall    = 4
	tagRef     = 5
)

// Flags of an Agg and of a SortKey.
const (
	aggHasArg    = 1 << 0
	aggHasFilter = 1 << 1
	aggHasArgs   = 1 << 2 // several; one alone is aggHasArg
	aggDistinct  = 1 << 3
	aggHasOrder  = 1 << 4

	sortDesc       = 1 << 0
	sortNullsFirst = 1 << 1
)

// Encode returns the plan's bytes: [Version], then the nodes from n down to the
// Scan, each a tag and its fields. Equal plans have equal bytes and different
// plans different ones, but for literals that are equal values: -0.0 is written
// as 0.0 and every NaN as one. Strings and lists are preceded by their length,
// numbers are varints.
func Encode(n Node) []byte {
	dst := append(make([]byte, 0, 256), Version)
	for ; n != nil; n = n.Input() {
		dst = appendNode(dst, n)
		if _, ok := n.(*Union); ok {
			return dst // its branches follow it
		}
	}
	return dst
}

func appendNode(dst []byte, n Node) []byte {
	switch n := n.(type) {
	case *Scan:
		return appendString(append(dst, tagScan), n.Stream)
	case *Union:
		dst = binary.AppendUvarint(append(dst, tagUnion), uint64(len(n.Branches)))
		for _, b := range n.Branches {
			dst = append(dst, Encode(b)[1:]...)
		}
		return dst
	case *Unnest:
		return EncodeExpr(append(dst, tagUnnest), n.Array)
	case *Filter:
		return EncodeExpr(append(dst, tagFilter), n.Pred)
	case *Window:
		dst = appendString(append(dst, tagWindow, byte(n.Kind)), n.Time)
		return binary.AppendUvarint(dst, uint64(n.Size))
	case *Aggregate:
		dst = appendExprs(append(dst, tagAggregate), n.Keys)
		dst = binary.AppendUvarint(dst, uint64(len(n.Aggs)))
		for _, a := range n.Aggs {
			dst = EncodeAgg(dst, a)
		}
		return dst
	case *Project:
		dst = binary.AppendUvarint(append(dst, tagProject), uint64(len(n.Cols)))
		for _, c := range n.Cols {
			dst = EncodeExpr(appendString(dst, c.Name), c.Expr)
		}
		return dst
	case *TopK:
		if n.Skip == 0 {
			dst = binary.AppendUvarint(append(dst, tagTopK), uint64(n.K))
		} else {
			dst = binary.AppendUvarint(append(dst, tagTopKSkip), uint64(n.K))
			dst = binary.AppendUvarint(dst, uint64(n.Skip))
		}
		return appendSortKeys(dst, n.Order)
	case *Output:
		if n.Limit == 0 {
			return append(dst, tagOutput, byte(n.Emit))
		}
		dst = binary.AppendUvarint(append(dst, tagFirst, byte(n.Emit)), uint64(n.Limit))
		return binary.AppendUvarint(dst, uint64(n.Skip))
	default:
		panic(fmt.Sprintf("plan: node of type %T cannot be encoded", n))
	}
}

// EncodeExpr appends the expression's bytes to dst, without a version: what
// canonical form sorts operands by and what ids of expressions are hashes of.
func EncodeExpr(dst []byte, e Expr) []byte {
	switch e := e.(type) {
	case *Column:
		return appendType(appendString(append(dst, tagColumn), e.Name), e.Typ)
	case *Literal:
		if e.Value.IsNull() {
			return appendType(append(dst, tagNull), e.Value.Type())
		}
		return record.AppendValue(append(dst, tagLiteral), e.Value)
	case *Call:
		dst = appendType(appendString(append(dst, tagCall), e.Func), e.Typ)
		return appendExprs(dst, e.Args)
	case *Ref:
		dst = binary.AppendUvarint(append(dst, tagRef, byte(e.Kind)), uint64(e.Index))
		return appendType(dst, e.Typ)
	default:
		panic(fmt.Sprintf("plan: expression of type %T cannot be encoded", e))
	}
}

// EncodeAgg appends the bytes of one aggregate to dst, without a version.
func EncodeAgg(dst []byte, a Agg) []byte {
	dst = appendType(appendString(dst, a.Func), a.Type)
	var flags byte
	switch len(a.Args) {
	case 0:
	case 1:
		flags |= aggHasArg
	default:
		flags |= aggHasArgs
	}
	if a.Distinct {
		flags |= aggDistinct
	}
	if a.Filter != nil {
		flags |= aggHasFilter
	}
	if len(a.Order) > 0 {
		flags |= aggHasOrder
	}
	dst = append(dst, flags)
	switch len(a.Args) {
	case 0:
	case 1:
		dst = EncodeExpr(dst, a.Args[0])
	default:
		dst = appendExprs(dst, a.Args)
	}
	if a.Filter != nil {
		dst = EncodeExpr(dst, a.Filter)
	}
	if len(a.Order) > 0 {
		dst = appendSortKeys(dst, a.Order)
	}
	return dst
}

// EncodeSortKey appends the bytes of one ORDER BY item to dst, without a
// version.
func EncodeSortKey(dst []byte, k SortKey) []byte {
	var flags byte
	if k.Desc {
		flags |= sortDesc
	}
	if k.NullsFirst {
		flags |= sortNullsFirst
	}
	return EncodeExpr(append(dst, flags), k.Expr)
}

func appendSortKeys(dst []byte, keys []SortKey) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(keys)))
	for _, k := range keys {
		dst = EncodeSortKey(dst, k)
	}
	return dst
}

func appendExprs(dst []byte, es []Expr) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(es)))
	for _, e := range es {
		dst = EncodeExpr(dst, e)
	}
	return dst
}

func appendString(dst []byte, s string) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(s)))
	return append(dst, s...)
}

// appendType writes an array without a known element type as ARRAY<UNKNOWN>.
func appendType(dst []byte, t record.Type) []byte {
	for ; t.Kind == record.Array; t = *t.Elem {
		dst = append(dst, byte(record.Array))
		if t.Elem == nil {
			return append(dst, byte(record.Unknown))
		}
	}
	return append(dst, byte(t.Kind))
}
