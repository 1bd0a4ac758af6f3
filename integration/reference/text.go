package reference

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/ast"
)

func (s *scope) like(l *ast.Like) (predicate, error) {
	x, err := s.text(l.X)
	if err != nil {
		return nil, err
	}
	escape := '\\'
	if l.Escape != nil {
		lit, ok := l.Escape.(*ast.StringLit)
		if !ok || utf8.RuneCountInString(lit.Value) > 1 {
			return nil, errors.New("ESCAPE wants one character")
		}
		escape = 0
		for _, r := range lit.Value {
			escape = r
		}
	}
	src, err := s.text(l.Pattern)
	if err != nil {
		return nil, err
	}
	if !src.lit {
		return computedTest(x, src, func(text, pattern string) truth {
			p, err := compilePattern(pattern, escape, l.Fold)
			if err != nil {
				return failed
			}
			if l.Fold {
				text = fold(text)
			}
			return truthOf(p.match(text))
		}), nil
	}
	v := src.eval(nil)
	if v.IsNull() {
		return nullPredicate(x), nil
	}
	p, err := compilePattern(v.Str(), escape, l.Fold)
	if err != nil {
		return nil, err
	}
	return textTest(x, l.Fold, p.match), nil
}

// computedTest is a test of a text with one that differs from row to row.
func computedTest(x, with *expr, test func(text, with string) truth) predicate {
	return func(e *env) truth {
		a, b, t := operands(x, with, e)
		if t != yes {
			return t
		}
		return test(a.Str(), b.Str())
	}
}

func (s *scope) contains(c *ast.Contains) (predicate, error) {
	x, err := s.text(c.X)
	if err != nil {
		return nil, err
	}
	src, err := s.text(c.Needle)
	if err != nil {
		return nil, err
	}
	if !src.lit {
		return computedTest(x, src, func(text, part string) truth {
			if c.Fold {
				text, part = fold(text), fold(part)
			}
			return truthOf(strings.Contains(text, part))
		}), nil
	}
	v := src.eval(nil)
	if v.IsNull() {
		return nullPredicate(x), nil
	}
	needle := v.Str()
	if c.Fold {
		needle = fold(needle)
	}
	return textTest(x, c.Fold, func(s string) bool { return strings.Contains(s, needle) }), nil
}

// nullPredicate is a text test with a NULL literal: never known.
func nullPredicate(x *expr) predicate {
	return func(e *env) truth {
		if x.eval(e) == nil {
			return failed
		}
		return unknown
	}
}

func textTest(x *expr, folded bool, test func(string) bool) predicate {
	return func(e *env) truth {
		v, t := operand(x, e)
		switch {
		case t != yes:
			return t
		case !folded:
			return truthOf(test(v.Str()))
		case x.col >= 0:
			return truthOf(test(e.doc.fold(x.col)))
		default:
			return truthOf(test(fold(v.Str())))
		}
	}
}

// text compiles an operand that has to be text.
func (s *scope) text(e ast.Expr) (*expr, error) {
	x, err := s.value(e)
	if err != nil {
		return nil, err
	}
	if x.typ.Kind != record.Varchar && x.typ.Kind != record.Unknown {
		return nil, fmt.Errorf("expected text, found %s", x.typ)
	}
	return x, nil
}
