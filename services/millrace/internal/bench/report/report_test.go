package report

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	pprof "github.com/google/pprof/profile"

	"github.com/millrace/millrace/services/millrace/internal/bench"
	"github.com/millrace/millrace/services/millrace/internal/bench/engine"
)

var rewrite = flag.Bool("rewrite", false, "write the golden files anew")

// measurement returns lines that nobody measured.
func measurement(engine, mix, share string, sizes ...int) []bench.Line {
	var out []bench.Line
	for _, n := range sizes {
		ns := 3000 + float64(n)/10
		if engine != "shared" {
			ns = 3000 + 400*float64(n)
		}
		if share != "" && share != "all" {
			ns += float64(len(share)) * float64(n)
		}
		added, ratio, p50, p99, addedCPU := ns-3000, 3000/ns, 20.5, 80.25, 0.85*(ns-3000)
		l := bench.Line{
			Engine: engine, Acceleration: "avx2", Queries: n, Mix: mix, Share: share, Cores: 1, Pinned: true, Input: "generated",
			Documents: 20_000, Of: 20_000, Bytes: 86_000_000, TweetsPerS: bench.Round(1e9 / ns), GBPerS: bench.Round(4.3 / ns * 1000),
			MatchesPerTweet: float64(n) / 250, NsPerTweet: ns, AddedNsPerTweet: &added, Ratio: &ratio, CPUSeconds: ns * 2e-5,
			TweetsPerCPUS: bench.Round(1.1e9 / ns), AddedCPUNs: &addedCPU, CPURatio: &ratio, BytesPerQuery: 1400, AddAllS: float64(n) / 1e5, AddP50: &p50, AddP99: &p99,
			Rounds: 5, Seed: 1, Date: "2026-11-22T10:00:00Z", Machine: "A processor", Go: "go1.26.8",
		}
		if engine != "shared" && n >= 1000 {
			l.Documents = 1024
		}
		out = append(out, l)
	}
	return out
}

// folder returns a folder with every part that docs/bench.sh measures.
func folder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	write := func(part string, lines []bench.Line) {
		var b bytes.Buffer
		if err := bench.WriteJSON(&b, lines); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, part+".jsonl"), b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("goal", slices.Concat(measurement("shared", "mixed", "all", 1, 100, 1000, 10_000, 100_000),
		measurement("closure", "mixed", "", 1, 100, 1000, 10_000, 100_000), measurement("segmentio", "mixed", "", 1, 100, 1000, 10_000)))
	for _, mix := range []string{"keywords", "ranges"} {
		write(mix, slices.Concat(measurement("shared", mix, "all", 1, 100, 1000, 10_000), measurement("closure", mix, "", 1, 100, 1000, 10_000)))
	}
	for _, mix := range ablated() {
		var lines []bench.Line
		for _, level := range []string{"none", "scan", "all", "all,-scan"} {
			lines = append(lines, measurement("shared", mix, level, 1, 1000, 10_000)...)
		}
		lines[1].Documents = 16
		write("ablation-"+mix, lines)
	}
	for _, mix := range growing() {
		write("growth-"+mix, measurement("shared", mix, "all", 1, 1000, 100_000))
	}
	for _, part := range []string{"sql", "sql-standing"} {
		write(part, slices.Concat(measurement("shared", "sql:"+part+".sql", "all", 1, 1000), measurement("closure", "sql:"+part+".sql", "", 1, 1000)))
	}
	cores := measurement("shared", "mixed", "all", 1000, 1000)
	ratio := 1.85
	cores[1].Cores, cores[1].CoresRatio = 2, &ratio
	write("cores", cores)
	decoders := measurement("shared", "mixed", "all", 1, 1)
	decoders[1].Acceleration, decoders[1].TweetsPerS = "portable", 150_000
	write("decoder", decoders)
	for _, n := range []int{1, 10_000} {
		write(fmt.Sprintf("profile-%d", n), measurement("shared", "mixed", "all", n))
		writeProfile(t, filepath.Join(dir, fmt.Sprintf("profile-%d.prof", n)))
	}
	return dir
}

// writeProfile writes a profile of a few stacks.
func writeProfile(t *testing.T, path string) {
	t.Helper()
	p := &pprof.Profile{SampleType: []*pprof.ValueType{{Type: "samples", Unit: "count"}, {Type: "cpu", Unit: "nanoseconds"}}}
	for i, stack := range []string{
		"runtime.memmove;libs/jsonscan.(*scanner).walk;bench/engine.decode",
		"indexCompact;libs/jsonscan.(*index).fill;libs/jsonscan.(*scanner).Decode;bench/engine.decode",
		"libs/exec/index.(*Hits).Set;libs/exec/index.(*needles).findLong;libs/exec/index.(*Substring).Eval;libs/exec/scan.(*Partial).Add",
		"main.main",
	} {
		sample := &pprof.Sample{Value: []int64{1, int64(i+1) * 1e7}}
		for name := range strings.SplitSeq(stack, ";") {
			f := &pprof.Function{ID: uint64(len(p.Function) + 1), Name: name}
			at := &pprof.Location{ID: uint64(len(p.Location) + 1), Line: []pprof.Line{{Function: f}}}
			p.Function, p.Location = append(p.Function, f), append(p.Location, at)
			sample.Location = append(sample.Location, at)
		}
		p.Sample = append(p.Sample, sample)
	}
	var b bytes.Buffer
	if err := p.Write(&b); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// places is a document with a place for every table.
func places() string {
	var b strings.Builder
	for _, m := range makers() {
		fmt.Fprintf(&b, "## %s\n\n%s\n%s\n\n", m.name, begin(m.name), end(m.name))
	}
	return b.String()
}

// Every table and chart is made of the lines that were measured.
func TestEverything(t *testing.T) {
	r, err := Read(folder(t), false)
	if err != nil {
		t.Fatal(err)
	}
	got, names, err := r.Fill(places())
	if err != nil {
		t.Fatal(err)
	}
	if len(names) != len(makers()) {
		t.Errorf("%d of %d tables were made: %v", len(names), len(makers()), names)
	}
	const golden = "testdata/tables.md"
	if *rewrite {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the tables are not those of %s; go test -rewrite writes it anew, to be looked at:\n%s", golden, got)
	}
	if again, _, err := r.Fill(got); err != nil || again != got {
		t.Errorf("what is filled in twice differs: %v", err)
	}
	charts := r.Charts()
	for _, name := range []string{"engines", "peers", "mixes", "added", "ablation-mixed", "ablation-overlap", "ablation-groupby", "ablation-ranges", "profile"} {
		if len(charts[name]) == 0 {
			t.Errorf("there is no chart %s", name)
		}
	}
	if len(charts) != 9 {
		t.Errorf("%d charts", len(charts))
	}
}

// The document has a place for every table and no other, and every part that is read
// is measured by the script.
func TestPlaces(t *testing.T) {
	docs := filepath.Join("..", "..", "..", "..", "..", "docs")
	document, err := os.ReadFile(filepath.Join(docs, "performance.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range makers() {
		if n := strings.Count(string(document), begin(m.name)); n != 1 {
			t.Errorf("performance.md has %s %d times", begin(m.name), n)
		}
	}
	if n := strings.Count(string(document), "<!-- bench:"); n != len(makers()) {
		t.Errorf("performance.md has %d places for %d tables", n, len(makers()))
	}
	script, err := os.ReadFile(filepath.Join(docs, "bench.sh"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"part goal ", "part keywords ", "part ranges ", "part cores ", "part decoder ", "for kind in sql sql-standing; do", "part profile-$n ",
		"for mix in " + strings.Join(ablated(), " ") + "; do\n\tpart ablation-$mix ",
		"for mix in " + strings.Join(growing(), " ") + "; do\n\tpart growth-$mix ",
	} {
		if !strings.Contains(string(script), want) {
			t.Errorf("bench.sh has no %q", want)
		}
	}
	levels := strings.Join(append(engine.Ladder(), engine.LeftOut()...), " ")
	if !strings.Contains(string(script), "for level in "+levels+"; do") {
		t.Errorf("bench.sh does not measure all of %s", levels)
	}
}

// What was not measured stays as it is.
func TestParts(t *testing.T) {
	dir := t.TempDir()
	all := folder(t)
	text, err := os.ReadFile(filepath.Join(all, "cores.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "cores.jsonl"), text, 0o644); err != nil {
		t.Fatal(err)
	}
	r, err := Read(dir, false)
	if err != nil {
		t.Fatal(err)
	}
	document := "before\n" + begin("goal") + "\nfigures\n" + end("goal") + "\nbetween\n" + begin("cores") + "\nold\n" + end("cores") + "\nafter\n"
	got, names, err := r.Fill(document)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(names, []string{"cores"}) || !strings.HasPrefix(got, "before\n"+begin("goal")+"\nfigures\n"+end("goal")+"\nbetween\n"+begin("cores")+"\n") ||
		!strings.HasSuffix(got, end("cores")+"\nafter\n") || strings.Contains(got, "old") || !strings.Contains(got, "1.85 (≥ 1.8)") {
		t.Errorf("%v:\n%s", names, got)
	}
	if charts := r.Charts(); len(charts) != 0 {
		t.Errorf("%d charts of nothing", len(charts))
	}
	if _, _, err := r.Fill(begin("cores") + "\n"); err == nil || !strings.Contains(err.Error(), end("cores")) {
		t.Errorf("%v", err)
	}
}

// On a machine that others use, too, speeds are by processor time, and said to be.
func TestByProcessorTime(t *testing.T) {
	r, err := Read(folder(t), true)
	if err != nil {
		t.Fatal(err)
	}
	got, _, err := r.Fill(begin("goal") + "\n" + end("goal"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"| 100 | 365,000 (≥ 270,000) | 1.57 | 8.5 (≤ 370) |", "medians of 5 rounds; speeds by processor time."} {
		if !strings.Contains(got, want) {
			t.Errorf("there is no %q in\n%s", want, got)
		}
	}
}

// A goal that was missed is told.
func TestAgainst(t *testing.T) {
	for _, test := range []struct {
		value, goal float64
		most        bool
		want        string
	}{
		{300_000, 300_000, false, "300,000 (≥ 300,000)"},
		{299_000, 300_000, false, "**299,000** (≥ 300,000)"},
		{370, 370, true, "370 (≤ 370)"},
		{371, 370, true, "**371** (≤ 370)"},
		{5, 0, false, "5"},
	} {
		if got := against(test.value, test.goal, test.most); got != test.want {
			t.Errorf("%s, want %s", got, test.want)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	if _, err := Read(t.TempDir(), false); err == nil {
		t.Error("an empty folder is read")
	}
	for name, text := range map[string]string{"goal.jsonl": "{", "profile-1.prof": "x"} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "profile-1.jsonl"), nil, 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := Read(dir, false); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
