package cli

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/millrace/millrace/libs/daemon"
	"github.com/millrace/millrace/services/millrace/internal/client"
	"github.com/millrace/millrace/services/millrace/internal/table"
)

func queryListCommand() *cobra.Command {
	var (
		where  remote
		filter client.Filter
		form   string
	)
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List registered queries",
		Long:    "Lists the registered queries in order of their ids.",
		Example: "  millrace query list --owner anna --label team=brand --state live",
		Args:    noArguments,
	}
	f := daemon.WrapFlags(cmd.Flags())
	owners(cmd, f, &filter.Owner, &filter.Labels)
	f.Choice(&filter.State, "state", "", []string{"accepted", client.StateLive, client.StateFailed}, "only queries in this state")
	format(f, &form)
	where.flags(f)
	cmd.RunE = where.with(f, func(cmd *cobra.Command, c *client.Client, _ []string) error {
		out := newPrinter(cmd.OutOrStdout())
		var rows [][]string
		for q, err := range c.List(cmd.Context(), filter) {
			if err != nil {
				return err
			}
			if form != "json" {
				rows = append(rows, []string{q.ID, q.State, q.Owner, labelText(q.Labels), when(q.Submitted), q.SQL})
				continue
			}
			if err := out.line(q.Raw); err != nil {
				return err
			}
		}
		if form == "json" {
			return nil
		}
		if len(rows) == 0 {
			fmt.Fprintln(cmd.ErrOrStderr(), none(filter))
			return nil
		}
		head, width := []string{"id", "state", "owner", "labels", "submitted", "sql"}, columnsOf(cmd.OutOrStdout())
		if width > 0 {
			head, rows = withoutEmpty(head, rows)
		}
		return table.Write(cmd.OutOrStdout(), head, rows, width)
	})
	return cmd
}

// withoutEmpty leaves out the columns in which no row has anything.
func withoutEmpty(head []string, rows [][]string) ([]string, [][]string) {
	for i := len(head) - 1; i >= 0; i-- {
		if slices.ContainsFunc(rows, func(r []string) bool { return r[i] != "" }) {
			continue
		}
		head = slices.Delete(head, i, i+1)
		for n := range rows {
			rows[n] = slices.Delete(rows[n], i, i+1)
		}
	}
	return head, rows
}

// none says that a filter chooses nothing.
func none(f client.Filter) string {
	if f.Empty() {
		return "no query is registered"
	}
	return "no registered query is like that"
}

// when writes a time to the second, in UTC; nil is nothing.
func when(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05Z")
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
