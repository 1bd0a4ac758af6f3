package random

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
)

// sampled is how many documents the literals of a script come from.
const sampled = 500

// Main is the command random-queries: it reads the arguments, writes the script
// and returns the exit code.
func Main(args []string, stdout, stderr io.Writer) int {
	flag := flag.NewFlagSet("random-queries", flag.ContinueOnError)
	flag.SetOutput(stderr)
	count := flag.Int("count", 1000, "how many queries")
	seed := flag.Uint64("seed", 1, "another seed gives other queries")
	out := flag.String("out", "", "the file that they are written to; empty: standard output")
	sample := flag.String("sample", "", "a file of JSON lines (.gz, .zst) whose first documents literals are taken from; empty: documents of the seed")
	standing := flag.Bool("standing", false, "plain and selective queries only, such as people leave standing")
	if flag.Parse(args) != nil {
		return 2
	}
	docs := Documents(*seed, sampled)
	var err error
	if *sample != "" {
		docs, err = Read(*sample, sampled)
	}
	if err == nil {
		script := Script(*seed, *count, docs, *standing)
		if *out == "" {
			_, err = stdout.Write(script)
		} else {
			err = os.WriteFile(*out, script, 0o644)
		}
	}
	if err != nil {
		fmt.Fprintln(stderr, "random-queries:", err)
		return 1
	}
	return 0
}

// Script returns n queries of a seed in the form that millrace run -f and
// millrace bench scan --sql take.
func Script(seed uint64, n int, sample [][]byte, standing bool) []byte {
	g := New(seed, sample)
	var b bytes.Buffer
	fmt.Fprintf(&b, "-- %d random queries, seed %d.\n", n, seed)
	for i := range n {
		query := g.Query
		if standing {
			query = g.Standing
		}
		fmt.Fprintf(&b, "-- name: r%d\n%s;\n", i+1, query())
	}
	return b.Bytes()
}
