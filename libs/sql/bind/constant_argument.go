package bind

import (
	"errors"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/ast"
	"github.com/millrace/millrace/libs/sql/function"
	"github.com/millrace/millrace/libs/sql/plan"
)

// prepare reports a constant argument with which every call is an error: a malformed
// pattern, a unit that there is not. Where the call is never evaluated, nothing is wrong
// with it; nor where it is NULL whatever the other arguments are.
func (b *binder) prepare(pos ast.Pos, es []ast.Expr, c *plan.Call) *ast.Error {
	f, ok := function.LookupScalar(c.Func)
	if !ok || b.reach == never {
		return nil
	}
	types, consts := make([]record.Type, len(c.Args)), make([]*record.Value, len(c.Args))
	for i, a := range c.Args {
		types[i] = a.Type()
		v, err := b.known(a)
		if err != nil {
			continue
		}
		if v.IsNull() && f.Strict {
			return nil
		}
		consts[i] = &v
	}
	_, err := f.Prepare(types, consts)
	if p := function.PatternArgument; err == nil && f.Section == function.Regular && consts[p] != nil {
		var n int
		if n, err = function.States(consts[p].Str()); err == nil {
			return b.takeStates(es[p].Pos(), consts[p].Str(), n)
		}
	}
	var wrong *function.ConstantError
	if !errors.As(err, &wrong) {
		return nil
	}
	if wrong.Arg < len(es) {
		pos = es[wrong.Arg].Pos()
	}
	out := b.fail(pos, "%v", wrong).WithCode(constantCode(f, wrong))
	if hint := wrong.Hint(); hint != "" {
		return out.WithHint("%s", hint)
	}
	return out
}

// pattern is one that stands somewhere. What it is part of may be bound several times.
type pattern struct {
	at   ast.Pos
	text string
}

// takeStates counts the states of a pattern, and refuses the one that makes them too many
// in all of the query: each is matched with every post.
func (b *binder) takeStates(at ast.Pos, text string, n int) *ast.Error {
	if b.whole.patterns[pattern{at, text}] {
		return nil
	}
	b.whole.patterns[pattern{at, text}] = true
	if b.whole.states += n; b.whole.states <= function.MostStatesOfQuery {
		return nil
	}
	return b.fail(at, "the patterns up to here have %d states together, and %d are the most of a query", b.whole.states, function.MostStatesOfQuery).
		WithCode(ast.CodeLimit).WithHint("each character and class is a state, as often as it may be repeated: split the query into several, or look for words with CONTAINS")
}

func constantCode(f *function.Scalar, wrong *function.ConstantError) ast.Code {
	switch {
	case f.Section == function.Regular && wrong.Arg == 1:
		return ast.CodeRegular
	case errors.Is(wrong, function.ErrPattern):
		return ast.CodePattern
	default:
		return ast.CodeParameter
	}
}

// always returns the truth value that a condition has for every row; ok is false where it
// depends on the row.
func (b *binder) always(x plan.Expr) (t record.Truth, ok bool) {
	v, err := b.known(x)
	if err != nil || v.Type().Kind != record.Boolean && !v.IsNull() {
		return record.Error, false
	}
	return function.Truth(v), true
}

// decides reports whether a condition has the truth value for every row.
func (b *binder) decides(x plan.Expr, value bool) bool {
	t, fixed := b.always(x)
	return fixed && t == record.TruthOf(value)
}

// afterFirst returns the reach of what follows an argument of COALESCE.
func (b *binder) afterFirst(x plan.Expr) reach {
	v, err := b.known(x)
	return after(err == nil, err == nil && !v.IsNull())
}

// known is [evaluate] for what is asked for again and again while a query is bound, which
// is computed once.
func (b *binder) known(x plan.Expr) (record.Value, error) {
	c, ok := x.(*plan.Call)
	if !ok {
		return evaluate(x)
	}
	if k, ok := b.computed[c]; ok {
		return k.value, k.err
	}
	var k knownValue
	k.value, k.err = valueOf(c, b.known)
	if k.err == nil && (len(k.value.Str()) > mostKept || len(k.value.Elems()) > mostKept) {
		k = knownValue{err: errNotConstant}
	}
	if b.computed == nil {
		b.computed = make(map[*plan.Call]knownValue)
	}
	b.computed[c] = k
	return k.value, k.err
}

// mostKept bounds the bytes of a text, and the elements of an array, that are kept while a
// query is bound; larger constants count as unknown.
const mostKept = 1 << 10

// knownValue is what a call of constants comes to.
type knownValue struct {
	value record.Value
	err   error
}
