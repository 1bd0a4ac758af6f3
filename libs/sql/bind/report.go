package bind

import (
	"cmp"
	"slices"

	"github.com/millrace/millrace/libs/sql/ast"
)

// mostErrors of one query are told.
const mostErrors = 10

// report notes an error, and goes on to find others that do not follow from it; nil is
// none. It returns whether there was none.
func (b *binder) report(err *ast.Error) bool {
	if err != nil {
		b.errs = append(append(b.errs, err), err.More...)
	}
	return err == nil
}

// together returns what is wrong with several parts as one error; nil: nothing is.
func together(first, next *ast.Error) *ast.Error {
	switch {
	case first == nil:
		return next
	case next != nil:
		first.More = append(append(first.More, next), next.More...)
	}
	return first
}

// reported returns the errors that were noted as one, in the order of the text, and what
// is told twice once.
func (b *binder) reported() *ast.Error {
	if len(b.errs) == 0 {
		return nil
	}
	slices.SortStableFunc(b.errs, func(x, y *ast.Error) int { return cmp.Compare(x.Pos, y.Pos) })
	var told []*ast.Error
	for _, e := range b.errs {
		same := func(t *ast.Error) bool { return t.Pos == e.Pos || t.Msg == e.Msg }
		if len(told) < mostErrors && !slices.ContainsFunc(told, same) {
			told = append(told, e)
		}
	}
	first := *told[0]
	first.More = nil
	for _, e := range told[1:] {
		alone := *e
		alone.More = nil
		first.More = append(first.More, &alone)
	}
	return &first
}
