package cli

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/millrace/millrace/libs/daemon"
	"github.com/millrace/millrace/services/presentation"
)

// noArguments refuses arguments: of a command that has subcommands it suggests
// the one that was meant.
func noArguments(cmd *cobra.Command, args []string) error {
	switch {
	case len(args) == 0:
		return nil
	case !cmd.HasSubCommands():
		return daemon.Usagef("unexpected argument %q: `%s` takes flags only (see --help)", args[0], cmd.CommandPath())
	}
	var names []string
	for _, sub := range cmd.Commands() {
		if sub.IsAvailableCommand() {
			names = append(names, sub.Name())
		}
	}
	if near := daemon.Nearest(args[0], names); near != "" {
		return daemon.Usagef("unknown command %q: did you mean `%s %s`?", args[0], cmd.CommandPath(), near)
	}
	return daemon.Usagef("unknown command %q: %s has %s (see --help)", args[0], cmd.CommandPath(), strings.Join(names, ", "))
}

// oneQuery wants a query's id and nothing else.
func oneQuery(cmd *cobra.Command, args []string) error {
	switch len(args) {
	case 1:
		return nil
	case 0:
		return daemon.Usagef("which query? give its id, as in `%s langs`; `millrace query list` lists them", cmd.CommandPath())
	default:
		return daemon.Usagef("%d arguments: `%s` takes the id of one query", len(args), cmd.CommandPath())
	}
}

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print which build this is",
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := fmt.Fprintln(cmd.OutOrStdout(), "millrace", daemon.Version())
			return err
		},
	}
}

// healthcheckCommand asks an `up` that runs for its health: for images without a
// shell.
func healthcheckCommand() *cobra.Command {
	var listen string
	cmd := &cobra.Command{
		Use:       "healthcheck [ready]",
		Short:     "Ask a running `millrace up` whether it is alive, or ready",
		ValidArgs: []string{"ready"},
		Args:      cobra.MatchAll(cobra.MaximumNArgs(1), cobra.OnlyValidArgs),
	}
	f := daemon.WrapFlags(cmd.Flags())
	f.Listen(&listen, presentation.DefaultPort, "`ADDRESS` that it listens on, host:port")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := f.Resolve(os.LookupEnv); err != nil {
			return err
		}
		if len(args) > 0 {
			return daemon.Readycheck(cmd.Context(), listen)
		}
		return daemon.Healthcheck(cmd.Context(), listen)
	}
	return cmd
}
