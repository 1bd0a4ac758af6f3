package plan

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"unique"

	"github.com/millrace/millrace/libs/record"
)

// ErrEncoding is wrapped by every error of [Decode].
var ErrEncoding = errors.New("malformed plan")

// Decode reads a plan that [Encode] wrote. It accepts nothing else: for every b
// that it accepts, Encode of the result is b. The plan has the shape that
// package optimize produces (see [Check]); its depth and length are bounded by
// [MaxDepth] and [MaxEncoded]. Errors wrap [ErrEncoding] and name the byte.
func Decode(b []byte) (*Output, error) {
	if len(b) > MaxEncoded {
		return nil, fmt.Errorf("%w: %d bytes, at most %d are read", ErrEncoding, len(b), MaxEncoded)
	}
	d := &decoder{all: b, rest: b}
	if v := d.byte(); d.err == nil && v != Version {
		return nil, fmt.Errorf("%w: version %d, this program reads version %d", ErrEncoding, v, Version)
	}
	n := d.chain(0)
	if d.err == nil && len(d.rest) > 0 {
		d.fail("%d bytes follow the plan", len(d.rest))
	}
	if d.err != nil {
		return nil, d.err
	}
	out, ok := n.(*Output)
	if !ok {
		return nil, fmt.Errorf("%w: the root is a %T, not an Output", ErrEncoding, n)
	}
	if err := Check(out); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrEncoding, err)
	}
	// One spelling per plan: refuses long varints, NaNs with other bits, -0.0.
	if !bytes.Equal(Encode(out), b) {
		return nil, fmt.Errorf("%w: not in the one canonical spelling", ErrEncoding)
	}
	return out, nil
}

// decoder reads from rest and keeps its first error; after one every read
// returns a zero value.
type decoder struct {
	all, rest []byte
	err       error
}

func (d *decoder) fail(format string, args ...any) {
	if d.err == nil {
		at := len(d.all) - len(d.rest)
		d.err = fmt.Errorf("%w: at byte %d: %s", ErrEncoding, at, fmt.Sprintf(format, args...))
		d.rest = nil
	}
}

// chain reads nodes from the root down to the Scan and links them.
func (d *decoder) chain(unions int) Node {
	var root Node
	link := func(n Node) { root = n }
	for d.err == nil {
		switch tag := d.byte(); tag {
		case tagScan:
			link(&Scan{Stream: d.string()})
			return root
		case tagUnion:
			if unions > 0 {
				d.fail("a union within another")
				return nil
			}
			link(&Union{Branches: list(d, func() Node { return d.chain(unions + 1) })})
			return root
		case tagUnnest:
			n := &Unnest{Array: d.expr(0)}
			link(n)
			link = func(in Node) { n.In = in }
		case tagFilter:
			n := &Filter{Pred: d.expr(0)}
			link(n)
			link = func(in Node) { n.In = in }
		case tagWindow:
			n := &Window{Kind: WindowKind(d.byte()), Time: d.string(), Size: d.int64()}
			link(n)
			link = func(in Node) { n.In = in }
		case tagAggregate:
			n := &Aggregate{Keys: d.exprs(0), Aggs: list(d, d.agg)}
			link(n)
			link = func(in Node) { n.In = in }
		case tagProject:
			n := &Project{Cols: list(d, func() NamedExpr { return NamedExpr{Name: d.string(), Expr: d.expr(0)} })}
			link(n)
			link = func(in Node) { n.In = in }
		case tagTopK:
			n := &TopK{K: d.int64(), Order: list(d, d.sortKey)}
			link(n)
			link = func(in Node) { n.In = in }
		case tagTopKSkip:
			n := &TopK{K: d.int64(), Skip: d.int64(), Order: list(d, d.sortKey)}
			if n.Skip == 0 {
				d.fail("an offset of 0")
			}
			link(n)
			link = func(in Node) { n.In = in }
		case tagOutput:
			n := &Output{Emit: Emit(d.byte())}
			link(n)
			link = func(in Node) { n.In = in }
		case tagFirst:
			n := &Output{Emit: Emit(d.byte()), Limit: d.int64(), Skip: d.int64()}
			if n.Limit == 0 {
				d.fail("a limit of 0")
			}
			link(n)
			link = func(in Node) { n.In = in }
		default:
			d.fail("unknown node %d", tag)
		}
	}
	return nil
}

func (d *decoder) agg() Agg {
	a := Agg{Func: d.string(), Type: d.typ()}
	flags := d.byte()
	if flags&^(aggHasArg|aggHasFilter|aggHasArgs|aggDistinct|aggHasOrder) != 0 {
		d.fail("unknown flags %#x of an aggregate", flags)
	}
	if flags&aggHasArg != 0 {
		a.Args = []Expr{d.expr(0)}
	}
	if flags&aggHasArgs != 0 {
		a.Args = d.exprs(0)
	}
	a.Distinct = flags&aggDistinct != 0
	if flags&aggHasFilter != 0 {
		a.Filter = d.expr(0)
	}
	if flags&aggHasOrder != 0 {
		a.Order = list(d, d.sortKey)
	}
	return a
}

func (d *decoder) sortKey() SortKey {
	flags := d.byte()
	if flags&^(sortDesc|sortNullsFirst) != 0 {
		d.fail("unknown flags %#x of a sort key", flags)
	}
	return SortKey{Desc: flags&sortDesc != 0, NullsFirst: flags&sortNullsFirst != 0, Expr: d.expr(0)}
}

func (d *decoder) expr(depth int) Expr {
	if depth > MaxDepth {
		d.fail("expression nested more than %d deep", MaxDepth)
		return nil
	}
	switch tag := d.byte(); tag {
	case tagColumn:
		return &Column{Name: d.string(), Typ: d.typ()}
	case tagLiteral:
		v, rest, err := record.DecodeValue(d.rest)
		if err != nil {
			d.fail("%v", err)
			return nil
		}
		d.rest = rest
		return &Literal{Value: v}
	case tagNull:
		return &Literal{Value: record.NullOf(d.typ())}
	case tagCall:
		c := &Call{Func: d.string(), Typ: d.typ()}
		c.Args = d.exprs(depth + 1)
		return c
	case tagRef:
		return &Ref{Kind: RefKind(d.byte()), Index: int(d.int64()), Typ: d.typ()}
	default:
		d.fail("unknown expression %d", tag)
		return nil
	}
}

func (d *decoder) exprs(depth int) []Expr {
	return list(d, func() Expr { return d.expr(depth) })
}

// list reads a length and that many items; nil for none. It grows with what is
// really there, so a false length costs nothing.
func list[T any](d *decoder, item func() T) []T {
	n := d.uvarint()
	if n > uint64(len(d.rest)) {
		d.fail("a list of %d items in %d bytes", n, len(d.rest))
		return nil
	}
	var out []T
	for i := uint64(0); i < n && d.err == nil; i++ {
		out = append(out, item())
	}
	return out
}

func (d *decoder) typ() record.Type {
	return d.nestedType(0)
}

func (d *decoder) nestedType(depth int) record.Type {
	const deepest = 32
	k := record.Kind(d.byte())
	switch {
	case !k.Valid():
		d.fail("unknown type %d", k)
		return record.Type{}
	case k != record.Array:
		return record.Type{Kind: k}
	case depth >= deepest:
		d.fail("type nested more than %d deep", deepest)
		return record.Type{}
	default:
		return record.ArrayOf(d.nestedType(depth + 1))
	}
}

func (d *decoder) byte() byte {
	if len(d.rest) == 0 {
		d.fail("it ends too early")
		return 0
	}
	b := d.rest[0]
	d.rest = d.rest[1:]
	return b
}

func (d *decoder) uvarint() uint64 {
	n, w := binary.Uvarint(d.rest)
	if w <= 0 {
		d.fail("a number is cut off or too long")
		return 0
	}
	d.rest = d.rest[w:]
	return n
}

func (d *decoder) int64() int64 {
	n := d.uvarint()
	if n > math.MaxInt64 {
		d.fail("number %d is out of range", n)
		return 0
	}
	return int64(n)
}

func (d *decoder) string() string {
	n := d.uvarint()
	if n > uint64(len(d.rest)) {
		d.fail("text of %d bytes in %d bytes", n, len(d.rest))
		return ""
	}
	s := unique.Make(string(d.rest[:n])).Value() // names: plans have the same again and again
	d.rest = d.rest[n:]
	return s
}
