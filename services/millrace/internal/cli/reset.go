package cli

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/millrace/millrace/libs/daemon"
	"github.com/millrace/millrace/services/millrace"
	"github.com/millrace/millrace/services/millrace/internal/figure"
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
			"made anew, or a scheduler says so. No service may run: schedulers and query-parsers that do are found, and\n" +
			"refused; presentations and directory-monitors must be stopped too, and leave no trace to find them by.\n" +
			"Registered queries stay and are answered from the posts that come from then on; with --all every Millrace\n" +
			"topic is deleted, queries and posts too. Without --yes nothing is deleted, and what would be is listed.",
		Example: "  millrace reset --brokers 127.0.0.1:9092 --redis 127.0.0.1:6379\n" +
			"  millrace reset --all --yes --brokers 127.0.0.1:9092 --redis 127.0.0.1:6379",
		Args: noArguments,
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
			return needsServers(cfg, all)
		}
		stack, err := millrace.Open(cfg)
		if err != nil {
			return err
		}
		defer stack.Close()
		if !yes {
			h, err := stack.Holdings(cmd.Context(), all)
			if err != nil {
				return err
			}
			tellHoldings(cmd.OutOrStdout(), h)
			return daemon.Usagef("nothing is deleted yet: say --yes to delete this for good: %s", stack.Kafka.ResetCommand(all))
		}
		keys, topics, err := stack.Reset(cmd.Context(), all)
		if err != nil {
			return err
		}
		fmt.Fprintf(cmd.OutOrStdout(), "cleared %s keys in Redis, deleted %s\n", figure.Exact(keys), strings.Join(topics, ", "))
		return nil
	}
	return cmd
}

// needsServers says what to type.
func needsServers(cfg millrace.Config, all bool) error {
	missing := "--brokers and --redis"
	switch {
	case len(cfg.Kafka.Brokers) > 0:
		missing = "--redis too"
	case cfg.Redis.Addr != "":
		missing = "--brokers too"
	}
	k := cfg.Kafka
	k.Redis = cfg.Redis.Addr
	if len(k.Brokers) == 0 {
		k.Brokers = []string{"127.0.0.1:9092"}
	}
	if k.Redis == "" {
		k.Redis = "127.0.0.1:6379"
	}
	return daemon.Usagef("reset needs %s: say where they are, as in `%s` (embedded ones are new at every start)", missing, k.ResetCommand(all))
}

// tellHoldings lists what a reset deletes.
func tellHoldings(w io.Writer, h *millrace.Holdings) {
	fmt.Fprintf(w, "Redis: %s keys, with the results of %s queries\n", figure.Exact(h.Keys), figure.Exact(h.Queries))
	for _, t := range h.Topics {
		fmt.Fprintf(w, "topic %s: about %s records\n", t.Name, figure.Exact(t.Records))
	}
}
