package cli

import (
	"github.com/spf13/cobra"

	"github.com/millrace/millrace/libs/daemon"
	"github.com/millrace/millrace/services/millrace/internal/client"
)

func planCommand() *cobra.Command {
	var (
		where remote
		form  string
	)
	cmd := &cobra.Command{
		Use:   "plan",
		Short: "Print the shared plan of all queries",
		Long: "Prints the shared plan of all queries that run: each predicate, selection, grouping and aggregate once, with\n" +
			"how many queries use it.",
		Example: "  millrace plan\n" +
			"  millrace plan --format dot | dot -Tsvg > plan.svg",
		Args: noArguments,
	}
	f := daemon.WrapFlags(cmd.Flags())
	f.Choice(&form, "format", client.FormText, []string{client.FormText, client.FormJSON, client.FormDot}, "text is for people, json is one object on one line, dot is for Graphviz")
	where.flags(f)
	cmd.RunE = where.with(f, func(cmd *cobra.Command, c *client.Client, _ []string) error {
		return c.Plan(cmd.Context(), form, cmd.OutOrStdout())
	})
	return cmd
}
