package plan

import (
	"bytes"
	"slices"

	"github.com/millrace/millrace/libs/record"
)

// EqualExpr reports whether two expressions are the same: whether EncodeExpr gives
// the same bytes.
func EqualExpr(a, b Expr) bool {
	if a == b {
		return true
	}
	switch a := a.(type) {
	case *Column:
		b, ok := b.(*Column)
		return ok && a.Name == b.Name && equalTypes(a.Typ, b.Typ)
	case *Literal:
		b, ok := b.(*Literal)
		if !ok || a.Value.IsNull() != b.Value.IsNull() {
			return false
		}
		if a.Value.IsNull() {
			return equalTypes(a.Value.Type(), b.Value.Type())
		}
		var x, y [64]byte
		return bytes.Equal(record.AppendValue(x[:0], a.Value), record.AppendValue(y[:0], b.Value))
	case *Call:
		b, ok := b.(*Call)
		return ok && a.Func == b.Func && equalTypes(a.Typ, b.Typ) && slices.EqualFunc(a.Args, b.Args, EqualExpr)
	case *Ref:
		b, ok := b.(*Ref)
		return ok && a.Kind == b.Kind && a.Index == b.Index && equalTypes(a.Typ, b.Typ)
	default:
		return false
	}
}

func equalTypes(a, b record.Type) bool {
	var x, y [8]byte
	return a == b || bytes.Equal(appendType(x[:0], a), appendType(y[:0], b))
}
