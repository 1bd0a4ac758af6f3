package slt

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/millrace/millrace/integration/reference"
)

// Case is one query over an input.
type Case struct {
	File string
	Line int // of the word "query", from 1
	Name string
	Docs [][]byte
	SQL  string
	Want []reference.Row // Query is empty
}

// Files reads all .slt files of a folder, in order of name.
func Files(dir fs.FS) ([]Case, error) {
	names, err := fs.Glob(dir, "*.slt")
	if err != nil {
		return nil, fmt.Errorf("list cases: %w", err)
	}
	var cases []Case
	for _, name := range names {
		src, err := fs.ReadFile(dir, name)
		if err != nil {
			return nil, fmt.Errorf("read cases: %w", err)
		}
		cs, err := parse(dir, name, string(src))
		if err != nil {
			return nil, err
		}
		cases = append(cases, cs...)
	}
	return cases, nil
}

type reader struct {
	dir   fs.FS
	file  string
	lines []string
	at    int // of the next line, from 0
	docs  [][]byte
	cases []Case
	names map[string]bool
}

func parse(dir fs.FS, file, src string) ([]Case, error) {
	r := &reader{dir: dir, file: file, lines: strings.Split(src, "\n"), names: map[string]bool{}}
	for r.at < len(r.lines) {
		line := r.lines[r.at]
		r.at++
		word, rest, _ := strings.Cut(line, " ")
		var err error
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
		case word == "input":
			err = r.input(rest)
		case word == "query" && rest != "":
			err = r.query(rest)
		default:
			err = r.fail("expected input, query NAME or a comment, found %q", line)
		}
		if err != nil {
			return nil, err
		}
	}
	return r.cases, nil
}

func (r *reader) fail(format string, args ...any) error {
	return fmt.Errorf("%s:%d: %w", r.file, r.at, fmt.Errorf(format, args...))
}

// block returns the lines up to the next empty one.
func (r *reader) block() []string {
	from := r.at
	for r.at < len(r.lines) && r.lines[r.at] != "" {
		r.at++
	}
	return r.lines[from:r.at]
}

func (r *reader) input(fixture string) error {
	lines := r.block()
	if fixture != "" {
		src, err := fs.ReadFile(r.dir, path.Join("fixtures", fixture+".ndjson"))
		if err != nil {
			return r.fail("%w", err)
		}
		lines = append(strings.Split(strings.TrimSuffix(string(src), "\n"), "\n"), lines...)
	}
	r.docs = nil
	for _, line := range lines {
		if quoted, ok := strings.CutPrefix(line, "go:"); ok {
			s, err := strconv.Unquote(quoted)
			if err != nil {
				return r.fail("%s is not a Go string", quoted)
			}
			line = s
		}
		r.docs = append(r.docs, []byte(line))
	}
	return nil
}

func (r *reader) query(name string) error {
	c := Case{File: r.file, Line: r.at, Name: name, Docs: r.docs}
	if r.names[name] {
		return r.fail("a second query named %q", name)
	}
	r.names[name] = true
	var sql []string
	for {
		if r.at == len(r.lines) || r.lines[r.at] == "" {
			return r.fail("query %q has no ----", name)
		}
		line := r.lines[r.at]
		r.at++
		if line == "----" {
			break
		}
		sql = append(sql, line)
	}
	c.SQL = strings.Join(sql, "\n")
	ordered := orderBy.MatchString(c.SQL)
	for _, line := range r.block() {
		row, err := parseRow(line)
		if err != nil {
			return r.fail("row %s: %w", line, err)
		}
		if ordered {
			row.Rank = 1
			if n := len(c.Want); n > 0 && sameWindow(row.Window, c.Want[n-1].Window) {
				row.Rank = c.Want[n-1].Rank + 1
			}
		}
		c.Want = append(c.Want, row)
	}
	r.cases = append(r.cases, c)
	return nil
}

var orderBy = regexp.MustCompile(`(?i)\border\s+by\b`)

func sameWindow(a, b *reference.Window) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

// parseRow reads: KEY ROW [@ START END].
func parseRow(line string) (reference.Row, error) {
	var row reference.Row
	dec := json.NewDecoder(strings.NewReader(line))
	if err := dec.Decode(&row.Key); err != nil {
		return row, err
	}
	if err := dec.Decode(&row.Row); err != nil {
		return row, err
	}
	if !bytes.HasPrefix(row.Key, []byte("[")) || !bytes.HasPrefix(row.Row, []byte("{")) {
		return row, errors.New("expected a key in brackets and a row in braces")
	}
	rest := strings.Fields(line[dec.InputOffset():])
	if len(rest) == 0 {
		return row, nil
	}
	if len(rest) != 3 || rest[0] != "@" {
		return row, errors.New("expected @ START END after the row")
	}
	start, err := time.Parse(time.RFC3339, rest[1])
	if err != nil {
		return row, err
	}
	end, err := time.Parse(time.RFC3339, rest[2])
	if err != nil {
		return row, err
	}
	row.Window = &reference.Window{Start: start.UnixMilli(), End: end.UnixMilli()}
	return row, nil
}
