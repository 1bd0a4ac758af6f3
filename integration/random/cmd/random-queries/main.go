// Command random-queries writes random queries into a file, for millrace run -f and
// millrace bench scan --sql; see package random.
package main

import (
	"os"

	"github.com/millrace/millrace/integration/random"
)

func main() { os.Exit(random.Main(os.Args[1:], os.Stdout, os.Stderr)) }
