package integration

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/millrace/millrace/"

// mayImport says, for every package of libs, which of our packages its code may
// import; libs/record, the vocabulary of all, may be imported by whoever has an
// entry that names anything. A name that ends in /* stands for every package
// below it. Tests may import more, within the rules of mayNever.
var mayImport = []struct {
	pkg string
	may []string
}{
	{"libs/record", nil},
	{"libs/jsonscan", []string{"libs/record"}},
	{"libs/sql/ast", nil},
	{"libs/sql/parser", []string{"libs/sql/ast"}},
	{"libs/sql/catalog", []string{"libs/record", "schemas"}},
	{"libs/sql/function", []string{"libs/record"}},
	{"libs/sql/plan", []string{"libs/record"}},
	{"libs/sql/bind", []string{"libs/sql/ast", "libs/sql/catalog", "libs/sql/function", "libs/sql/plan"}},
	{"libs/sql/optimize", []string{"libs/sql/plan", "libs/sql/function"}},
	{"libs/sql", []string{"libs/sql/*"}},
	{"libs/share", []string{"libs/sql/plan"}},
	{"libs/exec/scan", []string{"libs/sql/plan", "libs/sql/function", "libs/exec/*", "libs/jsonscan"}},
	{"libs/exec/naive", []string{"libs/sql/plan", "libs/sql/function", "libs/exec/*", "libs/jsonscan"}},
	{"libs/exec/build", []string{"libs/sql/plan", "libs/sql/function", "libs/sql/catalog", "libs/exec/*", "libs/jsonscan", "libs/share"}},
	{"libs/exec/*", []string{"libs/sql/plan", "libs/sql/function", "libs/exec/*"}},
	{"libs/wire", []string{"schemas", "libs/record"}},
	{"libs/kafka", nil},
	{"libs/results", []string{"libs/wire"}},
	{"libs/embedded", []string{"libs/kafka"}},
	{"libs/daemon", []string{"libs/kafka"}},
}

// mayNever holds for tests too: code under the first may not import the second.
var mayNever = []struct{ pkg, never string }{
	{"libs/sql/*", "libs/exec/*"},
	{"libs/exec/*", "libs/sql/ast"},
	{"libs/exec/*", "libs/kafka"},
	{"libs/exec/*", "libs/results"},
	{"libs/*", "services/*"},
	{"schemas", "libs/*"},
	{"schemas", "services/*"},
	{"integration/reference", "libs/exec/*"},
	{"integration/reference", "libs/share"},
}

// TestImports holds the rules of docs/architecture.md about who imports whom.
func TestImports(t *testing.T) {
	for _, f := range sources(t) {
		for _, path := range f.imports {
			ours, own := strings.CutPrefix(path, module)
			if !own {
				checkForeign(t, f, path)
				continue
			}
			checkService(t, f, ours)
			for _, r := range mayNever {
				if match(r.pkg, f.pkg) && match(r.never, ours) {
					t.Errorf("%s imports %s: %s never imports %s", f.name, ours, r.pkg, r.never)
				}
			}
			if !f.test && strings.HasPrefix(f.pkg, "libs/") && !allowed(f.pkg, ours) {
				t.Errorf("%s imports %s: no rule allows it", f.name, ours)
			}
		}
	}
}

// TestEveryPackageHasARule makes whoever adds a package say who it may import.
func TestEveryPackageHasARule(t *testing.T) {
	for _, f := range sources(t) {
		if strings.HasPrefix(f.pkg, "libs/") && ruleOf(f.pkg) < 0 {
			t.Errorf("%s: package %s has no entry in mayImport", f.name, f.pkg)
		}
	}
}

// TestMainsAreShort holds that main only hands over to Run.
func TestMainsAreShort(t *testing.T) {
	for _, f := range sources(t) {
		if strings.Contains(f.pkg, "/cmd/") && f.lines > 60 {
			t.Errorf("%s has %d lines: a main hands over to Run(ctx, Config)", f.name, f.lines)
		}
	}
}

func checkForeign(t *testing.T, f source, path string) {
	t.Helper()
	const client = "github.com/twmb/franz-go"
	if path != client && !strings.HasPrefix(path, client+"/") {
		return
	}
	if !match("libs/kafka", f.pkg) && !match("libs/embedded", f.pkg) && !match("integration/*", f.pkg) {
		t.Errorf("%s imports %s: only libs/kafka, libs/embedded and integration do", f.name, path)
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

func allowed(pkg, imported string) bool {
	i := ruleOf(pkg)
	if i < 0 {
		return true // TestEveryPackageHasARule reports it
	}
	may := mayImport[i].may
	if imported == "libs/record" && len(may) > 0 {
		return true
	}
	return slices.ContainsFunc(may, func(m string) bool { return match(m, imported) })
}

func ruleOf(pkg string) int {
	for i, r := range mayImport {
		if match(r.pkg, pkg) {
			return i
		}
	}
	return -1
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

type source struct {
	name    string // relative to the root
	pkg     string // its folder
	test    bool
	lines   int
	imports []string
}

// sources reads the imports of every Go file of the workspace.
func sources(t *testing.T) []source {
	t.Helper()
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(root, "go.work")); err != nil {
		t.Fatalf("no workspace above the integration folder: %v", err)
	}
	var all []source
	err = filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && file != root && (strings.HasPrefix(d.Name(), ".") || d.Name() == "bin" || d.Name() == "testdata"):
			return filepath.SkipDir
		case d.IsDir() || filepath.Ext(file) != ".go":
			return nil
		}
		s, err := read(root, file)
		all = append(all, s)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 20 {
		t.Fatalf("found %d Go files below %s: the walk is broken", len(all), root)
	}
	return all
}

func read(root, file string) (source, error) {
	rel, err := filepath.Rel(root, file)
	if err != nil {
		return source{}, err
	}
	rel = filepath.ToSlash(rel)
	src, err := os.ReadFile(file)
	if err != nil {
		return source{}, err
	}
	tree, err := parser.ParseFile(token.NewFileSet(), rel, src, parser.ImportsOnly)
	if err != nil {
		return source{}, err
	}
	s := source{
		name:  rel,
		pkg:   path.Dir(rel),
		test:  strings.HasSuffix(rel, "_test.go"),
		lines: strings.Count(string(src), "\n"),
	}
	for _, spec := range tree.Imports {
		p, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return source{}, err
		}
		s.imports = append(s.imports, p)
	}
	return s, nil
}
