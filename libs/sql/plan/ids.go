package plan

import "crypto/sha256"

// IDs gives equal expressions, as [EqualExpr] has it, one [ID], and different ones
// different ones. It remembers those of calls: an expression takes time by its operands,
// and not again by all that is below, so that every part of one that is deep can be asked
// for. They are not those of [FingerprintExpr]. The zero value is ready; it belongs to one
// goroutine.
type IDs struct{ calls map[*Call]ID }

// Of returns the ID of an expression.
func (x *IDs) Of(e Expr) ID {
	var text [128]byte
	c, ok := e.(*Call)
	if !ok {
		return idOf(EncodeExpr(text[:0], e)) // begins with another tag
	}
	id, ok := x.calls[c]
	if !ok {
		own := appendType(appendString(append(text[:0], tagCall), c.Func), c.Typ)
		for _, a := range c.Args {
			arg := x.Of(a)
			own = append(own, arg[:]...)
		}
		if x.calls == nil {
			x.calls = make(map[*Call]ID)
		}
		id = idOf(own)
		x.calls[c] = id
	}
	return id
}

func idOf(text []byte) ID {
	sum := sha256.Sum256(text)
	return ID(sum[:16])
}

// Forget gives back what was remembered.
func (x *IDs) Forget() { x.calls = nil }
