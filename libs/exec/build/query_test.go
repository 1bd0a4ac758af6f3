package build_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/millrace/millrace/libs/exec/agg"
	"github.com/millrace/millrace/libs/exec/build"
	"github.com/millrace/millrace/libs/exec/merge"
	"github.com/millrace/millrace/libs/sql"
	"github.com/millrace/millrace/libs/sql/catalog"
)

func mergeQuery(t *testing.T, text string) *merge.Query {
	t.Helper()
	c, err := catalog.Default()
	if err != nil {
		t.Fatal(err)
	}
	root, err := sql.Compile(text, c)
	if err != nil {
		t.Fatal(err)
	}
	q, err := build.Query(root)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func TestQueryIsWhatMergeDoes(t *testing.T) {
	const windows = "FROM TABLE(TUMBLE(TABLE tweets, DESCRIPTOR(created_at), INTERVAL '1' MINUTE)) "
	for _, c := range []struct{ text, want string }{
		{"SELECT count(*) FROM tweets", "by key, keys [], window 0, 1 aggregates, k 0; count(*) BIGINT"},
		{
			"SELECT lang, avg(retweet_count) AS a FROM tweets GROUP BY lang HAVING count(*) > 3",
			"by key, keys [VARCHAR], window 0, 2 aggregates, k 0, having; lang VARCHAR, a DOUBLE",
		},
		{
			"SELECT window_start, lang, count(*) AS n " + windows + "GROUP BY window_start, lang EMIT FINAL",
			"by key, keys [VARCHAR], window 60000000, 1 aggregates, k 0, final; window_start TIMESTAMP, lang VARCHAR, n BIGINT",
		},
		{
			"SELECT lang, count(*) AS n FROM tweets GROUP BY lang ORDER BY n DESC LIMIT 5",
			"by table, keys [VARCHAR], window 0, 1 aggregates, k 5; lang VARCHAR, n BIGINT",
		},
		{"SELECT id FROM tweets ORDER BY retweet_count LIMIT 2", "by key, keys [], window 0, 1 aggregates, k 2, rows; id BIGINT"},
		{"SELECT id, hashtags FROM tweets WHERE lang = 'en'", "log; id BIGINT, hashtags ARRAY<VARCHAR>"},
	} {
		q := mergeQuery(t, c.text)
		var b strings.Builder
		if q.Rows != nil {
			b.WriteString("log")
		} else {
			table := q.Table
			fmt.Fprintf(&b, "by %s, keys %v, window %d, %d aggregates, k %d", table.Routing, table.Keys, table.Window, len(table.Aggs), table.K)
			for _, f := range []struct {
				set  bool
				name string
			}{{table.Having != nil, "having"}, {table.Final, "final"}, {table.TopRows, "rows"}} {
				if f.set {
					b.WriteString(", " + f.name)
				}
			}
		}
		for i, col := range q.Info.Columns {
			b.WriteString([]string{"; ", ", "}[min(i, 1)] + col.Name + " " + col.Type)
		}
		if b.String() != c.want {
			t.Errorf("%s\nis   %s\nwant %s", c.text, b.String(), c.want)
		}
		if q.Stream != "tweets" || q.Table != nil && len(q.Table.Order) == 0 != (q.Table.K == 0) {
			t.Errorf("%s: %+v", c.text, q)
		}
	}
}

// TestQueriesShareNodesAsTheScanDoes: what differs above the aggregation makes no
// node of its own, an ordered list over groups does.
func TestQueriesShareNodesAsTheScanDoes(t *testing.T) {
	base := mergeQuery(t, "SELECT lang, count(*) AS n FROM tweets WHERE text CONTAINS 'go' GROUP BY lang")
	for text, shared := range map[string]bool{
		"SELECT sum(retweet_count), lang FROM tweets WHERE text CONTAINS 'go' GROUP BY lang HAVING count(*) > 2": true,
		"SELECT lang, count(*) AS n FROM tweets WHERE text CONTAINS 'go' GROUP BY lang ORDER BY n LIMIT 3":       false,
		"SELECT lang, count(*) AS n FROM tweets WHERE text CONTAINS 'Go' GROUP BY lang":                          false,
	} {
		q := mergeQuery(t, text)
		if (q.Table.Node == base.Table.Node) != shared {
			t.Errorf("%s: shares its node: %v, want %v", text, !shared, shared)
		}
	}
	total := mergeQuery(t, "SELECT count(*) FROM tweets WHERE text CONTAINS 'go'")
	newest := mergeQuery(t, "SELECT id FROM tweets WHERE text CONTAINS 'go' ORDER BY created_at DESC LIMIT 3")
	if total.Table.Node != newest.Table.Node || total.Selection != newest.Selection {
		t.Error("a list of posts and a global aggregate over one selection have two nodes")
	}
	if _, ok := newest.Table.Aggs[0].Func.New().(*agg.Top); !ok || newest.Table.Aggs[0].ID == total.Table.Aggs[0].ID {
		t.Error("the list is no list")
	}
}
