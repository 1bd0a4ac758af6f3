package presentation_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/millrace/millrace/services/presentation"
)

// TestAQueryMustFitTheRegistry: what query-parser could not register is refused at
// once, and nothing is submitted.
func TestAQueryMustFitTheRegistry(t *testing.T) {
	h := openWith(t, "", func(c *presentation.Config) { c.Kafka.MaxRecordBytes = 8 << 10 })
	sql := func(n int) string {
		return `{"sql":"SELECT count(*) FROM tweets WHERE lang = '` + strings.Repeat("x", n) + `'"}`
	}
	for _, path := range []string{"/v1/queries/large", "/v1/queries"} {
		method := http.MethodPut
		if path == "/v1/queries" {
			method = http.MethodPost
		}
		a := h.do(method, path, sql(4<<10))
		if a.status != 422 || !strings.Contains(a.text, "in the registry, more than 4096") || !strings.Contains(a.text, "split it into several queries") {
			t.Errorf("%s %s: %d %s", method, path, a.status, a.text)
		}
	}
	if a := h.get("/v1/queries/large"); a.status != 404 {
		t.Errorf("a query that was refused: %d %s", a.status, a.text)
	}
	if a := h.do(http.MethodPut, "/v1/queries/small", sql(100)); a.status != 202 {
		t.Errorf("a small one: %d %s", a.status, a.text)
	}
	if rec := h.next(); string(rec.Key) != "small" || rec.Offset != 0 {
		t.Errorf("the first submission is that of %s at %d", rec.Key, rec.Offset)
	}
}
