package cli

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/millrace/millrace/libs/daemon"
	"github.com/millrace/millrace/services/millrace/internal/client"
)

// explainer is the flags of `millrace query explain`.
type explainer struct {
	sql     string
	file    string
	sharing bool
	form    string
}

func queryExplainCommand() *cobra.Command {
	var (
		where remote
		e     explainer
	)
	cmd := &cobra.Command{
		Use:   "explain [ID | --sql SQL | -f FILE.sql]",
		Short: "Explain how a query is answered, what it shares and what it costs",
		Long: "Explains a registered query, or one that is not: nothing is registered. The logical plan is what the query\n" +
			"means, in canonical form; the physical plan is its nodes in the shared plan of all queries, and how the posts\n" +
			"that it wants are found:\n\n" +
			"counted    only their number is wanted, and an interval tells it\n" +
			"direct     an index tells them\n" +
			"refined    one condition is in an index, and the rest is evaluated where it holds\n" +
			"candidate  the same with several conditions, of which one holds\n" +
			"dense      the condition is evaluated in every post\n\n" +
			"With --sharing it tells which nodes others use, too, which only this query does, and what that costs, with\n" +
			"what the figures rest on. Queries of a file are explained each by itself, in JSON one object on a line. A\n" +
			"statement may say so itself: EXPLAIN SHARING (FORMAT JSON) SELECT …",
		Example: "  millrace query explain --sharing langs\n" +
			"  millrace query explain --sql \"SELECT count(*) FROM tweets WHERE text CONTAINS 'go'\" --format json",
		Args: func(cmd *cobra.Command, args []string) error { return e.check(cmd, args) },
	}
	f := daemon.WrapFlags(cmd.Flags())
	cmd.Flags().StringVar(&e.sql, "sql", "", "the `SQL` of a query that is not registered")
	cmd.Flags().StringVarP(&e.file, "file", "f", "", "a `FILE` of SQL statements; - is standard input")
	f.Bool(&e.sharing, "sharing", false, "tell what the query shares with others, and what it costs")
	f.Choice(&e.form, "format", client.FormText, []string{client.FormText, client.FormJSON}, "text is for people, json is one object on one line")
	where.flags(f)
	cmd.RunE = where.with(f, e.run)
	return cmd
}

// check wants exactly one of an id, SQL and a file.
func (e *explainer) check(cmd *cobra.Command, args []string) error {
	sql, file := cmd.Flags().Changed("sql"), cmd.Flags().Changed("file")
	switch {
	case sql && file:
		return daemon.Usagef("give either --sql or -f FILE, not both")
	case (sql || file) && len(args) > 0:
		return daemon.Usagef("give either the id of a registered query, %q, or the SQL of one that is not", args[0])
	case sql && strings.TrimSpace(e.sql) == "":
		return daemon.Usagef("--sql: there is no SQL in it")
	case file && e.file == "":
		return daemon.Usagef("-f: there is no name in it")
	case sql || file:
		return nil
	case len(args) == 0:
		return daemon.Usagef("which query? give its id (`millrace query list` lists them), or SQL with --sql or -f FILE")
	default:
		return oneQuery(cmd, args)
	}
}

func (e *explainer) run(cmd *cobra.Command, c *client.Client, args []string) error {
	o := client.ExplainOptions{Sharing: e.sharing, Form: e.form}
	if len(args) > 0 {
		return c.Explain(cmd.Context(), args[0], o, cmd.OutOrStdout())
	}
	subs := []submission{{Submission: client.Submission{SQL: e.sql}}}
	var err error
	if e.file == "" {
		err = oneStatement(e.sql, "--sql", "explain each by itself, or put them into a file and use -f")
	} else {
		subs, err = submissions(cmd.InOrStdin(), nil, e.file, "")
	}
	if err != nil {
		return err
	}
	var last error
	shown := 0
	for i := range subs {
		var text bytes.Buffer
		o := o
		if x := asked(subs[i].SQL); x != nil {
			o.Sharing, o.Form = o.Sharing || x.Sharing, formAsked(x, o.Form)
		}
		if o.Form == client.FormText && subs[i].name != "" {
			fmt.Fprintf(&text, "%s-- name: %s\n", strings.Repeat("\n", min(shown, 1)), subs[i].name)
		}
		if err := subs[i].explain(c.ExplainSQL(cmd.Context(), subs[i].SQL, o, &text)); err != nil {
			last = lastError(cmd.ErrOrStderr(), []error{last, err})
			var away *client.UnreachableError
			if cmd.Context().Err() != nil || errors.As(err, &away) {
				break
			}
			continue
		}
		shown++
		if _, err := text.WriteTo(cmd.OutOrStdout()); err != nil {
			return err
		}
	}
	return last
}
