package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/millrace/millrace/libs/daemon"
	"github.com/millrace/millrace/libs/embedded"
	"github.com/millrace/millrace/libs/results"
	"github.com/millrace/millrace/libs/wire"
	monitor "github.com/millrace/millrace/services/directory-monitor"
	"github.com/millrace/millrace/services/millrace"
	"github.com/millrace/millrace/services/millrace/final"
	"github.com/millrace/millrace/services/millrace/internal/table"
)

func runCommand() *cobra.Command {
	var (
		where   servers
		queries []string
		files   []string
		format  string
		live    bool
		input   monitor.Input
	)
	cmd := &cobra.Command{
		Use:   "run -q SQL | -f FILE.sql  [STREAM=]INPUT…",
		Short: "Run queries over files and print their final results",
		Long: "Registers the queries, feeds the inputs through the whole pipeline, prints the final results and ends.\n" +
			"Inputs are files of posts, and folders of such files: JSON lines (.ndjson, .jsonl), an array or documents\n" +
			"(.json), tables (.csv, .tsv) or lines of text (.txt, .log), each also as .gz and .zst. What cannot be read\n" +
			"is listed at the end. In a file of queries each statement ends with ; and is named by a comment before it,\n" +
			"`-- name: id`, else q1, q2, …\n\n" +
			"CREATE STREAM declares another stream than tweets and says how its files are written, and STREAM=PATH feeds it;\n" +
			"CREATE VIEW gives a query a name by which others read it; CREATE MATERIALIZED VIEW id AS SELECT … is a query with\n" +
			"its id.\n\n" +
			"A statement that begins with EXPLAIN is explained beside the other queries, as by `millrace query explain`.",
		Example: "  millrace run -q \"SELECT lang, count(*) AS n FROM tweets GROUP BY lang ORDER BY n DESC LIMIT 5\" tweets.ndjson.gz\n" +
			"  millrace run --format json -f queries.sql inbox/\n" +
			"  millrace run -f logs.sql logs=/var/log/app.tsv\n" +
			"  millrace run --columns id,created_at,lang,text -q \"SELECT lang, count(*) FROM tweets GROUP BY lang\" posts.csv",
		Args: func(_ *cobra.Command, args []string) error {
			if slices.Contains(args, "-") {
				return daemon.Usagef("standard input is not supported: inputs are files and folders; write it to a file, or use `millrace up` with a folder that files are put into")
			}
			return nil
		},
	}
	f := daemon.WrapFlags(cmd.Flags())
	where.flags(f)
	cmd.Flags().StringArrayVarP(&queries, "query", "q", nil, "a `SQL` statement; may be repeated")
	cmd.Flags().StringArrayVarP(&files, "file", "f", nil, "a `FILE` of SQL statements; may be repeated")
	f.Choice(&format, "format", "table", []string{"table", "json", "csv"}, "how results are printed")
	input.Flags(f)
	f.Bool(&live, "live-watermarks", false, "let windows close as in a stream, so that rows may be late")
	var level daemon.LogSettings
	f.Choice(&level.Level, "log-level", "warn", []string{"debug", "info", "warn", "error"}, "least severe messages that are logged")
	f.Choice(&level.Format, "log-format", "auto", []string{"auto", "text", "json"}, "auto is text on a terminal, else json")
	cmd.RunE = func(cmd *cobra.Command, inputs []string) error {
		if err := f.Resolve(os.LookupEnv); err != nil {
			return err
		}
		noInput := daemon.Usagef("no input: name files or folders after the queries, as in millrace run -q SQL tweets.ndjson")
		if len(inputs)+len(queries)+len(files) == 0 {
			return noInput
		}
		all, err := statements(queries, files)
		if err != nil {
			return err
		}
		stmts, explained := apart(all.stmts)
		inputs, feeds, err := fed(inputs, all.catalog)
		if err != nil {
			return err
		}
		if len(inputs)+len(feeds) == 0 && len(stmts) > 0 {
			if names := all.declared(); len(names) > 0 {
				return daemon.Usagef("no input: feed the streams by files or folders after the queries, as in %s=PATH", names[0])
			}
			return noInput
		}
		if len(explained) > 0 {
			if err := explainRun(cmd.OutOrStdout(), format, explained, stmts, all.catalog); err != nil || len(stmts) == 0 {
				return all.place(err)
			}
		}
		cfg, err := where.config()
		if err != nil {
			return err
		}
		bar := newBar(cmd.ErrOrStderr(), os.Getenv("TERM"))
		cfg.Log = level.Logger(cmd.ErrOrStderr())
		if bar.shown() {
			if level.Format == "auto" {
				level.Format = "text" // the bar is no terminal, but is on one
			}
			cfg.Log = level.Logger(bar)
		}
		results.LogClient(cfg.Log)
		out, err := millrace.Bounded(cmd.Context(), millrace.Job{
			Config: cfg, Queries: stmts, Catalog: all.catalog, Inputs: inputs, Feeds: feeds, Input: input, MaxLine: int(where.topics.MaxLine),
			LiveWatermarks: live, Progress: bar.show,
		})
		bar.finish()
		if errors.Is(err, context.Canceled) && cmd.Context().Err() != nil {
			return errors.New("interrupted before the end: there are no results")
		}
		if err != nil {
			return all.place(err)
		}
		if out.Documents == 0 && out.DeadLetters > 0 {
			summarise(cmd.ErrOrStderr(), out)
			return errors.New("nothing of the input could be read, so there are no results: inputs are files of posts (" + monitor.Formats + "), told apart by their names or by --input-format")
		}
		if err := printOutcome(cmd.OutOrStdout(), format, out); err != nil {
			return err
		}
		summarise(cmd.ErrOrStderr(), out)
		return nil
	}
	return cmd
}

func printOutcome(w io.Writer, format string, out *millrace.Outcome) error {
	csv := final.CSV{Several: len(out.Queries) > 1}
	for i, q := range out.Queries {
		var err error
		switch format {
		case "json":
			err = final.JSON(w, out.Rows[i])
		case "csv":
			err = csv.Write(w, q, out.Rows[i])
		default:
			if i > 0 {
				fmt.Fprintln(w)
			}
			if len(out.Queries) > 1 {
				fmt.Fprintf(w, "%s:\n", q.ID)
			}
			err = final.Table(w, q, out.Rows[i])
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// summarise says how much was read, and how fast.
func summarise(w io.Writer, out *millrace.Outcome) {
	sec := out.Took.Seconds()
	queries := "queries"
	if len(out.Queries) == 1 {
		queries = "query"
	}
	fmt.Fprintf(w, "%d %s over %d documents (%.1f MB) in %.2f s: %.0f documents/s, %.1f MB/s",
		len(out.Queries), queries, out.Documents, float64(out.Bytes)/1e6, sec, float64(out.Documents)/sec, float64(out.Bytes)/1e6/sec)
	if out.Embedded != "" {
		fmt.Fprintf(w, " %s", embedded.Label)
	}
	if out.DeadLetters > 0 {
		fmt.Fprintf(w, "; %s could not be read:", unread(out))
	}
	fmt.Fprintln(w)
	for i := range out.Letters {
		fmt.Fprintf(w, "  %s\n", letterText(&out.Letters[i]))
	}
	if more := out.DeadLetters - int64(len(out.Letters)); more > 0 {
		fmt.Fprintf(w, "  and %d more\n", more)
	}
	told := 0
	for i, q := range out.Queries {
		text := amiss(out.Counters[i])
		if text == "" {
			continue
		}
		if told++; told > mostAmiss {
			fmt.Fprintf(w, "and more of other queries\n")
			break
		}
		fmt.Fprintf(w, "query %s: %s\n", q.ID, text)
	}
}

// mostAmiss is of how many queries it is told what a query's rows leave out.
const mostAmiss = 10

// amiss says what the counters of a query tell of rows and values that are not in its result
// as one may think, "" if there are none.
func amiss(counters map[string]int64) string {
	var parts []string
	for _, c := range []struct{ name, one, many string }{
		{"errors", "row has a value that cannot be computed, such as of a division by zero", "rows have values that cannot be computed, such as of a division by zero"},
		{"mismatches", "value is of another type than its column, and NULL", "values are of another type than their columns, and NULL"},
		{"no_time", "row has no time, and is in no window", "rows have no time, and are in no window"},
		{"late", "row came after its window was closed", "rows came after their windows were closed"},
	} {
		switch n := counters[c.name]; n {
		case 0:
		case 1:
			parts = append(parts, "1 "+c.one)
		default:
			parts = append(parts, fmt.Sprintf("%d %s", n, c.many))
		}
	}
	return strings.Join(parts, "; ")
}

// unread counts the lines and files that could not be read.
func unread(out *millrace.Outcome) string {
	count := func(n int64, what string) string {
		if n != 1 {
			what += "s"
		}
		return fmt.Sprintf("%d %s", n, what)
	}
	switch lines, files := out.DeadLetters-out.DeadFiles, out.DeadFiles; {
	case files == 0:
		return count(lines, "line")
	case lines == 0:
		return count(files, "file")
	default:
		return count(lines, "line") + " and " + count(files, "file")
	}
}

// letterText says what could not be read: where it is, why, and how it begins.
func letterText(d *wire.DeadLetter) string {
	const most = 50 // columns of the beginning, in quotes
	text := d.Reason
	if len(d.Data) > 0 {
		quoted := strconv.Quote(string(d.Data[:min(len(d.Data), 4*most)]))
		begins := table.Fit(quoted, most)
		if begins != quoted {
			begins += `"`
		}
		text += ": " + begins
	}
	switch {
	case d.File != "" && d.Line > 0:
		text = fmt.Sprintf("%s, line %d: %s", d.File, d.Line, text)
	case d.File != "":
		text = fmt.Sprintf("%s: %s", d.File, text)
	}
	return table.Line(text)
}
