package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/millrace/millrace/libs/daemon"
	"github.com/millrace/millrace/libs/sql/ast"
	"github.com/millrace/millrace/services/millrace"
	"github.com/millrace/millrace/services/millrace/internal/client"
)

const (
	// atOnce is how many submissions are in hand at once.
	atOnce = 16
	// longestWait is the longest that the service waits.
	longestWait = 5 * time.Minute
)

func querySubmitCommand() *cobra.Command {
	var (
		where   remote
		id      string
		owner   string
		labels  []string
		file    string
		wait    string
		timeout time.Duration
		form    string
	)
	cmd := &cobra.Command{
		Use:   "submit [SQL | -f FILE.sql]",
		Short: "Register a standing query, or replace one",
		Long: "Registers a query, from now on; one that has the id is replaced. Without --id the service makes an id.\n" +
			"A file may hold several queries: each ends with ; and a comment before it, `-- name: id`, is its id.",
		Example: "  millrace query submit --id langs --wait live \"SELECT lang, count(*) AS n FROM tweets GROUP BY lang\"\n" +
			"  millrace query submit --owner anna --label team=brand -f queries.sql",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return daemon.Usagef("%d arguments: put the SQL in quotes, so that it is one", len(args))
			}
			return nil
		},
	}
	f := daemon.WrapFlags(cmd.Flags())
	f.String(&id, "id", "", "`ID` of the query, 1 to 128 of A-Z a-z 0-9 . _ -")
	f.String(&owner, "owner", "", "who the query belongs to")
	cmd.Flags().StringArrayVar(&labels, "label", nil, "a label, `NAME=VALUE`, to list queries by; may be repeated")
	cmd.Flags().StringVarP(&file, "file", "f", "", "a `FILE` of SQL statements; - is standard input")
	f.Choice(&wait, "wait", "", []string{"live"}, "live: return when every post from now on counts")
	f.Duration(&timeout, "timeout", 30*time.Second, time.Millisecond, longestWait, "how long to wait, for the submission to be written too")
	format(f, &form)
	where.flags(f)
	cmd.RunE = where.with(f, func(cmd *cobra.Command, c *client.Client, args []string) error {
		set, err := labelSet(labels)
		if err != nil {
			return err
		}
		subs, err := submissions(cmd.InOrStdin(), args, file, id)
		if err != nil {
			return err
		}
		s := &submitter{c: c, live: wait == "live", timeout: timeout}
		if !s.live && !f.Given("timeout") {
			s.timeout = 0 // the service knows best
		}
		for i := range subs {
			subs[i].Owner, subs[i].Labels = owner, set
		}
		done, errs := s.all(cmd.Context(), subs)
		for i, d := range done {
			if errs[i] == nil {
				errs[i] = s.tell(cmd.OutOrStdout(), form, d)
			}
		}
		return lastError(cmd.ErrOrStderr(), errs)
	})
	return cmd
}

// labelSet reads NAME=VALUE.
func labelSet(labels []string) (map[string]string, error) {
	set := map[string]string{}
	for _, l := range labels {
		name, value, ok := strings.Cut(l, "=")
		if !ok || name == "" {
			return nil, daemon.Usagef("--label: %q is not allowed here; allowed: NAME=VALUE", l)
		}
		set[name] = value
	}
	return set, nil
}

// submission is a statement, and where it was found.
type submission struct {
	client.Submission
	name   string // for people; "": it is the only one
	script string // that it is a part of
	offset ast.Pos
}

// submissions returns what the arguments ask for.
func submissions(stdin io.Reader, args []string, file, id string) ([]submission, error) {
	switch {
	case len(args) > 0 && file != "":
		return nil, daemon.Usagef("give either the SQL or -f FILE, not both")
	case len(args) > 0:
		if err := oneStatement(args[0], "the argument", "submit each by itself, or put them into a file and use -f"); err != nil {
			return nil, err
		}
		return []submission{{Submission: client.Submission{ID: id, SQL: args[0]}}}, nil
	case file == "":
		return nil, daemon.Usagef("no query: give its SQL, or a file with -f FILE")
	}
	text, err := readScript(stdin, file)
	if err != nil {
		return nil, daemon.Usagef("-f: %w", err)
	}
	script, err := parseQueries(text)
	if err != nil {
		return nil, &fileError{path: file, err: err}
	}
	switch {
	case len(script) == 0:
		return nil, daemon.Usagef("-f: %s holds no statement", file)
	case len(script) > 1 && id != "":
		return nil, daemon.Usagef("--id is for one query, and %s holds %d: name each by a comment before it, -- name: id", file, len(script))
	}
	subs := make([]submission, len(script))
	for i, st := range script {
		subs[i] = submission{Submission: client.Submission{SQL: st.SQL}, script: text, offset: st.Offset}
		if st.Named {
			subs[i].ID = st.ID
		}
		if id != "" {
			subs[i].ID = id
		}
		if len(script) > 1 {
			subs[i].name = subs[i].ID
			if subs[i].name == "" {
				subs[i].name = fmt.Sprintf("number %d", i+1)
			}
		}
	}
	return subs, nil
}

func readScript(stdin io.Reader, file string) (string, error) {
	if file == "-" {
		text, err := io.ReadAll(stdin)
		return string(text), err
	}
	text, err := os.ReadFile(file)
	return string(text), err
}

type submitter struct {
	c       *client.Client
	live    bool // wait until it is
	timeout time.Duration
}

// all submits, and returns for each what became of it, or why not. It gives up
// when the service cannot be reached.
func (s *submitter) all(ctx context.Context, subs []submission) ([]client.Submitted, []error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	done, errs := make([]client.Submitted, len(subs)), make([]error, len(subs))
	var g errgroup.Group
	g.SetLimit(atOnce)
	for i := range subs {
		g.Go(func() error {
			if errs[i] = ctx.Err(); errs[i] != nil {
				return nil
			}
			var err error
			done[i], err = s.c.Submit(ctx, subs[i].Submission, s.live, s.timeout)
			var away *client.UnreachableError
			if errors.As(err, &away) {
				cancel()
			}
			errs[i] = subs[i].explain(err)
			return nil
		})
	}
	_ = g.Wait()
	return done, errs
}

// explain names the query, and places an error in the file that the SQL is of.
func (s *submission) explain(err error) error {
	var (
		at   *ast.Error
		away *client.UnreachableError
	)
	if errors.As(err, &at) && s.script != "" {
		err = at.In(s.script, s.offset)
	}
	if err == nil || s.name == "" || errors.As(err, &away) {
		return err
	}
	return &millrace.StatementError{ID: s.name, Err: refusal(err)}
}

func (s *submitter) tell(w io.Writer, form string, d client.Submitted) error {
	var err error
	if form == "json" {
		err = newPrinter(w).line(d)
	} else {
		_, err = fmt.Fprintf(w, "%s: %s, epoch %d\n", d.ID, d.State, d.Epoch)
	}
	if err == nil && s.live && d.State != client.StateLive {
		err = fmt.Errorf("query %s is not live after %s (it is %s); it goes on, see `millrace query show %s`", d.ID, s.timeout, d.State, d.ID)
	}
	return err
}
