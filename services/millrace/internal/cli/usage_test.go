package cli

import (
	"errors"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/millrace/millrace/libs/daemon"
	"github.com/millrace/millrace/libs/sql/ast"
	monitor "github.com/millrace/millrace/services/directory-monitor"
	"github.com/millrace/millrace/services/presentation"
	queryparser "github.com/millrace/millrace/services/query-parser"
	"github.com/millrace/millrace/services/scheduler"
)

// Every setting of every program can be given in an environment that several
// programs share without being called unknown.
func TestSettingsAreKnown(t *testing.T) {
	seen := func(name string, set *pflag.FlagSet) {
		set.VisitAll(func(f *pflag.Flag) {
			if set.Lookup("config") != nil && !daemon.IsSetting(f.Name) && f.Value.Type() != "stringArray" && f.Value.Type() != "string" && f.Name != "help" {
				t.Errorf("%s: --%s is not among the settings that package daemon knows", name, f.Name)
			}
		})
	}
	for name, register := range map[string]func(*daemon.Flags){
		"directory-monitor": new(monitor.Settings).Flags,
		"query-parser":      new(queryparser.Settings).Flags,
		"scheduler":         new(scheduler.Settings).Flags,
		"presentation":      new(presentation.Settings).Flags,
	} {
		f := daemon.NewFlags(name)
		register(f)
		seen(name, f.Set())
	}
	var walk func(cmd *cobra.Command)
	walk = func(cmd *cobra.Command) {
		if len(cmd.Commands()) == 0 {
			seen(cmd.CommandPath(), cmd.Flags())
		}
		for _, sub := range cmd.Commands() {
			walk(sub)
		}
	}
	walk(newRoot())
}

// Scripts that mean something else than they say are refused with a hint.
func TestParseScript(t *testing.T) {
	for text, want := range map[string]string{
		"SELECT id FROM tweets\nSELECT lang FROM tweets;": "statements in a file end with ;",
		"-- NAME : foo\nSELECT id FROM tweets;":           "write it as -- name: foo",
		"  --name = foo\nSELECT id FROM tweets;":          "write it as -- name: foo",
		"SELECT id FROM tweets; DROP STREAM tweets;":      "say it with `millrace sql -c`",
	} {
		_, err := parseQueries(text)
		var at *ast.Error
		if !errors.As(err, &at) || at.Hint != want {
			t.Errorf("%q: %v, want the hint %q", text, err, want)
		}
	}
	script, err := parseScript("-- name: a\nSELECT id FROM tweets;\n-- the name of this one is long\n--name: b\r\nSELECT lang FROM tweets")
	if err != nil || len(script) != 2 || script[0].ID != "a" || script[1].ID != "b" {
		t.Errorf("%+v, %v", script, err)
	}
}

func TestTryNext(t *testing.T) {
	for listen, want := range map[string]string{
		"127.0.0.1:8080": `--wait live "SELECT`,
		"0.0.0.0:80":     `--wait live --server http://127.0.0.1:80 "SELECT`,
		"[::1]:8080":     `--server http://[::1]:8080 "`,
		":9000":          `--server http://127.0.0.1:9000 "`,
	} {
		if got := tryNext(listen); !strings.Contains(got, want) {
			t.Errorf("%s: %s", listen, got)
		}
	}
}
