package ast_test

import (
	"strings"
	"testing"

	"github.com/millrace/millrace/libs/sql/ast"
)

func TestLocate(t *testing.T) {
	const src = "ab\n日本x\r\n\tz"
	for _, tc := range []struct {
		pos       ast.Pos
		line, col int
	}{
		{0, 1, 1},
		{2, 1, 3},
		{3, 2, 1},
		{6, 2, 2},
		{9, 2, 3},
		{12, 3, 1},
		{13, 3, 2},
		{14, 3, 3},
		{99, 3, 3},
		{-1, 1, 1},
	} {
		if line, col := ast.Locate(src, tc.pos); line != tc.line || col != tc.col {
			t.Errorf("%d is at %d:%d, want %d:%d", tc.pos, line, col, tc.line, tc.col)
		}
	}
}

func TestRender(t *testing.T) {
	long := strings.Repeat("x", 200)
	for _, tc := range []struct {
		name, src, at string // at: the text that the error is about, "" for the end
		want          string
	}{
		{"plain", "SELECT lagn FROM t", "lagn", `
1:8: odd
  1 | SELECT lagn FROM t
    |        ^
`},
		{"end of text", "SELECT", "", `
1:7: odd
  1 | SELECT
    |       ^
`},
		{"second of three lines", "SELECT a\nFROM t\nWHERE", "t", `
2:6: odd
  2 | FROM t
    |      ^
`},
		{"tabs", "\tSELECT\ta", "a", `
1:9: odd
  1 |     SELECT  a
    |             ^
`},
		{"wide", "'日本' ｘ = 'é́' x", " x", `
1:14: odd
  1 | '日本' ｘ = 'é́' x
    |                ^
`},
		{"control characters", "a\x1b[31m\x00 b\r\nc", "b", `
1:9: odd
  1 | a·[31m· b
    |         ^
`},
		{"long, near the beginning", "abc " + long, "abc", `
1:1: odd
  1 | abc ` + long[:96] + ` …
    | ^
`},
		{"long, near the end", long + " abc", "abc", `
1:202: odd
  1 | … ` + long[:57] + ` abc
    | ` + strings.Repeat(" ", 60) + `^
`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			pos := len(tc.src)
			if tc.at != "" {
				pos = strings.Index(tc.src, tc.at)
			}
			got := ast.NewError(tc.src, ast.Pos(pos), "odd").Render()
			if want := tc.want[1:]; got != want {
				t.Errorf("got\n%swant\n%s", got, want)
			}
		})
	}
}

func TestRenderHint(t *testing.T) {
	err := ast.NewError("a\nb", 2, "odd\x07").WithHint("write %s\x07", "c")
	const want = "2:1: odd·\n  2 | b\n    | ^\nhint: write c·\n"
	if got := err.Render(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestErrorIn(t *testing.T) {
	const script = "SELECT a;\nSELECT b;"
	inner := ast.NewError("SELECT b", 7, "odd").WithHint("x")
	outer := inner.In(script, 10)
	if got := outer.Error(); got != "2:8: odd" || outer.Hint != "x" || outer.Source != script || outer.Pos != 17 {
		t.Errorf("moved to %#v", outer)
	}
	if inner.Line != 1 || inner.Source != "SELECT b" {
		t.Errorf("the original changed: %#v", inner)
	}
}

func TestNearest(t *testing.T) {
	columns := []string{"id", "lang", "text", "user.name", "user.followers_count", "hashtags"}
	for word, want := range map[string]string{
		"lagn":                 "lang", // a swap
		"lan":                  "lang",
		"LANGG":                "lang",
		"user.nam":             "user.name",
		"user.folowers_conut":  "user.followers_count",
		"hashtag":              "hashtags",
		"ix":                   "id",
		"x":                    "",
		"":                     "",
		"something_else":       "",
		"user.friends_counter": "",
	} {
		if got, ok := ast.Nearest(word, columns); got != want || ok != (want != "") {
			t.Errorf("%q: got %q, want %q", word, got, want)
		}
	}
}
