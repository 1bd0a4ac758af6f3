package cli

import (
	"errors"
	"regexp"
	"strings"

	"github.com/millrace/millrace/libs/daemon"
	"github.com/millrace/millrace/libs/sql/ast"
	"github.com/millrace/millrace/libs/sql/parser"
)

// nearlyName matches a comment that is meant to name a query and does not:
// -- NAME : foo.
var nearlyName = regexp.MustCompile(`(?im)^([ \t]*)--[ \t]*name[ \t]*[:=][ \t]*(\S+)[ \t]*\r?$`)

// exactName matches one that does.
var exactName = regexp.MustCompile(`^[ \t]*--[ \t]*name:`)

// parseScript reads a file of statements. It refuses comments that are almost
// names of queries, which would be ignored in silence, and says where a semicolon
// may be missing.
func parseScript(text string) ([]parser.ScriptStatement, error) {
	for _, m := range nearlyName.FindAllStringSubmatchIndex(text, -1) {
		if line := text[m[0]:m[1]]; !exactName.MatchString(line) {
			return nil, ast.NewError(text, ast.Pos(m[3]), "this comment does not name the query").
				WithHint("write it as -- name: %s", text[m[4]:m[5]])
		}
	}
	script, err := parser.ParseScript(text)
	var at *ast.Error
	if errors.As(err, &at) && at.Hint == "" && strings.EqualFold(wordAt(text, int(at.Pos)), "SELECT") {
		err = at.WithHint("statements in a file end with ;")
	}
	if err != nil {
		return nil, err
	}
	return script, nil
}

// parseQueries is [parseScript] of a file that holds nothing but queries.
func parseQueries(text string) ([]parser.ScriptStatement, error) {
	script, err := parseScript(text)
	if err != nil {
		return nil, err
	}
	for _, st := range script {
		if _, query := st.Command.(*ast.CreateMaterializedView); st.Command != nil && !query {
			return nil, ast.NewError(text, st.Offset, st.Command.Verb()+" is no query").WithCode(ast.CodeUnsupported).
				WithHint("say it with `millrace sql -c`")
		}
	}
	return script, nil
}

// fileError is an error in a file of statements.
type fileError struct {
	path string
	err  error
}

func (e *fileError) Error() string { return e.path + ": " + e.err.Error() }
func (e *fileError) Unwrap() error { return e.err }

// wordAt returns the letters that begin at a place.
func wordAt(text string, at int) string {
	if at < 0 || at > len(text) {
		return ""
	}
	rest := text[at:]
	end := strings.IndexFunc(rest, func(r rune) bool { return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') })
	if end < 0 {
		return rest
	}
	return rest[:end]
}

// oneStatement refuses several statements where one belongs. What is wrong with
// its text is found later, and told better.
func oneStatement(sql, where, todo string) error {
	if script, err := parser.ParseScript(sql); err == nil && len(script) > 1 {
		return daemon.Usagef("%s holds %d statements: %s", where, len(script), todo)
	}
	return nil
}
