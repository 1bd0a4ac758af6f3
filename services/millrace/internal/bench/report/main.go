package report

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/millrace/millrace/libs/daemon"
)

const usage = `Draw charts and fill in tables from what bench scan measured.

Reads what docs/bench.sh measured, NAME.jsonl and profile-N.prof in DIR, and writes charts/*.svg below -docs and
the tables of performance.md there, each between <!-- bench:NAME --> and <!-- /bench:NAME -->. What DIR does
not have stays as it is. Nothing is measured.

Usage:
  bench-report [flags] DIR

Flags:
`

// Main is the command bench-report, which the images do not have: what reads profiles
// takes 200 KB. It returns the exit code.
func Main(args []string, stdout, stderr io.Writer) int {
	err := run(args, stdout, stderr)
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return daemon.ExitOK
	case errors.Is(err, errUsage):
		fmt.Fprintln(stderr, "bench-report:", err)
		return daemon.ExitUsage
	default:
		fmt.Fprintln(stderr, "bench-report:", err)
		return daemon.ExitFailed
	}
}

var errUsage = errors.New("run bench-report -h for usage")

func run(args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("bench-report", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		fmt.Fprint(stderr, usage)
		flags.PrintDefaults()
	}
	docs := flags.String("docs", "docs", "`FOLDER` with performance.md and charts/")
	byCPU := flags.Bool("cpu", false, "speeds are per second of processor time, which others' work disturbs least")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return err
	} else if err != nil {
		return fmt.Errorf("%w: %w", err, errUsage)
	}
	if flags.NArg() != 1 {
		return fmt.Errorf("one folder is wanted: bench-report DIR: %w", errUsage)
	}
	results, err := Read(flags.Arg(0), *byCPU)
	if err != nil {
		return fmt.Errorf("%w: %w", err, errUsage)
	}
	written, err := write(results, *docs)
	if err == nil {
		fmt.Fprintln(stdout, strings.Join(written, "\n"))
	}
	return err
}

// write returns what it wrote, a line for each file.
func write(results *Results, docs string) (written []string, err error) {
	path := filepath.Join(docs, "performance.md")
	document, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("-docs: %w: %w", err, errUsage)
	}
	filled, names, err := results.Fill(string(document))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	charts := results.Charts()
	folder := filepath.Join(docs, "charts")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(charts)) {
		file := filepath.Join(folder, name+".svg")
		if err := os.WriteFile(file, charts[name], 0o644); err != nil {
			return nil, err
		}
		written = append(written, file)
	}
	if !bytes.Equal(document, []byte(filled)) {
		if err := os.WriteFile(path, []byte(filled), 0o644); err != nil {
			return nil, err
		}
	}
	return append(written, path+": "+strings.Join(names, ", ")), nil
}
