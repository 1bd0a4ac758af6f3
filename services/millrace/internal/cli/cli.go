// Package cli is the command line of millrace: a command per file over package
// millrace, which does the work. [Main] is the program.
//
//	os.Exit(cli.Main(os.Args[1:], os.Stdout, os.Stderr))
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/millrace/millrace/libs/daemon"
	"github.com/millrace/millrace/libs/sql/ast"
	"github.com/millrace/millrace/services/millrace"
	"github.com/millrace/millrace/services/millrace/internal/generate"
	"github.com/millrace/millrace/services/millrace/internal/replay"
)

// Main runs the command line and returns the exit code: 0 done, 1 failed, 2
// wrong usage or invalid SQL.
func Main(args []string, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	for _, text := range daemon.UnknownVariables(os.Environ()) {
		fmt.Fprintf(stderr, "millrace: warning: %s\n", text)
	}
	root := newRoot()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintf(stderr, "millrace: %s\n", strings.TrimRight(describe(err), "\n"))
	}
	return exitCode(err)
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:           "millrace",
		Short:         "Streaming SQL for thousands of standing queries over one live stream",
		Version:       daemon.Version(),
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          noArguments,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return daemon.WrapFlags(cmd.Flags()).Explain(err)
	})
	root.AddCommand(demoCommand(), upCommand(), runCommand(), queryCommand(), sqlCommand(), planCommand(), generate.Command(), replay.Command(), benchCommand(), resetCommand(), healthcheckCommand(), versionCommand())
	return root
}

// describe writes an error for people: SQL with its source line and a caret.
func describe(err error) string {
	var several millrace.StatementErrors
	if errors.As(err, &several) {
		var texts []string
		for _, err := range several {
			texts = append(texts, strings.TrimRight(describe(err), "\n"))
		}
		return strings.Join(texts, "\nmillrace: ")
	}
	var at *ast.Error
	if errors.As(err, &at) {
		var in *fileError
		if errors.As(err, &in) {
			return in.path + ":" + at.Render()
		}
		var st *millrace.StatementError
		if errors.As(err, &st) {
			return fmt.Sprintf("query %s: %s", st.ID, at.Render())
		}
		return at.Render()
	}
	return err.Error()
}

func exitCode(err error) int {
	var st *millrace.StatementError
	var at *ast.Error
	switch {
	case errors.As(err, &st), errors.As(err, &at):
		return daemon.ExitUsage
	default:
		return daemon.ExitCode(err)
	}
}

// logging registers --log-level and --log-format with a quieter default than a
// service's, and returns what makes the logger.
func logging(f *daemon.Flags) func(w io.Writer) *slog.Logger {
	var s daemon.LogSettings
	f.Log(&s)
	return func(w io.Writer) *slog.Logger { return s.Logger(w) }
}
