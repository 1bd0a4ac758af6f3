package feed

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/millrace/millrace/services/directory-monitor/internal/progress"
)

// TestExamples reads the files that the page on formats shows, each under its
// name, and packed too, and compares what becomes of them with what it says.
func TestExamples(t *testing.T) {
	page, err := os.ReadFile("../../../../docs/formats.md")
	if err != nil {
		t.Fatal(err)
	}
	var examples []*example
	var into *string
	for line := range strings.Lines(string(page)) {
		info, fence := strings.CutPrefix(strings.TrimSpace(line), "```")
		switch {
		case !fence && into != nil:
			*into += line
		case !fence:
		case into != nil:
			into = nil
		case strings.HasSuffix(info, " documents"):
			into = &examples[len(examples)-1].documents
		case strings.HasSuffix(info, " dead letters"):
			into = &examples[len(examples)-1].letters
		default:
			fields := strings.Fields(info)
			if len(fields) < 2 {
				t.Fatalf("a block without a file's name: %q", line)
			}
			e := &example{name: fields[1]}
			if len(fields) == 4 && fields[2] == "--columns" {
				e.columns = strings.Split(fields[3], ",")
			}
			examples, into = append(examples, e), &e.content
		}
	}
	if len(examples) < 8 {
		t.Fatalf("%d examples", len(examples))
	}
	for _, e := range examples {
		for file, bytes := range packed(t, e.name, e.content) {
			path := filepath.Join(t.TempDir(), file)
			if err := os.WriteFile(path, []byte(bytes), 0o600); err != nil {
				t.Fatal(err)
			}
			var documents, letters string
			for _, item := range readAll(t, path, progress.NewTable("m"), 1<<20, func(c *Config) { c.Formats.Columns = e.columns }) {
				documents += string(item.Value)
				for _, d := range item.Dead {
					letters += fmt.Sprintf("line %d: %s\n", d.Line, d.Reason)
				}
			}
			if documents != e.documents || letters != e.letters {
				t.Errorf("%s gives\n%s%s\nthe page says\n%s%s", file, documents, letters, e.documents, e.letters)
			}
		}
	}
}

// example is a file of the page, and what it gives.
type example struct {
	name, content, documents, letters string
	columns                           []string
}
