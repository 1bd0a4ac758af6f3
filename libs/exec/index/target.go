package index

import (
	"maps"

	"github.com/millrace/millrace/libs/exec/expr"
	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/plan"
)

// Index answers predicates over one column. It is immutable.
type Index interface {
	// Eval sets others to what predicates are in all rows in which they are not
	// TRUE, FALSE or NULL, and then calls hit for every predicate that is TRUE in
	// a row, more than once where it holds for several reasons.
	Eval(in *expr.Input, others *expr.Truths, hit func(slot int32, row int))

	// Len returns how many predicates one Eval answers.
	Len() int
}

// Target names what an index is over. Predicates of one target differ in their
// literal only.
type Target struct {
	Column string
	Test   Test
}

// Test is what predicates of a target do with the column.
type Test uint8

// The tests that can be indexed.
const (
	Equals    Test = iota + 1 // column = literal
	Has                       // literal = ANY(column)
	Contains                  // column CONTAINS literal
	IContains                 // column ICONTAINS literal; literals are folded
)

// gram is how many bytes of a needle a Substring looks for.
const gram = 4

// TargetOf returns the index that can hold the atomic predicate e and the
// literal that it is held by; ok is false where none can.
func TargetOf(e plan.Expr) (t Target, literal record.Value, ok bool) {
	call, isCall := e.(*plan.Call)
	if !isCall || len(call.Args) != 2 {
		return t, literal, false
	}
	column, isColumn := call.Args[0].(*plan.Column)
	lit, isLiteral := call.Args[1].(*plan.Literal)
	if !isColumn || !isLiteral || lit.Value.IsNull() {
		return t, literal, false
	}
	t.Column, literal = column.Name, lit.Value
	switch call.Func {
	case plan.FuncEq:
		t.Test = Equals
		return t, literal, hashable(column.Typ, literal)
	case plan.FuncMember:
		t.Test = Has
		return t, literal, column.Typ.Kind == record.Array && column.Typ.Elem != nil && hashable(*column.Typ.Elem, literal)
	case plan.FuncContains:
		t.Test = Contains
	case plan.FuncIContains:
		t.Test, literal = IContains, record.Text(expr.Fold(literal.Str()))
	default:
		return t, literal, false
	}
	return t, literal, column.Typ.Kind == record.Varchar && len(literal.Str()) >= gram
}

// hashable reports whether values of the type are found by hash with a literal.
func hashable(t record.Type, literal record.Value) bool {
	switch t.Kind {
	case record.Varchar, record.BigInt, record.Timestamp, record.Date:
		return t.Kind == literal.Type().Kind
	default:
		return false
	}
}

// New returns the index of what l holds now, over the column at a position of
// expr.Input.
func New(t Target, col int, l *Literals) Index {
	switch t.Test {
	case Contains, IContains:
		return newSubstring(col, t.Test == IContains, l)
	default:
		literals := Literals{texts: maps.Clone(l.texts), ints: maps.Clone(l.ints)}
		return &Equality{col: col, member: t.Test == Has, literals: literals}
	}
}

// Literals maps the literals of one target to the slots of their predicates.
type Literals struct {
	texts map[string]int32
	ints  map[int64]int32
}

// Set holds a predicate by its literal.
func (l *Literals) Set(literal record.Value, slot int32) {
	if literal.Type().Kind == record.Varchar {
		if l.texts == nil {
			l.texts = map[string]int32{}
		}
		l.texts[literal.Str()] = slot
		return
	}
	if l.ints == nil {
		l.ints = map[int64]int32{}
	}
	l.ints[literal.Int()] = slot
}

// Delete forgets a literal.
func (l *Literals) Delete(literal record.Value) {
	if literal.Type().Kind == record.Varchar {
		delete(l.texts, literal.Str())
	} else {
		delete(l.ints, literal.Int())
	}
}

// Len returns how many predicates are held.
func (l *Literals) Len() int { return len(l.texts) + len(l.ints) }
