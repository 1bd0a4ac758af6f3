package integration

import (
	"go/ast"
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

// TestMainsAreShort holds that main only hands over to Run.
func TestMainsAreShort(t *testing.T) {
	for _, f := range sources(t) {
		if strings.Contains(f.pkg, "/cmd/") && f.lines > 60 {
			t.Errorf("%s has %d lines: a main hands over to Run(ctx, Config)", f.name, f.lines)
		}
	}
}

// TestNoInitAndNoState holds that importing a package does nothing and that
// packages hold constants only: no init, no variable that waits for a value, and
// none that is made to be written to.
func TestNoInitAndNoState(t *testing.T) {
	for _, f := range sources(t) {
		for _, d := range f.tree.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Recv == nil && d.Name.Name == "init" {
					t.Errorf("%s has an init function", f.name)
				}
			case *ast.GenDecl:
				if d.Tok == token.VAR && !f.test {
					checkVars(t, f, d)
				}
			}
		}
	}
}

func checkVars(t *testing.T, f source, d *ast.GenDecl) {
	t.Helper()
	for _, s := range d.Specs {
		spec := s.(*ast.ValueSpec)
		if len(spec.Values) == 0 && !embeds(d.Doc) && !embeds(spec.Doc) {
			t.Errorf("%s: var %s has no value: packages hold no state", f.name, spec.Names[0])
		}
		for _, v := range spec.Values {
			if what := mutable(v); what != "" {
				t.Errorf("%s: var %s is %s: packages hold no state", f.name, spec.Names[0], what)
			}
		}
	}
}

// embeds reports whether a comment has the directive that fills a variable.
func embeds(doc *ast.CommentGroup) bool {
	return doc != nil && slices.ContainsFunc(doc.List, func(c *ast.Comment) bool {
		return strings.HasPrefix(c.Text, "//go:embed ")
	})
}

// mutable says what a value is that somebody means to change, or "".
func mutable(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.UnaryExpr:
		if e.Op == token.AND {
			return "a pointer"
		}
	case *ast.CallExpr:
		if fn, ok := e.Fun.(*ast.Ident); ok && (fn.Name == "make" || fn.Name == "new") {
			return "empty"
		}
	case *ast.CompositeLit:
		_, isMap := e.Type.(*ast.MapType)
		if isMap && len(e.Elts) == 0 {
			return "an empty map"
		}
		if t, ok := e.Type.(*ast.SelectorExpr); ok && len(e.Elts) == 0 {
			if p, ok := t.X.(*ast.Ident); ok && (p.Name == "sync" || p.Name == "atomic") {
				return "for goroutines that share it"
			}
		}
	}
	return ""
}

// TestNamesOfPackages holds that a package is called by what it is about.
func TestNamesOfPackages(t *testing.T) {
	for _, f := range sources(t) {
		for _, name := range []string{"util", "utils", "common", "types", "helpers", "helper", "misc", "shared"} {
			if path.Base(f.pkg) == name {
				t.Errorf("%s: a package %s is about everything and nothing", f.name, name)
			}
		}
	}
}

// TestTheMapIsComplete holds that docs/architecture.md says of every package of
// libs, every service and every part of integration where to find it, and of
// none that is gone.
func TestTheMapIsComplete(t *testing.T) {
	doc, err := os.ReadFile(filepath.Join("..", "docs", "architecture.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range sources(t) {
		folder := f.pkg
		if parts := strings.Split(folder, "/"); parts[0] == "services" {
			folder = path.Join(parts[:2]...)
		}
		if !strings.Contains(string(doc), "`"+folder+"/`") {
			t.Errorf("docs/architecture.md has no line about `%s/`", folder)
		}
	}
	for line := range strings.Lines(string(doc)) {
		folder, ok := strings.CutPrefix(line, "| `")
		if folder, _, is := strings.Cut(folder, "/`"); ok && is {
			if _, err := os.Stat(filepath.Join("..", folder)); err != nil {
				t.Errorf("docs/architecture.md has a line about `%s/`: %v", folder, err)
			}
		}
	}
}

type source struct {
	name    string // relative to the root
	pkg     string // its folder
	test    bool
	lines   int
	imports []string
	tree    *ast.File
}

// sources reads every Go file of the workspace.
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
	tree, err := parser.ParseFile(token.NewFileSet(), rel, src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return source{}, err
	}
	s := source{
		name:  rel,
		pkg:   path.Dir(rel),
		test:  strings.HasSuffix(rel, "_test.go"),
		lines: strings.Count(string(src), "\n"),
		tree:  tree,
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
