package optimize_test

import (
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"github.com/millrace/millrace/libs/sql/bind"
	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/libs/sql/optimize"
	"github.com/millrace/millrace/libs/sql/parser"
	"github.com/millrace/millrace/libs/sql/plan"
)

// TestGolden runs testdata: optimize prints the plan before and after, and the
// rules that fired; same checks that all queries of the input, one a line, have
// one plan, and prints it; apart that no two have. Every rule fires somewhere.
func TestGolden(t *testing.T) {
	cat, err := catalog.Default()
	if err != nil {
		t.Fatal(err)
	}
	bound := func(t *testing.T, sql string) *plan.Output {
		t.Helper()
		stmt, err := parser.Parse(sql)
		if err != nil {
			t.Fatal(err)
		}
		out, err := bind.Bind(stmt, cat, sql)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	everFired := make(map[string]bool)
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			switch d.Cmd {
			case "optimize":
				before := bound(t, d.Input)
				after, fired := optimize.Optimize(before)
				checkCanonical(t, after)
				for _, name := range fired {
					everFired[name] = true
				}
				return plan.Format(before) + "=> " + strings.Join(fired, " ") + "\n" + plan.Format(after)
			case "same", "apart":
				plans := make(map[plan.ID]string)
				lines := strings.Split(d.Input, "\n")
				var last *plan.Output
				for _, line := range lines {
					last, _ = optimize.Optimize(bound(t, line))
					checkCanonical(t, last)
					id := plan.Fingerprint(last)
					if other, ok := plans[id]; ok && d.Cmd == "apart" {
						t.Errorf("%s: one plan for\n%s\n%s", d.Pos, other, line)
					}
					plans[id] = line
				}
				if d.Cmd == "apart" {
					return ""
				}
				if len(plans) != 1 {
					t.Errorf("%s: %d plans for %d queries", d.Pos, len(plans), len(lines))
				}
				return plan.Format(last)
			default:
				t.Fatalf("%s: unknown command %s", d.Pos, d.Cmd)
				return ""
			}
		})
	})
	for _, rule := range optimize.Rules() {
		if !everFired[rule.Name()] {
			t.Errorf("no golden file shows %s", rule.Name())
		}
	}
	for _, rule := range optimize.NodeRules() {
		if !everFired[rule.Name()] {
			t.Errorf("no golden file shows %s", rule.Name())
		}
	}
}

func checkCanonical(t *testing.T, out *plan.Output) {
	t.Helper()
	if err := plan.Check(out); err != nil {
		t.Error(err)
	}
	decoded, err := plan.Decode(plan.Encode(out))
	if err != nil {
		t.Fatal(err)
	}
	if plan.Fingerprint(decoded) != plan.Fingerprint(out) {
		t.Error("the plan changes by being encoded")
	}
	again, fired := optimize.Optimize(decoded)
	if len(fired) > 0 || plan.Fingerprint(again) != plan.Fingerprint(out) {
		t.Errorf("not canonical: %v still apply to\n%s", fired, plan.Format(out))
	}
}
