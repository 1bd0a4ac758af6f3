package optimize

import (
	"regexp/syntax"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/function"
	"github.com/millrace/millrace/libs/sql/plan"
)

// regexpToText replaces regular expressions that ask for no more than a text: at the
// beginning, at the end, or anywhere. Those are found by an index.
//
//	regexp_match(x, 'go')      →  contains(x, 'go')
//	regexp_match(x, '(?i)go')  →  icontains(x, 'go')
//	regexp_match(x, '^go')     →  like(x, 'go%')
//	regexp_match(x, '^go$')    →  like(x, 'go'), which is eq(x, 'go')
type regexpToText struct{}

func (regexpToText) Name() string { return "regexp_to_text" }

func (regexpToText) Rewrite(e plan.Expr) (plan.Expr, bool) {
	c, ok := isCall(e, function.RegexpMatch)
	if !ok || len(c.Args) != 2 {
		return e, false
	}
	_, x, v, ok := withLiteral(c)
	if !ok {
		return e, false
	}
	re, err := syntax.Parse(v.Str(), syntax.Perl)
	if err != nil {
		return e, false
	}
	text, ok := literalText(re)
	if !ok {
		return e, false
	}
	needle, pattern := lit(record.Text(text.text)), function.Quoted(text.text)
	like := plan.FuncLike
	if text.fold {
		like = plan.FuncILike
	}
	switch {
	case !text.begins && !text.ends && text.fold:
		return call(plan.FuncIContains, x, needle), true
	case !text.begins && !text.ends:
		return call(plan.FuncContains, x, needle), true
	case !text.ends:
		pattern += "%"
	case !text.begins:
		pattern = "%" + pattern
	}
	return call(like, x, lit(record.Text(pattern))), true
}

// anchored is a text, and where it has to stand.
type anchored struct {
	text         string
	fold         bool // without regard to case
	begins, ends bool
}

// literalText returns the text that all of an expression asks for.
func literalText(re *syntax.Regexp) (anchored, bool) {
	parts := []*syntax.Regexp{re}
	if re.Op == syntax.OpConcat {
		parts = re.Sub
	}
	var a anchored
	found := false
	for i, p := range parts {
		switch {
		case p.Op == syntax.OpBeginText && i == 0:
			a.begins = true
		case p.Op == syntax.OpEndText && p.Flags&syntax.WasDollar != 0 && i == len(parts)-1:
			a.ends = true
		case p.Op == syntax.OpLiteral && !found:
			a.text, a.fold, found = string(p.Rune), p.Flags&syntax.FoldCase != 0, true
		default:
			return anchored{}, false
		}
	}
	return a, found
}
