package submission

import (
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"

	"github.com/millrace/millrace/libs/sql/ast"
	"github.com/millrace/millrace/libs/wire"
)

// viewOptions are the options of CREATE MATERIALIZED VIEW, besides labels.NAME.
func viewOptions() []string {
	return []string{"start", "owner", "history", "retention", "grace", "max_groups", "max_rows_per_second", "max_result_bytes", "max_state_bytes"}
}

const labelPrefix = "labels."

// Options puts the options of a CREATE MATERIALIZED VIEW, whose text is that of the
// submission, into it. Errors are [*ast.Error]s.
func Options(sub *wire.Submission, view *ast.CreateMaterializedView) error {
	for i := range view.Options {
		if err := viewOption(sub, &view.Options[i]); err != nil {
			return err
		}
	}
	return nil
}

// command returns the query of a statement other than SELECT, and puts what it says of
// it into the submission.
func command(sub *wire.Submission, cmd ast.Command) (*ast.Statement, *ast.Error) {
	view, ok := cmd.(*ast.CreateMaterializedView)
	if !ok {
		return nil, notStanding(sub.SQL, cmd)
	}
	sub.Labels = maps.Clone(sub.Labels)
	for i := range view.Options {
		if err := viewOption(sub, &view.Options[i]); err != nil {
			return nil, err
		}
	}
	return view.Query, nil
}

// notStanding refuses what is no query.
func notStanding(src string, cmd ast.Command) *ast.Error {
	err := ast.NewError(src, cmd.Pos(), cmd.Verb()+" is no standing query").WithCode(ast.CodeUnsupported)
	switch cmd.(type) {
	case *ast.Show, *ast.Describe:
		return err.WithHint("ask with `millrace sql -c`, or over HTTP with POST /v1/sql")
	}
	return err.WithHint("say it with `millrace sql -c`, or over HTTP with POST /v1/sql")
}

// viewOption takes one option over.
func viewOption(sub *wire.Submission, o *ast.Option) *ast.Error {
	fail := func(at ast.Pos, format string, args ...any) *ast.Error {
		return ast.NewError(sub.SQL, at, fmt.Sprintf(format, args...)).WithCode(ast.CodeValue)
	}
	name := o.Name.String()
	text, isText := o.Value.(*ast.StringLit)
	twice := false
	number := func(into *int64) *ast.Error {
		twice = *into != 0
		lit, ok := o.Value.(*ast.NumberLit)
		if !ok {
			return fail(o.Value.Pos(), "%s is a whole number, not %s", name, o.Value).WithHint("for example %s = 1000", name)
		}
		n, err := strconv.ParseInt(lit.Text, 10, 64)
		if err != nil || n < 1 {
			return fail(lit.At, "%s is a whole number, at least 1, not %s", name, o.Value)
		}
		*into = n
		return nil
	}
	duration := func(into *wire.Duration) *ast.Error {
		twice = *into != 0
		d, err := time.Duration(0), error(nil)
		if isText {
			d, err = time.ParseDuration(text.Value)
		}
		if !isText || err != nil || d <= 0 {
			return fail(o.Value.Pos(), "%s is a duration longer than 0s, not %s", name, o.Value).WithHint("for example %s = '1h30m'", name)
		}
		*into = wire.Duration(d)
		return nil
	}
	var err *ast.Error
	switch label, isLabel := strings.CutPrefix(name, labelPrefix); {
	case isLabel || name == "owner":
		if !isText {
			return fail(o.Value.Pos(), "%s is a text, not %s", name, o.Value).WithHint("write %s = '%s'", name, o.Value)
		}
		if !isLabel {
			twice, sub.Owner = sub.Owner != "", text.Value
			break
		}
		if _, twice = sub.Labels[label]; !twice {
			if sub.Labels == nil {
				sub.Labels = map[string]string{}
			}
			sub.Labels[label] = text.Value
		}
	case name == "start":
		if !isText || !strings.EqualFold(text.Value, "latest") {
			return fail(o.Value.Pos(), "start %s is not supported yet: a query starts at 'latest'", o.Value).
				WithCode(ast.CodeUnsupported).WithHint("leave it out")
		}
	case name == "history":
		b, ok := o.Value.(*ast.BoolLit)
		if !ok {
			return fail(o.Value.Pos(), "history is TRUE or FALSE, not %s", o.Value)
		}
		sub.Options.History = b.Value
	case name == "retention":
		err = duration(&sub.Options.Retention)
	case name == "grace":
		if err = duration(&sub.Options.Grace); err == nil {
			if p := unsupported(wire.Options{Grace: sub.Options.Grace}); p != nil {
				return fail(o.Name.Pos(), "%s", p.Message).WithCode(ast.CodeUnsupported).WithHint("%s", p.Hint)
			}
		}
	case name == "max_groups":
		err = number(&sub.Options.MaxGroups)
	case name == "max_rows_per_second":
		err = number(&sub.Options.MaxRowsPerSecond)
	case name == "max_result_bytes":
		err = number(&sub.Options.MaxResultBytes)
	case name == "max_state_bytes":
		err = number(&sub.Options.MaxStateBytes)
	default:
		err := fail(o.Name.Pos(), "CREATE MATERIALIZED VIEW has no option %s", name).WithCode(ast.CodeSyntax)
		err.Expected, err.Found = strings.Join(append(viewOptions(), labelPrefix+"NAME"), ", "), name
		if near, ok := ast.Nearest(name, viewOptions()); ok {
			return err.WithHint("did you mean %s?", near)
		}
		return err.WithHint("options: %s", err.Expected)
	}
	if err == nil && twice {
		return fail(o.Name.Pos(), "%s is given beside the statement, too", name).WithHint("say it once")
	}
	return err
}
