package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/segmentio/encoding/json"
	"github.com/spf13/cobra"

	"github.com/millrace/millrace/libs/daemon"
	"github.com/millrace/millrace/libs/sql/ast"
	"github.com/millrace/millrace/services/millrace/internal/client"
	"github.com/millrace/millrace/services/presentation"
)

func queryCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "query",
		Short: "Submit, list, show, explain, watch and drop standing queries",
		Long:  "Submits, lists, shows, explains, watches and drops standing queries of a running Millrace, over its HTTP API.",
		Args:  noArguments,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(querySubmitCommand(), queryListCommand(), queryShowCommand(), queryExplainCommand(), queryWatchCommand(), queryDropCommand())
	return cmd
}

// remote says which service a command talks to.
type remote struct {
	server string
}

func (r *remote) flags(f *daemon.Flags) {
	f.String(&r.server, "server", fmt.Sprintf("http://127.0.0.1:%d", presentation.DefaultPort), "`URL` of the Millrace that is asked")
}

// with resolves the flags and runs work with a client of the service.
func (r *remote) with(f *daemon.Flags, work func(cmd *cobra.Command, c *client.Client, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		if err := f.Resolve(os.LookupEnv); err != nil {
			return err
		}
		c, err := client.New(r.server)
		if err != nil {
			return daemon.Usagef("--server: %w", err)
		}
		defer c.Close()
		return refusal(work(cmd, c, args))
	}
}

// refusal makes what the caller has to change an error of usage. SQL that is
// wrong is one by itself.
func refusal(err error) error {
	var (
		p  *client.Problem
		at *ast.Error
	)
	if errors.As(err, &p) && p.Invalid() && !errors.As(err, &at) {
		return &daemon.UsageError{Err: err}
	}
	return err
}

// format registers --format.
func format(f *daemon.Flags, p *string) {
	f.Choice(p, "format", "table", []string{"table", "json"}, "table is for people, json is one object per line")
}

// owners registers what chooses queries by whom they belong to.
func owners(cmd *cobra.Command, f *daemon.Flags, owner *string, labels *[]string) {
	f.String(owner, "owner", "", "only queries of this `OWNER`")
	cmd.Flags().StringArrayVar(labels, "label", nil, "only queries with this label, `NAME or NAME=VALUE`; may be repeated, and then all must hold")
	f.Check(func() error {
		for _, l := range *labels {
			if name, _, _ := strings.Cut(l, "="); name == "" {
				return daemon.Usagef("--label: %q is not allowed here; allowed: NAME or NAME=VALUE", l)
			}
		}
		return nil
	})
}

// printer writes one JSON object per line, at once.
type printer struct {
	out *bufio.Writer
}

func newPrinter(w io.Writer) *printer { return &printer{bufio.NewWriter(w)} }

func (p *printer) line(v any) error {
	b, err := json.Append(nil, v, json.SortMapKeys) // no HTML escapes: text as it is
	if err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	_, _ = p.out.Write(append(b, '\n'))
	return p.out.Flush()
}

// labelText writes labels as they are given: sorted, NAME=VALUE.
func labelText(labels map[string]string) string {
	parts := make([]string, 0, len(labels))
	for _, name := range sortedKeys(labels) {
		parts = append(parts, name+"="+labels[name])
	}
	return strings.Join(parts, " ")
}

// lastError returns the last error, and tells those before it at once.
func lastError(w io.Writer, errs []error) error {
	var last error
	for _, err := range errs {
		if err == nil || errors.Is(err, context.Canceled) && last != nil {
			continue
		}
		if last != nil {
			fmt.Fprintf(w, "millrace: %s\n", strings.TrimRight(describe(last), "\n"))
		}
		last = err
	}
	return last
}
