package cli

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/millrace/millrace/libs/daemon"
	"github.com/millrace/millrace/services/millrace/internal/client"
)

func queryDropCommand() *cobra.Command {
	var (
		where  remote
		filter client.Filter
		all    bool
		yes    bool
		form   string

		everything bool // all, as the command line has it
	)
	cmd := &cobra.Command{
		Use:   "drop ID… | --all | --owner OWNER | --label LABEL",
		Short: "Drop standing queries",
		Long:  "Drops queries: they count no more, and their results go within ten minutes.",
		Example: "  millrace query drop langs\n" +
			"  millrace query drop --owner anna --label team=brand --yes",
	}
	f := daemon.WrapFlags(cmd.Flags())
	f.Bool(&all, "all", false, "every query of everybody")
	owners(cmd, f, &filter.Owner, &filter.Labels)
	f.Bool(&yes, "yes", false, "do it: without, several are only told")
	format(f, &form)
	where.flags(f)
	// What is dropped must stand on the command line: an environment variable or
	// a file can only narrow it.
	cmd.Args = func(_ *cobra.Command, args []string) error {
		everything = all
		ways := 0
		for _, given := range []bool{len(args) > 0, all, !filter.Empty()} {
			if given {
				ways++
			}
		}
		switch ways {
		case 1:
			return nil
		case 0:
			return daemon.Usagef("nothing to drop: give ids, or --owner, --label or --all")
		default:
			return daemon.Usagef("give either ids, or --owner and --label, or --all")
		}
	}
	cmd.RunE = where.with(f, func(cmd *cobra.Command, c *client.Client, ids []string) error {
		d := &dropper{cmd: cmd, c: c, form: form}
		switch {
		case len(ids) > 0:
			return d.ids(ids, yes)
		case everything:
			return d.chosen(client.Filter{}, yes)
		default:
			return d.chosen(filter, yes)
		}
	})
	return cmd
}

type dropper struct {
	cmd  *cobra.Command
	c    *client.Client
	form string
}

// ids drops queries by name, and goes on where one is not known.
func (d *dropper) ids(ids []string, yes bool) error {
	if len(ids) > 1 && !yes {
		return several(len(ids))
	}
	var errs []error
	for _, id := range ids {
		done, err := d.c.Drop(d.cmd.Context(), id)
		var away *client.UnreachableError
		if errors.As(err, &away) {
			return err
		}
		if err == nil {
			err = d.tell(done)
		}
		errs = append(errs, refusal(err))
	}
	return lastError(d.cmd.ErrOrStderr(), errs)
}

// chosen drops the queries that the filter chooses.
func (d *dropper) chosen(filter client.Filter, yes bool) error {
	if !yes {
		found, err := d.find(filter)
		switch {
		case err != nil:
			return err
		case len(found) > 1:
			showSome(d.cmd.ErrOrStderr(), found)
			return several(len(found))
		case len(found) == 1:
			return d.ids(found, true)
		}
		fmt.Fprintln(d.cmd.ErrOrStderr(), none(filter))
		return nil
	}
	done, err := d.c.DropMany(d.cmd.Context(), filter)
	if err != nil {
		return err
	}
	if len(done) == 0 {
		fmt.Fprintln(d.cmd.ErrOrStderr(), none(filter))
	}
	for _, one := range done {
		if err := d.tell(one); err != nil {
			return err
		}
	}
	return nil
}

func (d *dropper) find(filter client.Filter) ([]string, error) {
	var ids []string
	for q, err := range d.c.List(d.cmd.Context(), filter) {
		if err != nil {
			return nil, err
		}
		ids = append(ids, q.ID)
	}
	return ids, nil
}

func showSome(w io.Writer, ids []string) {
	const some = 20
	for _, id := range ids[:min(len(ids), some)] {
		fmt.Fprintln(w, id)
	}
	if len(ids) > some {
		fmt.Fprintf(w, "… and %d more\n", len(ids)-some)
	}
}

func several(n int) error {
	return daemon.Usagef("this drops %d queries and their results for good; say --yes to do it", n)
}

func (d *dropper) tell(one client.Dropped) error {
	if d.form == "json" {
		return newPrinter(d.cmd.OutOrStdout()).line(one)
	}
	_, err := fmt.Fprintf(d.cmd.OutOrStdout(), "%s: dropped, epoch %d\n", one.ID, one.Epoch)
	return err
}
