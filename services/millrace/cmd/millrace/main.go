// Command millrace is the command line, and all services in one process.
package main

import (
	"os"

	"github.com/millrace/millrace/services/millrace/internal/cli"
)

func main() { os.Exit(cli.Main(os.Args[1:], os.Stdout, os.Stderr)) }
