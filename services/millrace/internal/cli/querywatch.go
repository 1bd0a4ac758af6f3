package cli

import (
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/millrace/millrace/libs/daemon"
	"github.com/millrace/millrace/services/millrace/internal/client"
)

func queryWatchCommand() *cobra.Command {
	var (
		where remote
		form  string
	)
	cmd := &cobra.Command{
		Use:   "watch ID",
		Short: "Follow a query's rows as they change",
		Long: "Shows a query's rows and goes on as they change, until it is dropped or Ctrl-C. On a terminal it is a table;\n" +
			"elsewhere one JSON object per line: {\"event\":\"row\",\"query\":ID,\"key\":[…],\"row\":{…}}, with its window where\n" +
			"there is one and the row null where it left. Other events are begin (forget what you have), top (a whole\n" +
			"ordered list), gap, window-gone, facts, ready (up to here it is one whole state) and dropped.",
		Args: oneQuery,
	}
	f := daemon.WrapFlags(cmd.Flags())
	f.Choice(&form, "format", "auto", []string{"auto", "table", "json"}, "auto is a table on a terminal, else json; table elsewhere prints the whole table at each change, at most once a second")
	where.flags(f)
	cmd.RunE = where.with(f, func(cmd *cobra.Command, c *client.Client, args []string) error {
		ctx := cmd.Context()
		q, err := c.Show(ctx, args[0])
		if err != nil {
			return err
		}
		if q.State == client.StateDropped || q.State == client.StateRejected {
			return fmt.Errorf("query %s is %s: there is nothing to watch", q.ID, q.State)
		}
		w := &watcher{query: q, show: func(id string) (client.Query, error) { return c.Show(ctx, id) }}
		if err := w.run(cmd, c, form); err != nil {
			return err
		}
		if w.dropped {
			fmt.Fprintf(cmd.ErrOrStderr(), "query %s was dropped\n", q.ID)
		}
		return nil
	})
	return cmd
}

// terminal returns the terminal that w is.
func terminal(w io.Writer) (*os.File, bool) {
	file, ok := w.(*os.File)
	return file, ok && term.IsTerminal(int(file.Fd()))
}

// columnsOf returns how many columns a table on w may have: all but one of a
// terminal's, as some take two for the mark of a cut; 0, as many as it likes,
// elsewhere.
func columnsOf(w io.Writer) int {
	file, ok := terminal(w)
	if !ok {
		return 0
	}
	width, _, err := term.GetSize(int(file.Fd()))
	if err != nil || width < 2 {
		return 0
	}
	return width - 1
}

// watcher hands events on, and keeps what is known of the query up to date.
type watcher struct {
	query   client.Query
	show    func(id string) (client.Query, error)
	out     shower
	dropped bool
}

// shower shows what happens to a query: on a screen, or line by line.
type shower interface {
	meta(q *client.Query) error
	event(e client.Event) error
}

// run watches until the query is dropped or the command is told to end.
func (w *watcher) run(cmd *cobra.Command, c *client.Client, form string) error {
	w.out = &eventPrinter{out: newPrinter(cmd.OutOrStdout()), notes: cmd.ErrOrStderr()}
	file, ok := terminal(cmd.OutOrStdout())
	switch {
	case ok && form != "json":
		s := newScreen(file, func() (int, int, error) { return term.GetSize(int(file.Fd())) })
		defer s.close()
		w.out = s
	case form == "table":
		s := newPages(cmd.OutOrStdout())
		defer s.close()
		w.out = s
	}
	if err := w.out.meta(&w.query); err != nil {
		return err
	}
	return c.Watch(cmd.Context(), w.query.ID, client.WatchOptions{}, w.take)
}

func (w *watcher) take(e client.Event) error {
	switch e := e.(type) {
	case client.Begin:
		// It may have been replaced: then the columns are others.
		if e.Epoch >= 0 && e.Epoch != w.query.Epoch {
			if q, err := w.show(w.query.ID); err == nil {
				w.query = q
				if err := w.out.meta(&w.query); err != nil {
					return err
				}
			}
		}
	case client.QueryDropped:
		w.dropped = true
	}
	return w.out.event(e)
}
