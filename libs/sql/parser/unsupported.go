package parser

import (
	"strings"

	"github.com/millrace/millrace/libs/sql/ast"
)

// unsupported explains a token that begins a part of SQL which the dialect does
// not have yet, where nothing of the dialect fits; nil for any other.
func (p *parser) unsupported() *ast.Error {
	if p.tok.kind != word {
		return nil
	}
	what := strings.ToUpper(p.tok.text)
	switch p.tok.value {
	case "join", "cross", "inner", "left", "right", "full", "natural":
		return p.fail(p.tok.at, "joins are not supported yet").WithHint("a query reads one stream")
	case "union", "intersect", "except":
		return p.fail(p.tok.at, "%s is not supported yet", what).WithHint("submit two queries")
	case "offset", "fetch":
		return p.fail(p.tok.at, "%s is not supported yet", what).
			WithHint("write ORDER BY column LIMIT n: it keeps the first n rows")
	case "case":
		return p.fail(p.tok.at, "CASE is not supported yet")
	case "tablesample", "qualify", "window":
		if p.peek.kind == word && !ast.Reserved(p.peek.value) {
			return p.fail(p.tok.at, "%s is not supported yet", what)
		}
	case "similar", "regexp", "rlike":
		if p.peek.kind == str || p.peek.is("to") {
			return p.fail(p.tok.at, "%s is not supported yet", what).WithHint("LIKE, ILIKE and CONTAINS match text")
		}
	}
	return nil
}

// afterOperand refuses operators that the dialect does not have yet.
func (p *parser) afterOperand() *ast.Error {
	if p.tok.kind != symbol {
		return nil
	}
	switch p.tok.text {
	case "+", "-", "*", "/", "%", "^":
		return p.fail(p.tok.at, "arithmetic is not supported yet")
	case "||":
		return p.fail(p.tok.at, "concatenation with || is not supported yet").WithHint("if either condition will do, write OR")
	case "->":
		return p.fail(p.tok.at, "-> is not supported yet").WithHint("nested columns are written with dots: user.name")
	case "::":
		return p.fail(p.tok.at, "casts are not supported yet")
	case "~", "~*", "!~":
		return p.fail(p.tok.at, "regular expressions are not supported yet").WithHint("LIKE, ILIKE and CONTAINS match text")
	case "[":
		return p.fail(p.tok.at, "array elements are not supported yet").WithHint("'go' = ANY(hashtags) tests membership")
	default:
		return nil
	}
}

// windowCall refuses a window function where it is no table: Flink's older form
// GROUP BY TUMBLE(…), with TUMBLE_START(…) in SELECT.
func (p *parser) windowCall() *ast.Error {
	const form = "TUMBLE(tweets, created_at, INTERVAL '1' MINUTE)"
	what := strings.ToUpper(p.tok.text)
	switch p.tok.value {
	case "tumble":
		return p.fail(p.tok.at, "TUMBLE belongs in FROM").WithHint("write FROM %s … GROUP BY window_start", form)
	case "tumble_start", "tumble_end":
		bound := "window" + strings.TrimPrefix(p.tok.value, "tumble")
		return p.fail(p.tok.at, "%s is written %s", what, bound).
			WithHint("write %s, with FROM %s … GROUP BY window_start, window_end", bound, form)
	case "hop", "session", "cumulate":
		return p.fail(p.tok.at, "%s is not supported yet", what).WithHint("write FROM %s … GROUP BY window_start", form)
	default:
		return nil
	}
}

// afterCall refuses what may follow a function call elsewhere.
func (p *parser) afterCall(c *ast.Call) *ast.Error {
	switch {
	case p.tok.is("filter") && p.peek.is("("):
		return p.fail(p.tok.at, "FILTER is not supported yet").WithHint("put the condition into WHERE and submit a query of its own")
	case p.tok.is("over") && (p.peek.is("(") || p.peek.kind == word && !p.peek.is("from")):
		return p.fail(p.tok.at, "%s(…) OVER is not supported yet", c.Func).WithHint("TUMBLE in FROM and GROUP BY window_start give one row per window")
	default:
		return nil
	}
}
