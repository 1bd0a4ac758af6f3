package monitor

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// form is how a format has documents in a file that grows.
type form struct {
	name, head string
	write      func(w *workload, n, size int) string
}

// forms are files of the formats besides JSON lines.
func forms() []form {
	table := func(separator string) func(*workload, int, int) string {
		return func(w *workload, n, size int) string {
			var b strings.Builder
			for range n {
				pad := strings.Repeat("p", w.rnd.IntN(size))
				fmt.Fprintf(&b, "w%d%sx%s\n", w.next, separator, pad)
				w.want = append(w.want, fmt.Sprintf(`{"id":"w%d","text":"x%s"}`, w.next, pad))
				w.next++
			}
			return b.String()
		}
	}
	return []form{
		{"rows.csv", "id,text\n", func(w *workload, n, size int) string {
			var b strings.Builder
			for range n {
				pad := strings.Repeat("p", w.rnd.IntN(size))
				fmt.Fprintf(&b, "w%d,\"%s, \"\"\n%s\"\r\n", w.next, pad, pad)
				w.want = append(w.want, fmt.Sprintf(`{"id":"w%d","text":"%s, \"\n%s"}`, w.next, pad, pad))
				w.next++
			}
			return b.String()
		}},
		{"rows.tsv", "id\ttext\n", table("\t")},
		{"array.json", "[\n", func(w *workload, n, size int) string { return strings.Join(w.docs(n, size), ",\n") + ",\n" }},
		{"indented.json", "", func(w *workload, n, size int) string {
			var b bytes.Buffer
			for _, doc := range w.docs(n, size) {
				if err := json.Indent(&b, []byte(doc), "", "  "); err != nil {
					w.h.t.Fatal(err)
				}
			}
			return b.String()
		}},
		{"lines.txt", "", func(w *workload, n, size int) string {
			var b strings.Builder
			for range n {
				line := fmt.Sprintf("w%d %s", w.next, strings.Repeat("p", w.rnd.IntN(size)))
				b.WriteString(line + "\n")
				w.want = append(w.want, fmt.Sprintf(`{"text":%q}`, line))
				w.next++
			}
			return b.String()
		}},
	}
}
