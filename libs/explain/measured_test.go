package explain_test

import (
	"math"
	"strings"
	"testing"

	"github.com/millrace/millrace/libs/exec/scan"
	"github.com/millrace/millrace/libs/explain"
	"github.com/millrace/millrace/libs/share"
	"github.com/millrace/millrace/libs/sql/plan"
)

// parts are the costs of a query's parts, by kind and text.
func parts(t *testing.T, s *stand, id string, f explain.Measured) (map[string]explain.Cost, *explain.Sharing) {
	t.Helper()
	e, err := s.plans.Query(id, explain.Options{Sharing: true, Measured: f})
	if err != nil {
		t.Fatal(err)
	}
	costs := map[string]explain.Cost{}
	for _, list := range [][]explain.Part{e.Sharing.Reused, e.Sharing.Added} {
		for _, p := range list {
			costs[strings.TrimSpace(p.Kind+" "+p.Text)] = p.Cost
		}
	}
	return costs, e.Sharing
}

// What was measured as a whole is split as the defaults have it, and adds up to what
// was measured; rows that were counted stand where a guess would.
func TestMeasured(t *testing.T) {
	s := newStand(t)
	const text = "SELECT lang, sum(retweet_count) AS s, max(retweet_count) AS m, count(*) AS n FROM tweets WHERE text CONTAINS 'go' AND NOT is_retweet GROUP BY lang"
	s.run(t, "q", text)
	s.run(t, "n", "SELECT count(*) AS n FROM tweets WHERE lang = 'en'")
	ids := map[string]plan.ID{}
	for _, q := range []string{text, "SELECT count(*) AS n FROM tweets WHERE lang = 'en'"} {
		shape, err := share.Decompose(s.compile(t, q))
		if err != nil {
			t.Fatal(err)
		}
		if len(shape.Table.Keys) > 0 {
			ids["selection"], ids["grouping"] = shape.Selection.ID, shape.Table.ScanID
		} else {
			ids["counted"] = shape.Selection.ID
		}
	}
	known := map[plan.ID]explain.Measurement{
		share.ScanID("tweets"):                        {Nanos: 5000, Rows: 1, Samples: 1000, Nodes: 5},
		ids["selection"]:                              {Nanos: 40, Rows: 0.25, Kept: 0.2, Samples: 500},
		ids["grouping"]:                               {Nanos: 100, Rows: 0.2, Samples: 400, Nodes: 2},
		ids["counted"]:                                {Rows: 0.4, Kept: 0.4},
		scan.SumID(scan.SampleCount, "tweets"):        {Nanos: 2, Rows: 0.4, Samples: 800, Nodes: 1},
		scan.SumID(scan.SampleFlush, "tweets"):        {Nanos: 300, Rows: 0.001, Samples: 900, Nodes: 2},
		scan.SumID(scan.SampleGrouping, "tweets"):     {Nanos: 20, Rows: 1, Samples: 400, Nodes: 1},
		scan.SumID(scan.SampleKind(0), "tweets"):      {Nanos: 90, Rows: 1, Samples: 1000},
		scan.SumID(scan.SampleSelection, "elsewhere"): {Nanos: 1, Rows: 1, Samples: 1},
	}
	f := func(id plan.ID) (m explain.Measurement, ok bool) {
		m, ok = known[id]
		return m, ok
	}
	costs, sharing := parts(t, s, "q", f)
	near := func(what string, got, want float64) {
		t.Helper()
		if math.Abs(got-want) > 0.01*want {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
	decode := costs["scan tweets"].Nanos
	for _, c := range []string{"is_retweet", "lang", "retweet_count", "text"} {
		decode += costs["column "+c].Nanos
	}
	near("decode, of which one column is another query's", decode, 5000*(1-130.0/(2000+5*130)))
	near("fold", costs["grouping keys=[lang]"].Nanos+costs["aggregate sum(retweet_count)"].Nanos+costs["aggregate max(retweet_count)"].Nanos, 20)
	near("select", costs["selection"].Nanos, 10+0.005)
	near("write", costs["table"].Nanos, 300*(1-math.Exp(-0.2*2000))/2000)
	if c := costs["grouping keys=[lang]"]; c.Evidence != explain.EvidenceMeasured || c.Samples != 400 {
		t.Errorf("%+v", c)
	}
	if c := costs["column lang"]; c.Evidence != explain.EvidenceMixed || c.Samples != 0 {
		t.Errorf("%+v", c)
	}
	if r := sharing.Rows; r == nil || *r != (explain.Rows{Looked: 0.25, Kept: 0.2, Samples: 500}) {
		t.Errorf("%+v", r)
	}
	costs, _ = parts(t, s, "n", f)
	if c := costs["selection"]; c.Nanos != 0.8 || c.Evidence != explain.EvidenceMeasured || c.Samples != 800 {
		t.Errorf("counted: %+v", c)
	}

	// Where only rows are known, defaults are for those.
	delete(known, ids["grouping"])
	costs, _ = parts(t, s, "q", f)
	if c := costs["grouping keys=[lang]"]; c.Nanos != 60*0.2 || c.Evidence != explain.EvidenceMixed {
		t.Errorf("%+v", c)
	}
	costs, _ = parts(t, s, "q", nil)
	if c := costs["grouping keys=[lang]"]; c.Evidence != explain.EvidenceDefault {
		t.Errorf("%+v", c)
	}
	if c := costs["output emit=changes columns=[lang=key(0) s=agg(0) m=agg(1) n=agg(2)]"]; c.Nanos != 0 || c.Evidence != "" || c.Bytes == 0 {
		t.Errorf("%+v of %v", c, costs)
	}
}
