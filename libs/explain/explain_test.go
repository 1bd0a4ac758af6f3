package explain_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
	"github.com/segmentio/encoding/json"

	"github.com/millrace/millrace/libs/explain"
	"github.com/millrace/millrace/libs/sql"
	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/libs/sql/plan"
)

// stand is the shared plan of a test.
type stand struct {
	catalog *catalog.Catalog
	plans   *explain.Plans
}

func newStand(t testing.TB) *stand {
	t.Helper()
	c, err := catalog.Default()
	if err != nil {
		t.Fatal(err)
	}
	return &stand{c, explain.New(c)}
}

func (s *stand) compile(t testing.TB, text string) *plan.Output {
	t.Helper()
	root, err := sql.Compile(text, s.catalog)
	if err != nil {
		t.Fatal(err)
	}
	return root
}

func (s *stand) run(t testing.TB, id, text string) {
	t.Helper()
	root := s.compile(t, text)
	s.plans.Run(id, root, plan.Encode(root))
}

// measured has measured every node, index and sum whose id begins with an even
// digit.
func measured(id plan.ID) (explain.Measurement, bool) {
	return explain.Measurement{Nanos: 30, Rows: 0.05, Kept: 0.02, Samples: 20_000, Nodes: 3}, id[0]&0x10 == 0
}

func TestGolden(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		s := newStand(t)
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			o := explain.Options{Sharing: d.HasArg("sharing")}
			if d.HasArg("measured") {
				o.Measured = measured
			}
			var b bytes.Buffer
			var err error
			switch d.Cmd {
			case "run":
				s.run(t, d.CmdArgs[0].Key, d.Input)
			case "drop":
				s.plans.Drop(d.CmdArgs[0].Key)
			case "fail":
				s.plans.Fail(d.CmdArgs[0].Key, plan.Encode(s.compile(t, d.Input)))
			case "leave-out":
				s.plans.LeaveOut(d.CmdArgs[0].Key, errors.New(d.Input))
			case "query", "candidate":
				var e explain.Explanation
				if d.Cmd == "query" {
					e, err = s.plans.Query(d.CmdArgs[0].Key, o)
					e.ID = d.CmdArgs[0].Key
				} else {
					e, err = s.plans.Candidate(s.compile(t, d.Input), o)
				}
				switch {
				case err != nil:
					fmt.Fprintf(&b, "error: %v\n", err)
				case d.HasArg("json"):
					var text []byte
					if text, err = json.MarshalIndent(e, "", "  "); err != nil {
						t.Fatal(err)
					}
					b.Write(append(text, '\n'))
				default:
					b.WriteString(e.Text())
				}
				return b.String()
			case "whole":
				err = s.plans.Whole(o).WriteText(&b)
			case "whole-json":
				err = s.plans.Whole(o).WriteJSON(&b)
			case "whole-dot":
				err = s.plans.Whole(o).WriteDot(&b)
			default:
				d.Fatalf(t, "unknown command")
			}
			if err != nil {
				t.Fatal(err)
			}
			return b.String()
		})
	})
}

// JSON is the same each time, and what a reader reads is what was written.
func TestJSON(t *testing.T) {
	s := newStand(t)
	for i, text := range queries() {
		s.run(t, fmt.Sprint("q", i), text)
	}
	s.plans.LeaveOut("newer", errors.New(`a "new" thing`))
	var first string
	for range 3 {
		var b bytes.Buffer
		if err := s.plans.Whole(explain.Options{}).WriteJSON(&b); err != nil {
			t.Fatal(err)
		}
		if first == "" {
			first = b.String()
		}
		if b.String() != first || strings.Count(first, "\n") != 1 {
			t.Fatalf("%s\nis not\n%s", b.String(), first)
		}
	}
	var whole struct {
		Queries int
		LeftOut []explain.LeftOut `json:"left_out"`
		Nodes   []explain.PlanNode
	}
	if err := json.Unmarshal([]byte(first), &whole); err != nil {
		t.Fatal(err)
	}
	known, users := map[string]bool{}, 0
	for _, n := range whole.Nodes {
		for _, in := range n.Inputs {
			if !known[in] {
				t.Errorf("%s %s comes before its input %s", n.Kind, n.ID, in)
			}
		}
		known[n.ID] = true
		users += len(n.Users)
		if (n.Kind == "selection") != (n.Access != nil) || (n.Kind == "table") != (n.Routing != "") || n.Queries < 1 {
			t.Errorf("%+v", n)
		}
	}
	if whole.Queries != len(queries()) || users != whole.Queries || len(whole.LeftOut) != 1 || whole.LeftOut[0].Why != `a "new" thing` {
		t.Errorf("%+v", whole)
	}
	var empty bytes.Buffer
	if err := newStand(t).plans.Whole(explain.Options{}).WriteJSON(&empty); err != nil || empty.String() != `{"queries":0,"left_out":[],"nodes":[]}`+"\n" {
		t.Errorf("%s %v", empty.String(), err)
	}
	for i := range queries() {
		for _, sharing := range []bool{false, true} {
			e, err := s.plans.Query(fmt.Sprint("q", i), explain.Options{Sharing: sharing})
			if err != nil {
				t.Fatal(err)
			}
			text, err := json.Marshal(e)
			if err != nil {
				t.Fatal(err)
			}
			var back explain.Explanation
			if err := json.Unmarshal(text, &back); err != nil {
				t.Fatal(err)
			}
			if again, _ := json.Marshal(back); string(again) != string(text) || (back.Sharing != nil) != sharing {
				t.Errorf("%s\nis not\n%s", again, text)
			}
		}
	}
}

// queries are of every kind.
func queries() []string {
	return []string{
		"SELECT count(*) FROM tweets",
		"SELECT count(*) FROM tweets WHERE text CONTAINS 'go'",
		"SELECT lang, count(*) AS n FROM tweets WHERE text CONTAINS 'go' GROUP BY lang",
		"SELECT lang, count(*) AS n FROM tweets WHERE text CONTAINS 'go' GROUP BY lang ORDER BY n DESC LIMIT 3",
		"SELECT count(*) FROM tweets WHERE lang = 'en' AND user.followers_count BETWEEN 5 AND 10",
		"SELECT count(*) AS n FROM tweets WHERE lang = 'en' AND user.followers_count BETWEEN 5 AND 10 AND NOT is_retweet",
		"SELECT sum(retweet_count) AS s FROM tweets WHERE user.followers_count > 5 AND user.followers_count <= 10",
		"SELECT count(*) FROM tweets WHERE text CONTAINS 'go' OR 'go' = ANY(hashtags) OR text ILIKE '%go_lang%'",
		"SELECT id, text AS \"a\nb\" FROM tweets WHERE NOT text CONTAINS 'go' AND text LIKE '%g_\"o\\\\%'",
		"SELECT id FROM tweets WHERE text LIKE 'go%' ORDER BY retweet_count DESC LIMIT 3",
		"SELECT window_start, lang, avg(retweet_count) AS a FROM TUMBLE(tweets, created_at, INTERVAL '1' MINUTE) WHERE lang IN ('en', 'de') GROUP BY window_start, lang HAVING count(*) > 1 EMIT FINAL",
	}
}
