package sql_test

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/millrace/millrace/libs/sql"
	"github.com/millrace/millrace/libs/sql/ast"
	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/libs/sql/function"
	"github.com/millrace/millrace/libs/sql/legacy"
	"github.com/millrace/millrace/libs/sql/parser"
	"github.com/millrace/millrace/libs/sql/plan"
)

// guide is the page that describes the dialect.
const guide = "../../docs/sql.md"

// block is a fenced block of the page: what stands after the fence, and the text.
type block struct {
	info, text string
	line       int // of the fence, from 1
}

func guideBlocks(t *testing.T) []block {
	t.Helper()
	var (
		blocks []block
		inside bool
	)
	for i, line := range strings.Split(guideText(t), "\n") {
		info, fence := strings.CutPrefix(line, "```")
		switch {
		case fence && !inside:
			blocks = append(blocks, block{info: info, line: i + 1})
		case !fence && inside:
			blocks[len(blocks)-1].text += line + "\n"
		}
		inside = inside != fence
	}
	if inside || len(blocks) == 0 {
		t.Fatalf("%s: %d blocks, the last without an end: %t", guide, len(blocks), inside)
	}
	return blocks
}

func guideText(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(guide)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestGuideExamples: what the page shows as a query compiles, what it shows as
// rejected is rejected with the message below it.
func TestGuideExamples(t *testing.T) {
	cat, good, bad := tweets(t), 0, 0
	for _, b := range guideBlocks(t) {
		at := fmt.Sprintf("%s:%d", guide, b.line)
		switch b.info {
		case "sql":
			statements, err := parser.ParseScript(b.text)
			if err != nil {
				t.Errorf("%s: %v", at, err)
			}
			for _, s := range statements {
				if s.Command != nil {
					t.Errorf("%s: %s is no query", at, s.Command.Verb())
					continue
				}
				if _, err := sql.CompileExplained(s.Stmt, cat, s.SQL); err != nil {
					t.Errorf("%s: %v", at, err)
				}
				good++
			}
		case "sql rejected":
			for _, c := range rejections(t, b) {
				checkRejection(t, at, cat, c)
				bad++
			}
		case "json", "json older":
		default:
			t.Errorf("%s: a block of kind %q: use sql, sql rejected, json or json older", at, b.info)
		}
	}
	if good < 20 || bad < 25 {
		t.Errorf("%d queries and %d rejections on the page: are they read?", good, bad)
	}
}

// rejection is a query and what is said about it: the message, or all of it.
type rejection struct{ src, want string }

// rejections reads lines of SQL that end with a semicolon, each followed by
// comment lines with what is said.
func rejections(t *testing.T, b block) []rejection {
	t.Helper()
	var out []rejection
	for line := range strings.Lines(b.text) {
		line = strings.TrimSuffix(line, "\n")
		src, isSQL := strings.CutSuffix(line, ";")
		said, isComment := strings.CutPrefix(line, "-- ")
		switch {
		case line == "":
		case isComment && len(out) > 0:
			out[len(out)-1].want += said + "\n"
		case isSQL:
			out = append(out, rejection{src: src})
		default:
			t.Fatalf("%s:%d: %q is neither a statement in one line nor a comment", guide, b.line, line)
		}
	}
	return out
}

func checkRejection(t *testing.T, at string, cat *catalog.Catalog, c rejection) {
	t.Helper()
	_, err := sql.Compile(c.src, cat)
	var e *ast.Error
	if !errors.As(err, &e) {
		t.Errorf("%s: %s is not rejected: %v", at, c.src, err)
		return
	}
	got := e.Error() + "\n"
	if strings.Count(c.want, "\n") > 1 {
		got = e.Render()
	}
	if got != c.want {
		t.Errorf("%s: %s\ngot\n%swant\n%s", at, c.src, got, c.want)
	}
}

// TestGuideOlderForm: the older JSON query is the SQL query that follows it.
func TestGuideOlderForm(t *testing.T) {
	cat, found := tweets(t), false
	stream, _ := cat.Stream("tweets")
	blocks := guideBlocks(t)
	for i, b := range blocks {
		if b.info != "json older" {
			continue
		}
		found = true
		read, err := legacy.Parse(strings.TrimSpace(b.text), stream)
		if err != nil {
			t.Fatal(err)
		}
		older, err := sql.CompileStatement(read.Statement, cat, read.Statement.String())
		if err != nil {
			t.Fatal(err)
		}
		same, err := sql.Compile(blocks[i+1].text, cat)
		if err != nil {
			t.Fatal(err)
		}
		if plan.Fingerprint(older) != plan.Fingerprint(same) {
			t.Errorf("%s:%d: not the same:\n%s%s", guide, b.line, plan.Format(older), plan.Format(same))
		}
	}
	if !found {
		t.Errorf("%s has no example of the older form", guide)
	}
}

// TestGuideTables: the page lists every column with its type, in order.
func TestGuideTables(t *testing.T) {
	text := guideText(t)
	stream, _ := tweets(t).Stream("tweets")
	var want, got []string
	for _, c := range stream.Columns {
		want = append(want, c.Name+" "+c.Type.String())
	}
	row := regexp.MustCompile("(?m)^\\| `([a-z_.]+)` \\| (BIGINT|DOUBLE|VARCHAR|BOOLEAN|TIMESTAMP|DATE|JSON|ARRAY<[A-Z]+>) \\|")
	for _, m := range row.FindAllStringSubmatch(text, -1) {
		got = append(got, m[1]+" "+m[2])
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("columns on the page:\n%s\nin the catalog:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestAggregateExamples: what the page of functions shows of an aggregate compiles, and so
// it does with DISTINCT and FILTER.
func TestAggregateExamples(t *testing.T) {
	cat := tweets(t)
	for _, a := range function.Aggregates() {
		forms := []string{a.Call, a.Call + " FILTER (WHERE lang = 'en')"}
		if !strings.Contains(a.Call, "*") && !a.Ordered {
			forms = append(forms, strings.Replace(a.Call, "(", "(DISTINCT ", 1))
		}
		for _, call := range forms {
			if _, err := sql.Compile("SELECT "+call+" FROM tweets", cat); err != nil {
				t.Errorf("%s: %v", call, err)
			}
		}
	}
}
