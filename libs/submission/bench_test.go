package submission_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/millrace/millrace/libs/exec/build"
	"github.com/millrace/millrace/libs/sql/parser"
	"github.com/millrace/millrace/libs/sql/plan"
	"github.com/millrace/millrace/libs/submission"
	"github.com/millrace/millrace/libs/wire"
)

// shape is a way to fill the longest statement: the text between head and tail, again
// and again.
type shape struct {
	name, head, each, tail string // #: the number of the repetition, @: the one before, @: the one before
	most                   int    // repetitions; 0: as many as there is room for
}

func shapes() []shape {
	const from = " FROM tweets"
	where := "SELECT id FROM tweets WHERE "
	return []shape{
		{name: "sum of ones", head: "SELECT id", each: "+1", tail: from},
		{name: "sum of ones, accepted", head: "SELECT id", each: "+1", tail: from, most: 4_090},
		{name: "sum of columns, accepted", head: "SELECT id", each: "+retweet_count", tail: from, most: 4_090},
		{name: "sum compared, accepted", head: where + "id", each: "+1", tail: ">5", most: 4_080},
		{name: "sums compared, accepted", head: where + "id", each: "+1", tail: ">retweet_count" + strings.Repeat("+2", 4_080), most: 4_080},
		{name: "sum in IN, accepted", head: where + "id", each: "+1", tail: " IN (1,2,3,4,5,6,7)", most: 4_080},
		{name: "concat, accepted", head: "SELECT text", each: "||lang||'#'", tail: from, most: 2_040},
		{name: "JSON, accepted", head: "SELECT CAST(text AS JSON)", each: "->'a'", tail: from, most: 4_090},
		{name: "casts, accepted", head: "SELECT id", each: "::varchar::bigint", tail: from, most: 2_040},
		{name: "IS NULL, accepted", head: where + "is_reply", each: " IS NULL", most: 1_020},
		{name: "a key in a sum, accepted", head: "SELECT length(lang)", each: "+length(lang)", tail: " FROM tweets GROUP BY length(lang)", most: 4_090},
		{name: "sums as keys, accepted", head: "SELECT id" + strings.Repeat("+1", 4_080), each: "+1", tail: " FROM tweets GROUP BY id" + strings.Repeat("+1", 4_080), most: 1},
		{name: "an aggregate in a sum, accepted", head: "SELECT count(*)", each: "+sum(id)", tail: " FROM tweets GROUP BY length(lang)", most: 4_090},
		{name: "sum of columns", head: "SELECT id", each: "+retweet_count", tail: from},
		{name: "sum of sums", head: "SELECT id", each: "+(id-#)", tail: from},
		{name: "sum to the right", head: "SELECT ", each: "(1+", tail: "id" + strings.Repeat(")", 200) + from, most: 200},
		{name: "differences", head: "SELECT id", each: "-retweet_count*2", tail: from},
		{name: "sum compared", head: where + "id", each: "+1", tail: ">5"},
		{name: "doubles", head: "SELECT id*0.5", each: "*1.5+1", tail: from},
		{name: "signs", head: "SELECT ", each: "- ", tail: "id" + from},
		{name: "NOT", head: where, each: "NOT ", tail: "is_reply", most: 200},
		{name: "IS NOT TRUE", head: where + "is_reply", each: " IS NOT TRUE"},
		{name: "IS NULL", head: where + "is_reply", each: " IS NULL"},
		{name: "AND of columns", head: where + "id>0", each: " AND id<>#"},
		{name: "AND of texts", head: where + "id>0", each: " AND text CONTAINS 'w#'"},
		{name: "OR of texts", head: where + "id>0", each: " OR text ILIKE '%w#%'"},
		{name: "AND of the same", head: where + "id>0", each: " AND is_reply"},
		{name: "OR of AND", head: where + "id=0", each: " OR id=# AND lang='a'"},
		{name: "OR of AND of two", head: where + "(id=0 AND is_reply)", each: " OR id=# AND lang='a#'"},
		{name: "AND of OR", head: where + "id>0", each: " AND (id=# OR lang='a#')"},
		{name: "AND of OR of the same", head: where + "id>0", each: " AND (id=1 OR lang='a#')"},
		{name: "AND of OR of fallible", head: where + "id>0", each: " AND (id=1 OR id/2=#)"},
		{name: "AND and OR nested", head: where, each: "(id=# AND lang='a' OR (", tail: "is_reply" + strings.Repeat("))", 100), most: 100},
		{name: "NOT over AND nested", head: where, each: "NOT(id=# AND ", tail: "is_reply" + strings.Repeat(")", 100), most: 100},
		{name: "IN of integers", head: where + "id IN (0", each: ",#", tail: ")", most: 9_999},
		{name: "NOT IN of integers", head: where + "id NOT IN (0", each: ",#", tail: ")", most: 9_999},
		{name: "IN of texts", head: where + "lang IN ('a'", each: ",'#'", tail: ")", most: 9_999},
		{name: "IN of columns", head: where + "id IN (0", each: ",id+#", tail: ")", most: 9_999},
		{name: "IN of a sum", head: where + "id" + strings.Repeat("+1", 150) + " IN (0", each: ",#", tail: ")", most: 150},
		{name: "ANY of an array", head: where + "id = ANY(ARRAY[0", each: ",#", tail: "])", most: 9_999},
		{name: "an array", head: "SELECT ARRAY[id", each: ",#", tail: "]" + from, most: 9_999},
		{name: "CASE", head: "SELECT CASE", each: " WHEN id=# THEN #", tail: " END" + from},
		{name: "CASE of an operand", head: "SELECT CASE id", each: " WHEN # THEN #", tail: " END" + from},
		{name: "CASE of a sum", head: "SELECT CASE id" + strings.Repeat("+1", 2000), each: " WHEN # THEN #", tail: " END" + from, most: 25},
		{name: "CASE in a condition", head: where + "CASE", each: " WHEN id=# THEN is_reply", tail: " END"},
		{name: "CASE nested", head: "SELECT ", each: "CASE WHEN id=# THEN 1 ELSE ", tail: "0" + strings.Repeat(" END", 200) + from, most: 200},
		{name: "concat", head: "SELECT text", each: "||lang", tail: from},
		{name: "concat of literals", head: "SELECT text", each: "||'#'", tail: from},
		{name: "concat before", head: "SELECT 'a'", each: "||'#'", tail: "||text" + from},
		{name: "concat of casts", head: "SELECT text", each: "||id::varchar", tail: from},
		{name: "parentheses", head: "SELECT " + strings.Repeat("(", 199), each: "+1", tail: strings.Repeat(")", 199) + from, most: 0},
		{name: "functions nested", head: "SELECT ", each: "upper(", tail: "text" + strings.Repeat(")", 200) + from, most: 200},
		{name: "functions", head: "SELECT length(text)", each: "+length(lower(text))", tail: from},
		{name: "casts", head: "SELECT id", each: "::varchar::bigint", tail: from},
		{name: "subscripts", head: "SELECT ", each: "hashtags[length(", tail: "lang" + strings.Repeat(")]", 100) + from, most: 100},
		{name: "JSON", head: "SELECT CAST(text AS JSON)", each: "->'a'", tail: from},
		{name: "COALESCE nested", head: "SELECT ", each: "coalesce(id+#,", tail: "1" + strings.Repeat(")", 200) + from, most: 200},
		{name: "COALESCE", head: "SELECT coalesce(id", each: ",id+#", tail: ")" + from, most: 9_999},
		{name: "greatest", head: "SELECT greatest(id", each: ",#", tail: ")" + from, most: 9_999},
		{name: "BETWEEN", head: where + "id>0", each: " AND id BETWEEN # AND 99999"},
		{name: "OR of BETWEEN", head: where + "id<0", each: " OR id BETWEEN #0 AND #5"},
		{name: "NOT BETWEEN", head: where + "id>0", each: " AND id NOT BETWEEN #0 AND #5"},
		{name: "LIKE", head: where + "text LIKE '%", each: "a%", tail: "'"},
		{name: "regular expression", head: where + "text ~ '", each: "a", tail: "'", most: 8000},
		{name: "OR of regular expressions", head: where + "id<0", each: " OR text ~ 'a{90}.*#'"},
		{name: "UNION ALL", head: "SELECT id FROM tweets", each: " UNION ALL SELECT id FROM tweets", most: 63},
		{name: "UNION ALL, too many", head: "SELECT id FROM tweets", each: " UNION ALL SELECT id FROM tweets", most: 500},
		{name: "UNION ALL of long", head: "SELECT id FROM tweets", each: " UNION ALL SELECT id" + strings.Repeat("+1", 490) + from, most: 63},
		{name: "WITH", head: "WITH q0 AS (SELECT id AS x FROM tweets)", each: ",q# AS (SELECT x FROM q0)", tail: " SELECT x FROM q0", most: 2000},
		{name: "WITH over each other", head: "WITH q0 AS (SELECT id AS x FROM tweets)", each: ",q# AS (SELECT x+1 AS x FROM q@ WHERE x<>#)", tail: " SELECT x FROM q250", most: 250},
		{name: "subqueries", head: "SELECT x FROM ", each: "(SELECT x+1 AS x FROM ", tail: "(SELECT id AS x FROM tweets) AS q" + strings.Repeat(") AS q", 150), most: 150},
		{name: "columns", head: "SELECT id AS x", each: ",id+# AS x#", tail: from},
		{name: "columns of one sum", head: "SELECT id", each: ",id+1+2+3+4+5+6+7 AS x#", tail: from},
		{name: "aggregates", head: "SELECT count(*)", each: ",sum(id+#) AS x#", tail: from},
		{name: "FILTER", head: "SELECT count(*)", each: ",count(*) FILTER (WHERE id=#) AS x#", tail: from},
		{name: "GROUP BY", head: "SELECT count(*) FROM tweets GROUP BY id", each: ",id+#", tail: ""},
		{name: "GROUP BY and SELECT", head: "SELECT id" + strings.Repeat("+1", 8000) + " FROM tweets GROUP BY id", each: "+1", tail: "", most: 8000},
		{name: "HAVING", head: "SELECT lang, count(*) FROM tweets GROUP BY lang HAVING count(*)>0", each: " AND sum(id)<>#", tail: ""},
		{name: "ORDER BY", head: "SELECT id FROM tweets ORDER BY id", each: ",id+#", tail: " LIMIT 5"},
		{name: "ORDER BY the same", head: "SELECT id FROM tweets ORDER BY id", each: ",lang,id", tail: " LIMIT 5"},
		{name: "VALUES", head: where + "id IN (SELECT x FROM (VALUES (1)", each: ",(#)", tail: ") AS t(x) WHERE x > 5)", most: 9_999},
		{name: "array_agg in an order", head: "SELECT array_agg(id ORDER BY lang", each: ",id+#", tail: ")" + from},
		{name: "AND and OR nested, wide", head: where, each: "(id=# AND (lang='#' OR ", tail: "id IN (0" + strings.Repeat(",123", 9_990) + ")" + strings.Repeat("))", 99), most: 99},
		{name: "CASE nested, wide", head: where, each: "CASE WHEN id=# THEN is_reply ELSE ", tail: "text ILIKE 'a'" + strings.Repeat(" OR text ILIKE 'b%'", 2_900) + strings.Repeat(" END", 200), most: 200},
		{name: "COALESCE nested, wide", head: "SELECT ", each: "coalesce(id+#,", tail: "greatest(id" + strings.Repeat(",id+123", 7_000) + ")" + strings.Repeat(")", 199) + from, most: 199},
		{name: "keys and columns", head: "SELECT 1", each: ",upper(lang)||'a'", tail: " FROM tweets GROUP BY upper(lang)||'a'"},
		{name: "a key in a sum", head: "SELECT length(lang)", each: "+length(lang)", tail: " FROM tweets GROUP BY length(lang)"},
		{name: "an aggregate in a sum", head: "SELECT count(*)", each: "+sum(id)", tail: " FROM tweets GROUP BY length(lang)"},
		{name: "a sum of ones and count", head: "SELECT 1", each: "+1", tail: "+count(*) FROM tweets GROUP BY length(lang)"},
		{name: "numbers of columns", head: "SELECT id" + strings.Repeat("+1", 2000) + ", count(*) FROM tweets GROUP BY 1", each: ",1", tail: ""},
		{name: "DISTINCT", head: "SELECT DISTINCT id", each: ",id+# AS x#", tail: from},
		{name: "parentheses open", each: "("},
		{name: "unknown columns", head: "SELECT a", each: ",a#", tail: from},
	}
}

// text returns the longest statement of the shape.
func (s *shape) text() string {
	var b strings.Builder
	b.WriteString(s.head)
	for i := 1; s.most == 0 || i <= s.most; i++ {
		next := strings.NewReplacer("#", fmt.Sprint(i), "@", fmt.Sprint(i-1)).Replace(s.each)
		if b.Len()+len(next)+len(s.tail) > parser.MaxText {
			break
		}
		b.WriteString(next)
	}
	b.WriteString(s.tail)
	return b.String()
}

// BenchmarkLongest is what the longest statements take: in query-parser all of the way
// from the text to the bytes of the plan and back, and in every scheduler, as ms/added,
// until the plan is part of its program.
func BenchmarkLongest(b *testing.B) {
	c := checker(b)
	for _, s := range shapes() {
		b.Run(strings.ReplaceAll(s.name, " ", "_"), func(b *testing.B) {
			src, outcome := s.text(), ""
			var added time.Duration
			for b.Loop() {
				sub := wire.Submission{Kind: wire.SubmitSQL, SQL: src}
				q, err := c.Check(&sub)
				if outcome = outcomeOf(b, q, err); err != nil {
					continue
				}
				b.StopTimer()
				out, err := plan.Decode(q.Plan)
				if err != nil {
					b.Fatal(err)
				}
				began := time.Now()
				builder := build.NewBuilder(c.Catalog)
				if err := builder.Add("q", out); err != nil {
					outcome += ", not added: " + err.Error()
				}
				builder.Program()
				added += time.Since(began)
				b.StartTimer()
			}
			b.ReportMetric(float64(added.Microseconds())/1e3/float64(b.N), "ms/added")
			b.Logf("%d bytes: %.150s", len(src), outcome)
		})
	}
}

func outcomeOf(tb testing.TB, q *submission.Query, err error) string {
	tb.Helper()
	var refused *submission.Problem
	switch {
	case err == nil:
		return fmt.Sprintf("a plan of %d bytes", len(q.Plan))
	case errors.As(err, &refused):
		return "refused: " + refused.Message
	default:
		tb.Fatal(err)
		return ""
	}
}
