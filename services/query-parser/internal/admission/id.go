package admission

import (
	"fmt"
	"unicode/utf8"

	"github.com/millrace/millrace/libs/sql/ast"
	"github.com/millrace/millrace/libs/submission"
	"github.com/millrace/millrace/libs/wire"
)

// idOf reads the key of a submission: the query's id, or something to call it by
// and what is wrong with it.
func idOf(key []byte) (string, *submission.Problem) {
	if key == nil {
		return "", &submission.Problem{
			Message: "the record has no key: the query's id is missing",
			Hint:    "kcat -P -t millrace.queries -K: sends what stands before the first colon as the key",
		}
	}
	id := string(key)
	if wire.ValidID(id) {
		return id, nil
	}
	shown := ast.Printable(truncate(id, 128))
	return shown, &submission.Problem{
		Message:  fmt.Sprintf("%q is no query id", shown),
		Expected: "1 to 128 letters of A-Z, a-z, 0-9, dot, underscore and hyphen",
		Found:    shown,
	}
}

// truncate cuts s to at most n bytes, between characters, and says so.
func truncate(s string, n int) string {
	if len(s) <= n {
		return s
	}
	n -= len("…")
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}
