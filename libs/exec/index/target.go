package index

import (
	"github.com/millrace/millrace/libs/exec/expr"
	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/function"
	"github.com/millrace/millrace/libs/sql/plan"
)

// Index answers predicates over one column. It is immutable.
type Index interface {
	// Eval sets the hits of every predicate in the rows in which it is TRUE, among
	// those whose bits are set in rows; nil stands for all. Bits beyond the last
	// row are zero.
	Eval(in *expr.Input, rows []uint64, hits *Hits)

	// Nulls adds to rows those in which the predicates that are not TRUE are NULL.
	// In all others they are FALSE.
	Nulls(in *expr.Input, rows []uint64)

	// Len returns how many predicates one Eval answers.
	Len() int
}

// Set is what one index holds, as it changes. It is used by one goroutine at a time.
type Set interface {
	// Put holds a predicate by its key, under a slot.
	Put(k Key, slot int32)
	// Delete forgets a key.
	Delete(k Key)
	// Len returns how many predicates are held.
	Len() int
	// Index returns the index of what is held now, over the column at a position of
	// [expr.Input]. Later changes of the set leave it as it is.
	Index(column int) Index
}

// Target names what an index is over. Predicates of one target differ in their
// key only.
type Target struct {
	Column   string  // or how the computed value is written
	Computed plan.ID // of the expression of a computed value; zero: it is a column
	Test     Test
	Kind     record.Kind // of the column, or of the elements of an array
}

// IsComputed reports whether the target is over a computed value.
func (t Target) IsComputed() bool { return t.Computed != plan.ID{} }

// Key is what a predicate compares the column with: a text, an integer as Lo and
// Hi, or what lies between them.
type Key struct {
	Text   string
	Lo, Hi int64
}

// Test is what predicates of a target do with the column.
type Test uint8

// The tests that can be indexed.
const (
	Equals    Test = iota + 1 // column = key
	Has                       // key = ANY(column)
	Contains                  // column CONTAINS key
	IContains                 // column ICONTAINS key; keys are folded
	Begins                    // column LIKE 'key%'
	Between                   // column from Lo to Hi, both included; see [IntervalOf]
)

// TargetOf returns the index that can hold the atomic predicate e and the key that
// it is held by; ok is false where none can. Comparisons are not atomic here: see
// [IntervalOf].
func TargetOf(e plan.Expr) (t Target, k Key, ok bool) {
	call, isCall := e.(*plan.Call)
	if !isCall || len(call.Args) != 2 {
		return t, k, false
	}
	lit, isLiteral := call.Args[1].(*plan.Literal)
	if !isLiteral || lit.Value.IsNull() || !canHold(call) {
		return t, k, false
	}
	t, typ, ok := over(call.Args[0])
	if !ok {
		return t, k, false
	}
	t.Kind = typ.Kind
	v := lit.Value
	switch call.Func {
	case plan.FuncEq:
		t.Test = Equals
		return t, keyOf(v), hashable(typ, v)
	case plan.FuncMember:
		if typ.Kind != record.Array || typ.Elem == nil {
			return t, k, false
		}
		t.Test, t.Kind = Has, typ.Elem.Kind
		return t, keyOf(v), hashable(*typ.Elem, v)
	}
	if typ.Kind != record.Varchar || v.Type().Kind != record.Varchar {
		return t, k, false
	}
	switch call.Func {
	case plan.FuncContains:
		t.Test, k.Text = Contains, v.Str()
	case plan.FuncIContains:
		t.Test, k.Text = IContains, expr.Fold(v.Str())
	case plan.FuncLike:
		p, err := function.ParsePattern(v.Str(), '\\')
		if err != nil {
			return t, k, false
		}
		prefix, isPrefix := p.Prefix()
		t.Test, k.Text = Begins, prefix
		return t, k, isPrefix && prefix != ""
	default:
		return t, k, false
	}
	return t, k, k.Text != ""
}

// canHold reports whether an index can hold a call for its function.
func canHold(call *plan.Call) bool {
	switch call.Func {
	case plan.FuncEq, plan.FuncMember, plan.FuncContains, plan.FuncIContains, plan.FuncLike:
		return true
	default:
		return false
	}
}

// ImpliedBy returns the target and key of a predicate that an index can hold and
// that is TRUE wherever e is, NULL where it is NULL, and cheaper: a pattern with a
// text in it wants that text. ok is false where there is none.
func ImpliedBy(e plan.Expr) (t Target, k Key, ok bool) {
	call, isCall := e.(*plan.Call)
	if !isCall || call.Func != plan.FuncLike && call.Func != plan.FuncILike {
		return t, k, false
	}
	lit, isLiteral := call.Args[1].(*plan.Literal)
	if !isLiteral || lit.Value.IsNull() {
		return t, k, false
	}
	t, typ, ok := over(call.Args[0])
	if !ok || typ.Kind != record.Varchar {
		return t, k, false
	}
	p, err := function.ParsePattern(lit.Value.Str(), '\\')
	if err != nil {
		return t, k, false
	}
	t.Test, t.Kind = Contains, record.Varchar
	k.Text = p.Literal()
	if call.Func == plan.FuncILike {
		t.Test, k.Text = IContains, expr.Fold(k.Text)
	}
	return t, k, len(k.Text) >= shortGram
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

func keyOf(v record.Value) Key {
	switch v.Type().Kind {
	case record.Varchar:
		return Key{Text: v.Str()}
	case record.BigInt, record.Timestamp, record.Date:
		return Key{Lo: v.Int(), Hi: v.Int()}
	default:
		return Key{}
	}
}

// NewSet returns an empty set for a target.
func NewSet(t Target) Set {
	switch t.Test {
	case Equals, Has:
		return &equalitySet{member: t.Test == Has, text: t.Kind == record.Varchar}
	case Contains, IContains:
		return newSubstringSet(t.Test == IContains)
	case Begins:
		return &prefixSet{}
	case Between:
		return &RangeSet{float: t.Kind == record.Double}
	default:
		panic("index: no such test")
	}
}
