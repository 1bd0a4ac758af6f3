package millrace_test

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/millrace/millrace/services/millrace"
	"github.com/millrace/millrace/services/millrace/final"
)

func TestBoundedRunPrintsFinalResults(t *testing.T) {
	input := filepath.Join(t.TempDir(), "in.ndjson")
	docs := `{"id":1,"created_at":"Sat Oct 01 00:00:01 +0000 2016","text":"hello gophers","lang":"en"}
{"id":2,"created_at":"Sat Oct 01 00:00:02 +0000 2016","text":"hallo","lang":"de"}
not json
{"id":3,"created_at":"Sat Oct 01 00:01:00 +0000 2016","text":"hello again","lang":"en"}
`
	if err := os.WriteFile(input, []byte(docs), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	out, err := millrace.Bounded(ctx, millrace.Job{
		Config: millrace.Config{Log: slog.New(slog.NewTextHandler(t.Output(), nil))},
		Queries: []millrace.Statement{
			{"q1", "SELECT count(*) AS n FROM tweets WHERE text CONTAINS 'hello'"},
			{"q2", "SELECT lang, count(*) AS n FROM tweets GROUP BY lang"},
			{"q3", "SELECT id, text FROM tweets WHERE lang = 'de'"},
			{"q4", "SELECT count(*) AS n FROM tweets WHERE lang = 'xx'"},
			{"q5", "SELECT lang, count(*) AS n FROM tweets GROUP BY lang ORDER BY n DESC LIMIT 1"},
			{"q6", "SELECT window_start, count(*) AS n FROM TUMBLE(tweets, created_at, INTERVAL '1' MINUTE) GROUP BY window_start EMIT FINAL"},
		},
		Inputs: []string{input},
	})
	if err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	for i := range out.Rows {
		if err := final.JSON(&got, out.Rows[i]); err != nil {
			t.Fatal(err)
		}
	}
	want := `{"query":"q1","key":[],"row":{"n":2}}
{"query":"q2","key":["de"],"row":{"lang":"de","n":1}}
{"query":"q2","key":["en"],"row":{"lang":"en","n":2}}
{"query":"q3","key":[],"row":{"id":2,"text":"hallo"}}
{"query":"q4","key":[],"row":{"n":0}}
{"query":"q5","key":["en"],"row":{"lang":"en","n":2}}
{"query":"q6","key":[],"row":{"window_start":"2016-10-01T00:00:00.000Z","n":2},"window":{"start":1475280000000,"end":1475280060000}}
{"query":"q6","key":[],"row":{"window_start":"2016-10-01T00:01:00.000Z","n":1},"window":{"start":1475280060000,"end":1475280120000}}
`
	if got.String() != want {
		t.Errorf("got\n%s\nwant\n%s", got.String(), want)
	}
	if out.Documents != 3 || out.DeadLetters != 1 {
		t.Errorf("%d documents and %d dead letters, want 3 and 1", out.Documents, out.DeadLetters)
	}
}
