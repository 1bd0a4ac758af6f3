package report

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/segmentio/encoding/json"

	"github.com/millrace/millrace/services/millrace/internal/bench"
)

// Results are what a folder holds.
type Results struct {
	parts    map[string][]bench.Line
	profiles []profile // by number of queries
	byCPU    bool
}

// Read reads a folder. Files of other names are passed over. By processor time, all
// speeds on one core are of its time that the scan had, as if the machine were its
// own: what others did meanwhile disturbs them less.
func Read(dir string, byCPU bool) (*Results, error) {
	r := &Results{parts: map[string][]bench.Line{}, byCPU: byCPU}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		if name, ok := strings.CutSuffix(e.Name(), ".jsonl"); ok {
			if r.parts[name], err = readLines(path); err != nil {
				return nil, fmt.Errorf("%s: %w", path, err)
			}
			if byCPU {
				turn(r.parts[name])
			}
		}
	}
	if len(r.parts) == 0 {
		return nil, errors.New(dir + " has no .jsonl files of millrace bench scan")
	}
	for name := range r.parts {
		n, err := strconv.Atoi(strings.TrimPrefix(name, "profile-"))
		if err != nil {
			continue
		}
		path := filepath.Join(dir, name+".prof")
		p, err := readProfile(path, n)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		r.profiles = append(r.profiles, p)
	}
	sort.Slice(r.profiles, func(i, j int) bool { return r.profiles[i].queries < r.profiles[j].queries })
	return r, nil
}

// turn makes speeds those by processor time, where none is of several cores.
func turn(lines []bench.Line) {
	if !oneCore(lines) {
		return
	}
	for i := range lines {
		l := &lines[i]
		if l.TweetsPerCPUS == 0 {
			continue
		}
		l.GBPerS = bench.Round(l.GBPerS * l.TweetsPerCPUS / l.TweetsPerS)
		l.TweetsPerS, l.NsPerTweet = l.TweetsPerCPUS, bench.Round(1e9/l.TweetsPerCPUS)
		l.AddedNsPerTweet, l.Ratio = l.AddedCPUNs, l.CPURatio
	}
}

func oneCore(lines []bench.Line) bool {
	return !slices.ContainsFunc(lines, func(l bench.Line) bool { return l.Cores != 1 })
}

func readLines(path string) ([]bench.Line, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var out []bench.Line
	lines := bufio.NewScanner(bytes.NewReader(text))
	for lines.Scan() {
		var l bench.Line
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			return nil, fmt.Errorf("line %d: %w", len(out)+1, err)
		}
		out = append(out, l)
	}
	return out, lines.Err()
}

// want chooses lines; what is zero may be anything.
type want struct {
	engine, share, mix, acceleration string
	queries, cores                   int
}

func (w want) is(l *bench.Line) bool {
	return (w.engine == "" || w.engine == l.Engine) && (w.share == "" || w.share == l.Share) && (w.mix == "" || w.mix == l.Mix) &&
		(w.acceleration == "" || w.acceleration == l.Acceleration) && (w.queries == 0 || w.queries == l.Queries) && (w.cores == 0 || w.cores == l.Cores)
}

// of returns the lines that are wanted.
func of(lines []bench.Line, w want) []bench.Line {
	return slices.DeleteFunc(slices.Clone(lines), func(l bench.Line) bool { return !w.is(&l) })
}

// one returns the first line that is wanted, nil for none.
func one(lines []bench.Line, w want) *bench.Line {
	for i := range lines {
		if w.is(&lines[i]) {
			return &lines[i]
		}
	}
	return nil
}

// distinct returns what the lines have, each once, in the order of the lines.
func distinct[T comparable](lines []bench.Line, what func(l *bench.Line) T) []T {
	var out []T
	for i := range lines {
		if v := what(&lines[i]); !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out
}

// sizes returns the numbers of queries, the least first.
func sizes(lines []bench.Line) []int {
	out := distinct(lines, func(l *bench.Line) int { return l.Queries })
	slices.Sort(out)
	return out
}

// ablation returns the lines of a mix at every level: one query shares nothing with
// others, and is only what the rest is compared with.
func (r *Results) ablation(part string) []bench.Line {
	return slices.DeleteFunc(of(r.parts[part], want{engine: "shared"}), func(l bench.Line) bool { return l.Queries == 1 })
}
