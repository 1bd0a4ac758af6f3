// Command bench-report makes the tables and charts of docs/performance.md of what
// docs/bench.sh has measured.
package main

import (
	"os"

	"github.com/millrace/millrace/services/millrace/internal/bench/report"
)

func main() { os.Exit(report.Main(os.Args[1:], os.Stdout, os.Stderr)) }
