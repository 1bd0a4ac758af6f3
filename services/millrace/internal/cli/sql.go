package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/millrace/millrace/libs/daemon"
	"github.com/millrace/millrace/services/millrace/internal/client"
	"github.com/millrace/millrace/services/millrace/internal/table"
)

func sqlCommand() *cobra.Command {
	var (
		where     remote
		statement string
		form      string
	)
	cmd := &cobra.Command{
		Use:   "sql -c STATEMENT",
		Short: "Have a statement answered: SHOW, DESCRIBE, EXPLAIN, CREATE and DROP",
		Long: "Has one statement answered by a running Millrace.\n\n" +
			"SHOW STREAMS | VIEWS | QUERIES | FUNCTIONS        lists them\n" +
			"DESCRIBE name                                     tells the columns of a stream, a view or a query\n" +
			"EXPLAIN [SHARING] SELECT …                        tells how a query would be answered\n" +
			"CREATE STREAM name (column TYPE, …) [WITH (…)]    declares a stream, and makes its topic\n" +
			"CREATE VIEW name AS SELECT …                      gives a query a name, for others to read\n" +
			"CREATE MATERIALIZED VIEW id [WITH (…)] AS SELECT … submits a query\n" +
			"DROP STREAM | VIEW | MATERIALIZED VIEW [IF EXISTS] name   drops it, unless a query reads it\n\n" +
			"A SELECT by itself is a standing query: `millrace query submit` submits it, `millrace run` answers it over files.",
		Example: "  millrace sql -c \"DESCRIBE tweets\"\n" +
			"  millrace sql -c \"CREATE STREAM logs (level VARCHAR, source VARCHAR) WITH (format = 'tsv')\"\n" +
			"  millrace sql -c \"CREATE MATERIALIZED VIEW langs AS SELECT lang, count(*) AS n FROM tweets GROUP BY lang\"",
		Args: noArguments,
	}
	f := daemon.WrapFlags(cmd.Flags())
	cmd.Flags().StringVarP(&statement, "command", "c", "", "the `STATEMENT`")
	format(f, &form)
	where.flags(f)
	cmd.RunE = where.with(f, func(cmd *cobra.Command, c *client.Client, _ []string) error {
		if strings.TrimSpace(statement) == "" {
			return daemon.Usagef("no statement: give one with -c, as in millrace sql -c \"SHOW STREAMS\"")
		}
		if err := oneStatement(statement, "-c", "say each by itself"); err != nil {
			return err
		}
		said, err := c.Say(cmd.Context(), statement)
		if err != nil {
			return refusal(err)
		}
		if form == "json" {
			return newPrinter(cmd.OutOrStdout()).line(said.Raw)
		}
		return writeSaid(cmd.OutOrStdout(), &said)
	})
	return cmd
}

// writeSaid writes an answer for people.
func writeSaid(w io.Writer, s *client.Said) error {
	if s.Text != "" {
		_, err := io.WriteString(w, s.Text)
		return err
	}
	if len(s.Columns) > 0 {
		head, rows, width := s.Columns, s.Rows, columnsOf(w)
		if width > 0 && len(rows) > 0 {
			head, rows = withoutEmpty(head, rows)
		}
		if err := table.Write(w, head, rows, width); err != nil {
			return err
		}
	} else if s.State != "" {
		fmt.Fprintf(w, "%s: %s, epoch %d\n", s.ID, s.State, s.Epoch)
	}
	if s.Definition != "" {
		fmt.Fprintf(w, "\n%s\n", s.Definition)
	}
	if s.Note != "" {
		fmt.Fprintf(w, "%s\n", s.Note)
	}
	return nil
}
