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
		return p.joins()
	case "intersect", "except", "minus":
		if p.tok.is("minus") && !p.peek.is("select") {
			return nil
		}
		if p.prev.is("*") && p.peek.is("(") {
			return p.refuse(p.tok.at, "* %s (…) is not supported", what).WithHint("list the columns that are to be selected")
		}
		return p.refuse(p.tok.at, "%s is not supported yet", what).WithHint("submit two queries")
	case "into":
		return p.refuse(p.tok.at, "INTO is not supported").WithHint("a query that is to have a name is CREATE MATERIALIZED VIEW name AS SELECT …")
	case "tablesample":
		if p.sampled() {
			return p.fail(p.tok.at, "TABLESAMPLE stands after the stream and its alias").
				WithHint("write FROM tweets AS t TABLESAMPLE BERNOULLI (10)")
		}
	case "qualify", "window":
		if p.peek.kind == word && !ast.Reserved(p.peek.value) {
			return p.refuse(p.tok.at, "%s is not supported yet", what)
		}
	case "similar":
		if p.peek.is("to") {
			return p.refuse(p.tok.at, "SIMILAR is not supported yet").WithHint("LIKE, ILIKE, CONTAINS and REGEXP match text")
		}
	case "for":
		if p.peek.is("update") || p.peek.is("share") || p.peek.is("system_time") {
			return p.refuse(p.tok.at, "%s %s is not supported", what, strings.ToUpper(p.peek.text)).WithHint("leave it out")
		}
	}
	return nil
}

// afterOperand refuses words after an operand that belong to it elsewhere.
func (p *parser) afterOperand() *ast.Error {
	if p.tok.kind != word {
		return nil
	}
	switch p.tok.value {
	case "at":
		if p.peek.is("time") {
			return p.refuse(p.tok.at, "AT TIME ZONE is not supported").WithHint("timestamps are UTC: add an interval, as created_at + INTERVAL '9' HOUR")
		}
	case "collate":
		if p.peek.kind == quoted || p.peek.kind == word && !ast.Reserved(p.peek.value) {
			return p.refuse(p.tok.at, "COLLATE is not supported").WithHint("text is ordered by its bytes; lower(x) leaves case out of account")
		}
	}
	return nil
}

// groupingSets refuses several groupings in one query.
func (p *parser) groupingSets() *ast.Error {
	several := p.tok.is("rollup") || p.tok.is("cube")
	switch {
	case p.tok.is("all") && (p.peek.kind == end || p.peek.is(")") || p.peek.is(";") || p.peek.kind == word):
		return p.refuse(p.tok.at, "GROUP BY ALL is not supported").WithHint("list what makes the groups, or their positions in SELECT: GROUP BY 1, 2")
	case several && p.peek.is("("), p.tok.is("grouping") && p.peek.is("sets"):
		what := strings.ToUpper(p.tok.text)
		if !several {
			what += " SETS"
		}
		return p.refuse(p.tok.at, "%s is not supported", what).WithHint("submit a query for each grouping: they share one pass")
	case p.tok.is("(") && p.peek.is(")"):
		return p.refuse(p.tok.at, "GROUP BY () is not supported").WithHint("leave GROUP BY out: there is one group then")
	}
	return nil
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
		return p.refuse(p.tok.at, "%s is not supported yet", what).WithHint("write FROM %s … GROUP BY window_start", form)
	default:
		return nil
	}
}

// afterCall refuses what may follow a function call elsewhere.
func (p *parser) afterCall(c *ast.Call) *ast.Error {
	switch {
	case p.tok.is("over") && (p.peek.is("(") || p.peek.kind == word && !p.peek.is("from")):
		return p.refuse(p.tok.at, "%s(…) OVER is not supported yet", c.Func).WithHint("TUMBLE in FROM and GROUP BY window_start give one row per window")
	case p.tok.is("within") && p.peek.is("group"):
		return p.refuse(p.tok.at, "WITHIN GROUP is not supported").WithHint("write approx_percentile(x, 0.5) or array_agg(x ORDER BY y)")
	case (p.tok.is("ignore") || p.tok.is("respect")) && p.peek.is("nulls"):
		return p.refuse(p.tok.at, "%s NULLS is not supported", strings.ToUpper(p.tok.text)).WithHint("write FILTER (WHERE x IS NOT NULL)")
	default:
		return nil
	}
}
