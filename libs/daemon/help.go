package daemon

import (
	"fmt"
	"io"
)

// printHelp writes what --help shows.
func printHelp(w io.Writer, program Program, flags *Flags) {
	fmt.Fprintf(w, "%s: %s\n\n", program.Name, program.Summary)
	fmt.Fprintf(w, "Usage:\n  %[1]s [flags]\n  %[1]s healthcheck [flags]         ask a running one whether it lives\n"+
		"  %[1]s healthcheck ready [flags]   … and whether it can do its work\n  %[1]s version\n\n", program.Name)
	fmt.Fprintf(w, "Flags:\n%s\n", flags.set.FlagUsages())
	fmt.Fprintf(w, "Every flag has an environment variable, as --log-level has %s; both win over the --config file.\n", EnvName("log-level"))
}
