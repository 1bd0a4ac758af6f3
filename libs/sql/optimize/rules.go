package optimize

import "github.com/millrace/millrace/libs/sql/plan"

// Rule rewrites predicates into an equivalent form that is closer to canonical.
type Rule interface {
	// Name says what the rule is about, as golden files and EXPLAIN show it.
	Name() string

	// Rewrite returns the equivalent of e and true, or e and false where the rule
	// does not apply to e itself. The operands of e have been rewritten already.
	Rewrite(e plan.Expr) (plan.Expr, bool)
}

// NodeRule rewrites a plan node whose input and predicates are canonical already.
type NodeRule interface {
	Name() string
	Rewrite(n plan.Node) (plan.Node, bool)
}

// NodeRules returns the rules for nodes in the order in which they are tried, over
// and over until none applies.
func NodeRules() []NodeRule {
	return []NodeRule{
		nullInFilter{},
		truthInFilter{},
		nullTestInFilter{},
		contradictionInFilter{},
		trueFilter{},
		repeatedSortKey{},
	}
}

// Rules returns the rules for predicates in the order in which they are tried:
// first those that remove operators (so that the later ones meet canonical
// operators only), then literals, text patterns and constants, then the order of
// operands, which depends on all these, and last what needs no more than some of
// the operands.
func Rules() []Rule { return rulesWith(nil) }

// rulesWith returns the rules for what facts are known of.
func rulesWith(known *facts) []Rule {
	return []Rule{
		betweenToBounds{},
		inToEqualities{},
		arrayLiteral{},
		distinctNull{},
		negatedComparison{},
		literalRight{},
		columnOrder{},
		commutative{},
		sameOperands{},
		pushNot{},
		integerLiteral{},
		doubleLiteral{},
		integerBound{},
		booleanComparison{},
		regexpToText{},
		patternToText{},
		emptyNeedle{},
		foldCase{},
		nullOperand{known},
		constantCall{},
		choice{},
		flatten{},
		truthLiterals{},
		operandOrder{},
		bounds{known},
		absorption{known},
		commonOperand{known},
	}
}
