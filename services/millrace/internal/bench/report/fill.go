package report

import (
	"fmt"
	"slices"
	"strings"
)

// begin and end are the lines that a table stands between.
func begin(name string) string { return "<!-- bench:" + name + " -->" }
func end(name string) string   { return "<!-- /bench:" + name + " -->" }

// Fill returns the document with the tables that the results have in their places,
// each below its charts in the folder charts/, and the names of the tables. A place that the document lacks is no error; a begin
// without an end is.
func (r *Results) Fill(document string) (filled string, names []string, err error) {
	charts := r.charts()
	for _, m := range makers() {
		before, rest, found := strings.Cut(document, begin(m.name)+"\n")
		if !found {
			continue
		}
		_, after, found := strings.Cut(rest, end(m.name))
		if !found {
			return "", nil, fmt.Errorf("%s has no %s", begin(m.name), end(m.name))
		}
		text := m.make(r)
		if text == "" {
			continue
		}
		for _, name := range slices.Backward(m.charts) {
			if c, ok := charts[name]; ok {
				text = fmt.Sprintf("![%s](charts/%s.svg)\n\n%s", c.title, name, text)
			}
		}
		document = before + begin(m.name) + "\n\n" + text + "\n" + end(m.name) + after
		names = append(names, m.name)
	}
	return document, names, nil
}
