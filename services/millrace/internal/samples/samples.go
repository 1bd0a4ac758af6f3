// Package samples holds the standing queries of `millrace demo`: samples.sql, which
// is for people to read.
//
// Its main noun is the [Sample], a query with whom it belongs to. It does not
// know whether a query is valid; its tests do.
//
//	all, err := samples.All()
package samples

import (
	_ "embed"
	"fmt"
	"strings"

	"github.com/millrace/millrace/libs/sql/parser"
)

//go:embed samples.sql
var script string

// Sample is a query of the file.
type Sample struct {
	ID     string
	SQL    string
	Owner  string
	Labels map[string]string
}

// All returns the queries in their order.
func All() ([]Sample, error) {
	stmts, err := parser.ParseScript(script)
	if err != nil {
		return nil, fmt.Errorf("sample queries: %w", err)
	}
	all := make([]Sample, len(stmts))
	var of Sample
	from := 0
	for i, st := range stmts {
		if st.Command != nil {
			return nil, fmt.Errorf("sample queries: %s is no query", st.Command.Verb())
		}
		if err := heading(script[from:st.Offset], &of); err != nil {
			return nil, fmt.Errorf("sample queries, before %s: %w", st.ID, err)
		}
		from = int(st.Offset)
		all[i] = Sample{ID: st.ID, SQL: st.SQL, Owner: of.Owner, Labels: of.Labels}
	}
	return all, nil
}

// heading reads the comments that say whom the queries below belong to.
func heading(text string, into *Sample) error {
	for line := range strings.Lines(text) {
		if owner, ok := strings.CutPrefix(line, "-- owner: "); ok {
			into.Owner = strings.TrimSpace(owner)
		}
		if labels, ok := strings.CutPrefix(line, "-- labels: "); ok {
			into.Labels = map[string]string{}
			for _, l := range strings.Fields(labels) {
				name, value, ok := strings.Cut(l, "=")
				if !ok {
					return fmt.Errorf("label %q: expected NAME=VALUE", l)
				}
				into.Labels[name] = value
			}
		}
	}
	return nil
}
