package optimize

import (
	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/function"
	"github.com/millrace/millrace/libs/sql/plan"
)

// foldCase spells what is matched under case folding in one way, and matches
// exactly where nothing in it has another case: only a character itself folds
// to such a one.
//
//	icontains(x, 'Go')   →  icontains(x, 'GO')
//	icontains(x, '日本')  →  contains(x, '日本')
//	ilike(x, 'Go%')      →  ilike(x, 'GO%')
//	ilike(x, '日本%')     →  like(x, '日本%')
type foldCase struct{}

func (foldCase) Name() string { return "fold_case" }

func (foldCase) Rewrite(e plan.Expr) (plan.Expr, bool) {
	c, ok := isCall(e, plan.FuncIContains, plan.FuncILike)
	if !ok {
		return e, false
	}
	c, x, v, ok := withLiteral(c)
	if !ok {
		return e, false
	}
	if function.Caseless(v.Str()) {
		exact := plan.FuncContains
		if c.Func == plan.FuncILike {
			exact = plan.FuncLike
		}
		return call(exact, x, c.Args[1]), true
	}
	// Folding a pattern character by character keeps its wildcards and escapes,
	// which have no case.
	if folded := function.Fold(v.Str()); folded != v.Str() {
		return call(c.Func, x, lit(record.Text(folded))), true
	}
	return e, false
}
