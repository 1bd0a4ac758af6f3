package explain_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/millrace/millrace/libs/explain"
	"github.com/millrace/millrace/libs/sql/plan"
)

// Many ask at once, each about a column that nobody has asked about.
func TestManyAskAtOnce(t *testing.T) {
	s := newStand(t)
	var roots []*plan.Output
	for _, column := range []string{"id", "lang", "text", "source", "user.name", "user.id", "retweet_count", "user.followers_count"} {
		roots = append(roots, s.compile(t, "SELECT count(*) FROM tweets WHERE "+column+" IS NULL"))
	}
	var all sync.WaitGroup
	for _, root := range roots {
		all.Go(func() {
			for range 20 {
				if e, err := s.plans.Candidate(root, explain.Options{Sharing: true}); err != nil || len(e.Sharing.Added) == 0 {
					t.Errorf("%+v, %v", e.Sharing, err)
				}
			}
		})
	}
	all.Wait()
}

// Whatever came and went, what is there is what adding the rest anew gives.
func TestPlansFollow(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	s := newStand(t)
	have := map[string]string{}
	for step := range 400 {
		id := fmt.Sprint("q", r.IntN(12))
		switch r.IntN(5) {
		case 0:
			s.plans.Drop(id)
			delete(have, id)
		case 1:
			s.plans.Fail(id, plan.Encode(s.compile(t, queries()[0])))
			delete(have, id)
		case 2:
			s.plans.LeaveOut(id, errors.New("new"))
			delete(have, id)
		default:
			have[id] = queries()[r.IntN(len(queries()))]
			s.run(t, id, have[id])
		}
		if step%20 != 0 {
			continue
		}
		anew := newStand(t)
		for id, text := range have {
			anew.run(t, id, text)
		}
		if got, want := whole(t, s.plans), whole(t, anew.plans); got != want {
			t.Fatalf("step %d:\n%s\nwant\n%s", step, got, want)
		}
		for id := range have {
			got, err := s.plans.Query(id, explain.Options{Sharing: true})
			if err != nil {
				t.Fatal(err)
			}
			want, err := anew.plans.Query(id, explain.Options{Sharing: true})
			if err != nil {
				t.Fatal(err)
			}
			got.Sharing.LeftOut = 0
			if got.Text() != want.Text() {
				t.Fatalf("step %d:\n%s\nwant\n%s", step, got.Text(), want.Text())
			}
		}
	}
	s.plans.Reset()
	if got := whole(t, s.plans); got != "0 queries, 0 nodes\n" {
		t.Error(got)
	}
}

// A query costs before it is admitted what it costs then.
func TestCandidateIsTheQuery(t *testing.T) {
	s := newStand(t)
	for i, text := range queries() {
		before, err := s.plans.Candidate(s.compile(t, text), explain.Options{Sharing: true})
		if err != nil {
			t.Fatal(err)
		}
		s.run(t, fmt.Sprint("q", i), text)
		after, err := s.plans.Query(fmt.Sprint("q", i), explain.Options{Sharing: true})
		if err != nil {
			t.Fatal(err)
		}
		if before.Running || !after.Running {
			t.Error("running or not")
		}
		after.Running = false
		if before.Text() != after.Text() {
			t.Errorf("before\n%s\nafter\n%s", before.Text(), after.Text())
		}
	}
}

func TestRefusals(t *testing.T) {
	s := newStand(t)
	if _, err := s.plans.Query("q", explain.Options{}); !errors.Is(err, explain.ErrUnknown) {
		t.Errorf("%v", err)
	}
	s.plans.Fail("odd", []byte{9})
	var left *explain.LeftOutError
	if _, err := s.plans.Query("odd", explain.Options{}); !errors.As(err, &left) {
		t.Errorf("%v", err)
	}
	s.plans.Run("q", &plan.Output{In: &plan.Scan{Stream: "tweets"}}, nil)
	if _, err := s.plans.Query("q", explain.Options{}); !errors.As(err, &left) {
		t.Errorf("%v", err)
	}
	count := plan.Agg{Func: "count", Type: s.compile(t, queries()[0]).In.(*plan.Project).Cols[0].Expr.Type()}
	posts := &plan.Output{Emit: plan.EmitChanges, In: &plan.Project{
		In:   &plan.Aggregate{In: &plan.Scan{Stream: "posts"}, Aggs: []plan.Agg{count}},
		Cols: []plan.NamedExpr{{Name: "n", Expr: &plan.Ref{Kind: plan.AggRef, Typ: count.Type}}},
	}}
	if _, err := s.plans.Candidate(posts, explain.Options{}); err == nil || !strings.Contains(err.Error(), "stream posts is not in the catalog") {
		t.Errorf("%v", err)
	}
}

// What is drawn has the syntax of Graphviz: quoted text with escapes, and edges
// between nodes that there are.
func TestDot(t *testing.T) {
	s := newStand(t)
	for i, text := range queries() {
		s.run(t, fmt.Sprint("q", i), text)
	}
	s.plans.LeaveOut("newer", errors.New("a\nb"))
	var b bytes.Buffer
	if err := s.plans.Whole(explain.Options{}).WriteDot(&b); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
	if lines[0] != "digraph millrace {" || lines[len(lines)-1] != "}" {
		t.Fatal(b.String())
	}
	node := regexp.MustCompile(`^\t(n[0-9a-f]{32}) \[label="((?:[^"\\]|\\[\\"n])*)"\];$`)
	edge := regexp.MustCompile(`^\t(n[0-9a-f]{32}) -> (n[0-9a-f]{32});$`)
	other := regexp.MustCompile(`^\t(?:rankdir=BT;|node \[shape=box, fontname="sans-serif"\];|//[^\n]*)$`)
	nodes, edges := map[string]bool{}, 0
	for _, l := range lines[1 : len(lines)-1] {
		switch {
		case node.MatchString(l):
			nodes[node.FindStringSubmatch(l)[1]] = true
		case edge.MatchString(l):
			if m := edge.FindStringSubmatch(l); !nodes[m[1]] || !nodes[m[2]] {
				t.Errorf("no such node: %s", l)
			}
			edges++
		case !other.MatchString(l):
			t.Errorf("%q is no statement", l)
		}
	}
	if len(nodes) < 30 || edges < len(nodes) {
		t.Errorf("%d nodes, %d edges", len(nodes), edges)
	}
}

// A query of thousands of conditions is explained, too.
func TestLarge(t *testing.T) {
	var b strings.Builder
	for i := range 900 {
		fmt.Fprintf(&b, " OR text CONTAINS 'word%d' AND user.followers_count > %d", i, i)
	}
	s := newStand(t)
	text := "SELECT count(*) FROM tweets WHERE lang = 'en'" + b.String()
	s.run(t, "q", text)
	e, err := s.plans.Query("q", explain.Options{Sharing: true})
	if err != nil || len(e.Physical.Nodes) < 3600 || e.Physical.Nodes[len(e.Physical.Nodes)-5].Access.Path != "candidate" {
		t.Errorf("%v, %d nodes", err, len(e.Physical.Nodes))
	}
	if again, err := s.plans.Candidate(s.compile(t, text), explain.Options{Sharing: true}); err != nil || len(again.Sharing.Added) > 0 {
		t.Errorf("%v, %d added", err, len(again.Sharing.Added))
	}
}

// Defaults are called that, and say how they were found.
func TestDefaults(t *testing.T) {
	for _, f := range explain.Defaults() {
		if f.Value <= 0 || f.Evidence != explain.EvidenceDefault || !strings.Contains(f.Command, "millrace bench scan ") || f.Means == "" {
			t.Errorf("%+v", f)
		}
	}
}

func whole(t *testing.T, p *explain.Plans) string {
	t.Helper()
	var b bytes.Buffer
	if err := p.Whole(explain.Options{}).WriteText(&b); err != nil {
		t.Fatal(err)
	}
	var lines []string
	for line := range strings.Lines(b.String()) {
		if !strings.Contains(line, " is left out: ") {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "")
}
