package function_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/millrace/millrace/libs/sql/function"
)

var rewrite = flag.Bool("rewrite", false, "write docs/sql-functions.md anew")

// referencePage is made of the table of functions.
const referencePage = "../../../docs/sql-functions.md"

// TestReference: the page of all functions is what the table says. With -rewrite
// it is written.
func TestReference(t *testing.T) {
	want := reference()
	if *rewrite {
		if err := os.WriteFile(referencePage, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(referencePage)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s is out of date: run go test ./libs/sql/function -rewrite", referencePage)
	}
}

// introduction stands at the beginning of the page.
const introduction = `# Functions

Every function and operator, with the types that it takes, what it means, and examples, each of which a test evaluates.
This page is made of the table in the code: ` + "`go test ./libs/sql/function -rewrite`" + `. Some of it cannot be written in a
query yet: [sql.md](sql.md#not-yet) says what is refused.

- A function is NULL where an argument is, unless its text says something else.
- Where it says error, the value is ERROR: the row is counted and not kept ([sql.md](sql.md#null-and-error)).
- Positions and lengths of text count code points, positions begin with 1. Names of functions may be written in small and
  capital letters.
- Times are UTC. A day has 24 hours.
- A result of more than 1 MiB of text or 65,536 elements is an error.
- In the types, T and E stand for any type, the same wherever they are in one line; COMPARABLE is every type but ARRAY and
  JSON, and the arguments must compare with each other. What is in brackets may be left out, and what is before dots may
  be repeated.

`

// reference writes the page.
func reference() string {
	var b strings.Builder
	sections := sectionsOf(function.Scalars())
	for _, s := range sections {
		fmt.Fprintf(&b, "- [%s](#%s)", s.name, anchor(string(s.name)))
		if s.name != function.Casting {
			var names []string
			for _, f := range s.functions {
				names = append(names, "`"+title(f)+"`")
			}
			b.WriteString(": " + strings.Join(names, ", "))
		}
		b.WriteByte('\n')
	}
	fmt.Fprintf(&b, "- [Aggregates](#aggregates): %s\n", aggregateNames())
	out := introduction + wrapped(b.String())
	for _, s := range sections {
		out += "\n## " + string(s.name) + "\n"
		if s.name == function.Casting {
			out += casts()
			continue
		}
		for _, f := range s.functions {
			out += entry(f)
		}
	}
	return out + "\n## Aggregates\n" + aggregates()
}

type section struct {
	name      function.Section
	functions []function.Scalar
}

func sectionsOf(fs []function.Scalar) []section {
	order := []function.Section{
		function.Logic, function.Conditional, function.Arithmetic, function.Numbers, function.Strings, function.Regular,
		function.Times, function.Arrays, function.Documents, function.Posts, function.Casting,
	}
	sections := make([]section, len(order))
	for i, name := range order {
		sections[i].name = name
		for _, f := range fs {
			if f.Section == name {
				sections[i].functions = append(sections[i].functions, f)
			}
		}
	}
	return sections
}

func anchor(heading string) string {
	return strings.ReplaceAll(strings.ToLower(heading), " ", "-")
}

// title is how a function is called in short.
func title(f function.Scalar) string {
	if f.SQL != "" {
		return f.SQL
	}
	return f.Name
}

func entry(f function.Scalar) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n### `%s`\n\n", title(f))
	for _, s := range f.Signatures() {
		if f.SQL != "" {
			s = strings.TrimPrefix(s, f.SQL+" ")
		}
		fmt.Fprintf(&b, "    %s\n", s)
	}
	doc := f.Doc
	if len(f.Aliases) > 0 && f.SQL == "" {
		doc += " Also called `" + strings.Join(f.Aliases, "`, `") + "`."
	}
	b.WriteString("\n" + wrapped(doc+"\n"))
	b.WriteString("\n| example | value |\n| --- | --- |\n")
	for _, e := range f.Examples {
		value := "`" + cell(e.Want) + "`"
		if cause, ok := strings.CutPrefix(e.Want, "ERROR: "); ok {
			value = "error: " + cell(cause)
		}
		fmt.Fprintf(&b, "| %s | %s |\n", code(cell(f.ExampleSQL(e))), value)
	}
	return b.String()
}

// cell escapes what would end a cell of a table.
func cell(s string) string { return strings.NewReplacer("|", `\|`, "\n", " ").Replace(s) }

// code puts text between backquotes.
func code(s string) string {
	if strings.Contains(s, "`") {
		return "`` " + s + " ``"
	}
	return "`" + s + "`"
}

// casts writes the table of conversions.
func casts() string {
	var b strings.Builder
	b.WriteString("\n" + wrapped("`CAST(value AS type)` and `value::type` are an error where the value has no counterpart of the type; `TRY_CAST(value AS type)` is NULL there. "+
		"What is implicit happens without a cast where a type wants it: BIGINT becomes DOUBLE, DATE becomes TIMESTAMP, and NULL every type. A text in quotes beside a TIMESTAMP, DATE, INTERVAL or JSON is read as one.\n"))
	b.WriteString("\n| to | from | value | |\n| --- | --- | --- | --- |\n")
	for _, c := range function.Casts() {
		if c.From.Equal(c.To) {
			continue
		}
		var notes []string
		if c.Implicit {
			notes = append(notes, "implicit")
		}
		if c.Fails {
			notes = append(notes, "may be an error")
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", c.To, c.From, cell(c.Doc), strings.Join(notes, ", "))
	}
	b.WriteString("\n" + wrapped("An array is cast element by element, to VARCHAR as results show it (`[\"a\",null]`), and to JSON. A JSON array becomes an array of any of these types, its strings read as `->>` reads them and null as NULL.\n"))
	return b.String()
}

// wrapped breaks lines at 120 characters; lines of a list are indented.
func wrapped(text string) string {
	const most = 120
	var b strings.Builder
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		indent := ""
		if strings.HasPrefix(line, "- ") {
			indent = "  "
		}
		width := 0
		for i, w := range strings.Split(line, " ") {
			n := utf8.RuneCountInString(w)
			switch {
			case i == 0:
			case width+1+n > most:
				b.WriteString("\n" + indent)
				width = len(indent)
			default:
				b.WriteByte(' ')
				width++
			}
			b.WriteString(w)
			width += n
		}
		b.WriteByte('\n')
	}
	return b.String()
}
