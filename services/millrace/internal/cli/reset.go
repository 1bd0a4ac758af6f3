package cli

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/millrace/millrace/libs/daemon"
	"github.com/millrace/millrace/services/millrace"
)

func resetCommand() *cobra.Command {
	var (
		where servers
		all   bool
		yes   bool
	)
	cmd := &cobra.Command{
		Use:   "reset",
		Short: "Clear all results and begin anew with what the topics hold",
		Long: "Clears the results in Redis and deletes the exchange and checkpoints topics: when topics were deleted and\n" +
			"made anew, or a scheduler says so. No service may run. Registered queries stay and are answered from the\n" +
			"posts that come from then on; with --all every Millrace topic is deleted, queries and posts too.",
		Args: cobra.NoArgs,
	}
	f := daemon.WrapFlags(cmd.Flags())
	where.flags(f)
	f.Bool(&all, "all", false, "delete every Millrace topic, queries and posts too")
	f.Bool(&yes, "yes", false, "do it: without, only say what would be done")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := f.Resolve(os.LookupEnv); err != nil {
			return err
		}
		cfg, err := where.config()
		if err != nil {
			return err
		}
		if len(cfg.Kafka.Brokers) == 0 || cfg.Redis.Addr == "" {
			return daemon.Usagef("reset needs --brokers and --redis: embedded ones are new at every start")
		}
		if !yes {
			return daemon.Usagef("this deletes results for good; say --yes to do it")
		}
		stack, err := millrace.Open(cfg)
		if err != nil {
			return err
		}
		defer stack.Close()
		keys, topics, err := stack.Reset(cmd.Context(), all)
		if err != nil {
			return err
		}
		fmt.Fprintf(cmd.OutOrStdout(), "cleared %d keys in Redis, deleted %s\n", keys, strings.Join(topics, ", "))
		return nil
	}
	return cmd
}
