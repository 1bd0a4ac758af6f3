package function_test

import (
	"fmt"
	"strings"

	"github.com/millrace/millrace/libs/sql/function"
)

// aggregatesIntroduction stands before the aggregates.
const aggregatesIntroduction = `
An aggregate is computed of the rows of a group: of all that WHERE keeps where there is no GROUP BY.

- Rows in which an argument is NULL do not count, unless its text says something else. Of no rows every aggregate is NULL,
  but count and approx_count_distinct, which are 0. A row in which an argument is ERROR does not reach the aggregate, and
  is counted.
- ` + "`FILTER (WHERE condition)`" + ` behind any of them has it see only the rows for which the condition is TRUE.
- ` + "`DISTINCT`" + ` before the arguments of any of them has it see every value once: exactly, up to 1,000,000 different values
  or 32 MiB of them in a group, beyond which it is an error. approx_count_distinct takes any number.
- What is constant, as the p of approx_percentile, is a literal or computed of literals.
- The same rows give the same result, whatever order they come in, however they are spread over partitions, and whatever
  other queries there are; where that holds up to something, the text says so.

`

// aggregates writes their part of the page.
func aggregates() string {
	var b strings.Builder
	for _, a := range function.Aggregates() {
		fmt.Fprintf(&b, "\n### `%s`\n\n", a.Name)
		if a.Star {
			fmt.Fprintf(&b, "    %s(*) → BIGINT\n", a.Name)
		}
		fmt.Fprintf(&b, "    %s\n\n", a.Signature())
		doc := a.Doc
		for _, more := range []string{a.Nulls, a.Bounds} {
			if more != "" {
				doc += " " + more
			}
		}
		if len(a.Aliases) > 0 {
			doc += " Also called `" + strings.Join(a.Aliases, "`, `") + "`."
		}
		b.WriteString(wrapped(doc + "\n"))
		fmt.Fprintf(&b, "\nExample: %s\n", code(a.Call))
	}
	return aggregatesIntroduction[:len(aggregatesIntroduction)-1] + b.String()
}

// aggregateNames are the names of all, as the table of contents shows them.
func aggregateNames() string {
	var names []string
	for _, a := range function.Aggregates() {
		names = append(names, "`"+a.Name+"`")
	}
	return strings.Join(names, ", ")
}
