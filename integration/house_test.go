package integration

import (
	"slices"
	"strings"
	"testing"
)

const module = "github.com/millrace/millrace/"

// mayImport says, for every package of libs and for the oracles, which of our
// packages its code may import. A name that ends in /* stands for every package
// below it, too. Tests may import more, within the rules of mayNever.
var mayImport = []rule{
	{"schemas", nil},

	{"libs/record", nil},
	{"libs/jsonscan", []string{"libs/record"}},
	{"libs/jsonscan/internal/asm", nil},
	{"libs/sql/spelling", nil},
	{"libs/sql/ast", []string{"libs/sql/spelling"}},
	{"libs/sql/parser", []string{"libs/record", "libs/sql/ast"}},
	{"libs/sql/catalog", []string{"libs/record", "libs/sql/ast", "schemas"}},
	{"libs/sql/ddl", []string{"libs/record", "libs/sql/ast", "libs/sql/catalog"}},
	{"libs/sql/function", []string{"libs/planted", "libs/record", "libs/sql/spelling"}},
	{"libs/sql/plan", []string{"libs/planted", "libs/record"}},
	{"libs/sql/bind", []string{"libs/planted", "libs/record", "libs/sql/ast", "libs/sql/catalog", "libs/sql/function", "libs/sql/plan"}},
	{"libs/sql/optimize", []string{"libs/planted", "libs/record", "libs/sql/function", "libs/sql/plan"}},
	{"libs/sql/show", []string{"libs/sql/ast", "libs/sql/catalog", "libs/sql/ddl", "libs/sql/function"}},
	{"libs/sql/legacy", []string{"libs/record", "libs/sql/ast", "libs/sql/catalog"}},
	{"libs/sql", []string{"libs/sql/*"}},
	{"libs/share/byid", []string{"libs/sql/plan"}},
	{"libs/share", []string{"libs/record", "libs/share/byid", "libs/sql/plan"}},

	// What runs plans knows plans and functions. Only scan reads documents; only
	// build knows the shared plan and the catalog, of which it makes what scan
	// and merge run.
	{"libs/exec/build", operators("libs/jsonscan", "libs/share", "libs/share/byid", "libs/sql/catalog")},
	{"libs/exec/scan", operators("libs/jsonscan")},
	{"libs/exec/merge", operators()},
	{"libs/exec/*", []string{
		"libs/planted", "libs/record", "libs/sql/function", "libs/sql/plan",
		"libs/exec/agg", "libs/exec/delta", "libs/exec/expr", "libs/exec/index", "libs/exec/meter",
	}},

	{"libs/explain", []string{"libs/exec/build", "libs/exec/scan", "libs/share", "libs/sql/catalog", "libs/sql/plan"}},
	{"libs/wire", []string{"libs/record", "schemas"}},
	{"libs/declared", []string{"libs/sql/ast", "libs/sql/catalog", "libs/sql/ddl", "libs/sql/parser", "libs/wire"}},
	{"libs/submission", []string{"libs/sql/*", "libs/wire"}},
	{"libs/planted", nil},
	{"libs/kafka", []string{"libs/planted"}},
	{"libs/results", []string{"libs/planted", "libs/wire"}},
	{"libs/embedded", nil},
	{"libs/metrics", nil},
	{"libs/daemon", []string{"libs/kafka", "libs/metrics"}},

	// The oracles share the spelling of SQL and of values with what they judge,
	// and nothing else: not the decoder, the binder, the optimizer or functions.
	{"integration/reference", []string{"libs/record", "libs/sql/ast", "libs/sql/parser"}},
	{"integration/sqlite", []string{"integration/reference", "libs/record", "libs/sql/ast", "libs/sql/parser"}},
	{"integration/duckdb", []string{"integration/reference", "integration/slt", "integration/sqlite", "libs/record", "libs/sql/ast", "libs/sql/parser"}},
	{"integration/slt", []string{"integration/reference"}},
	// It asks which queries are refused; a test holds that they are few.
	{"integration/random", []string{"integration/reference", "libs/record", "libs/sql", "libs/sql/ast", "libs/sql/catalog"}},
}

type rule struct {
	pkg string
	may []string
}

// operators are what every stage of the scheduler may import, and more.
func operators(more ...string) []string {
	return append([]string{"libs/planted", "libs/record", "libs/sql/function", "libs/sql/plan", "libs/exec/*"}, more...)
}

// mayNever holds for tests too: code under the first may not import the second.
var mayNever = []struct{ pkg, never string }{
	{"libs/sql/*", "libs/exec/*"},
	{"libs/sql/*", "libs/share"},
	{"libs/exec/*", "libs/sql/ast"},
	{"libs/exec/*", "libs/kafka"},
	{"libs/exec/*", "libs/results"},
	{"libs/exec/*", "libs/embedded"},
	{"libs/exec/*", "libs/daemon"},
	{"libs/exec/*", "libs/wire"},
	{"libs/exec/scan", "libs/exec/merge"},
	{"libs/exec/merge", "libs/exec/scan"},
	{"libs/*", "services/*"},
	{"libs/*", "integration/*"},
	{"services/*", "integration/*"},
	{"schemas", "services/*"},
	{"schemas", "integration/*"},
	{"integration/reference", "libs/jsonscan"},
	{"integration/reference", "libs/exec/*"},
	{"integration/reference", "libs/share"},
	{"integration/reference", "libs/sql/plan"},
	{"integration/reference", "libs/sql/bind"},
	{"integration/reference", "libs/sql/optimize"},
	{"integration/reference", "libs/sql/function"},
}

// clients are modules of others that few may know.
var clients = []struct {
	path  string
	tests bool // the rule holds for them too
	may   []string
}{
	{"github.com/twmb/franz-go", true, []string{"libs/kafka", "libs/embedded", "integration/*"}},
	{"github.com/alicebob/miniredis", false, []string{"libs/embedded"}},
	{"modernc.org/sqlite", true, []string{"integration/sqlite"}},
}

// TestImports holds the rules of docs/architecture.md about who imports whom.
func TestImports(t *testing.T) {
	for _, f := range sources(t) {
		for _, path := range f.imports {
			ours, own := strings.CutPrefix(path, module)
			if !own {
				checkClient(t, f, path)
				continue
			}
			checkService(t, f, ours)
			for _, r := range mayNever {
				if match(r.pkg, f.pkg) && match(r.never, ours) {
					t.Errorf("%s imports %s: %s never imports %s", f.name, ours, r.pkg, r.never)
				}
			}
			if i := ruleOf(f.pkg); i >= 0 && !f.test && !matchAny(mayImport[i].may, ours) {
				t.Errorf("%s imports %s: no rule allows it", f.name, ours)
			}
		}
	}
}

// TestEveryPackageHasARule makes whoever adds a package say who it may import,
// and whoever removes one take its rule along.
func TestEveryPackageHasARule(t *testing.T) {
	used := make([]bool, len(mayImport))
	for _, f := range sources(t) {
		i := ruleOf(f.pkg)
		if i >= 0 {
			used[i] = true
		} else if strings.HasPrefix(f.pkg, "libs/") {
			t.Errorf("%s: package %s has no entry in mayImport", f.name, f.pkg)
		}
	}
	for i, r := range mayImport {
		if !used[i] {
			t.Errorf("mayImport has an entry for %s, which is not there", r.pkg)
		}
	}
}

func checkClient(t *testing.T, f source, path string) {
	t.Helper()
	for _, c := range clients {
		if !match(c.path+"/*", path) || f.test && !c.tests {
			continue
		}
		if !matchAny(c.may, f.pkg) {
			t.Errorf("%s imports %s: only %s may", f.name, path, strings.Join(c.may, ", "))
		}
	}
}

func checkService(t *testing.T, f source, ours string) {
	t.Helper()
	if !strings.HasPrefix(ours, "services/") || serviceOf(ours) == serviceOf(f.pkg) {
		return
	}
	if !match("services/millrace/*", f.pkg) && !match("integration/*", f.pkg) {
		t.Errorf("%s imports %s: services are imported by services/millrace and integration only", f.name, ours)
	}
}

func serviceOf(pkg string) string {
	parts := strings.SplitN(pkg, "/", 3)
	if len(parts) < 2 || parts[0] != "services" {
		return ""
	}
	return parts[1]
}

// ruleOf returns the index of the first entry of mayImport for a package, or -1.
func ruleOf(pkg string) int {
	return slices.IndexFunc(mayImport, func(r rule) bool { return match(r.pkg, pkg) })
}

func matchAny(patterns []string, pkg string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return match(p, pkg) })
}

// match reports whether pkg is the package that pattern names, or, where the
// pattern ends in /*, that package or one below it.
func match(pattern, pkg string) bool {
	below, ok := strings.CutSuffix(pattern, "/*")
	if !ok {
		return pattern == pkg
	}
	return pkg == below || strings.HasPrefix(pkg, below+"/")
}
