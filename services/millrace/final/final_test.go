package final_test

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/millrace/millrace/libs/embedded"
	"github.com/millrace/millrace/libs/exec/merge"
	"github.com/millrace/millrace/libs/results"
	"github.com/millrace/millrace/services/millrace/final"
)

func TestMain(m *testing.M) {
	results.LogClient(slog.New(slog.DiscardHandler))
	goleak.VerifyTestMain(m)
}

// TestALogWithAGapIsNoResult: rows that the result store has lost are lost to
// whoever prints, and must not be printed as if all were there.
func TestALogWithAGapIsNoResult(t *testing.T) {
	servers, err := embedded.Start(embedded.Options{Redis: true})
	check(t, err)
	defer func() { check(t, servers.Close()) }()
	rdb := results.Connect(results.Server{Addr: servers.RedisAddr})
	defer rdb.Close()
	w := results.NewWriter(rdb, 0, 1, nil)
	_, _, err = w.Take(t.Context(), 1, results.Fence{})
	check(t, err)
	offset := int64(0)
	grow := func(gap bool, rows ...string) {
		t.Helper()
		offset++
		op := &results.Log{Target: results.Target{ID: "q", Epoch: 1}, Gap: gap}
		for i, row := range rows {
			op.Entries = append(op.Entries, results.LogRow{Offset: offset, Index: int64(i) + 1, Row: []byte(row)})
		}
		if refused, err := w.Apply(t.Context(), offset, []results.Op{op}); err != nil || len(refused) > 0 {
			t.Fatal(refused, err)
		}
	}
	q := &merge.Query{ID: "q", Epoch: 1, Rows: &merge.Rows{}}
	read := func() (string, error) {
		rows, err := final.Read(t.Context(), results.NewReader(rdb), q)
		var text []string
		for _, r := range rows {
			text = append(text, fmt.Sprintf("%s%s%s", r.Query, r.Key, r.Row))
		}
		return strings.Join(text, " "), err
	}

	grow(false, `{"n":2}`, `{"n":1}`)
	if got, err := read(); err != nil || got != `q[]{"n":1} q[]{"n":2}` {
		t.Errorf("without a gap: %s, %v", got, err)
	}
	grow(true, `{"n":3}`)
	if got, err := read(); err == nil || err.Error() != "query q: its row log has a gap: the result store lost data" || got != "" {
		t.Errorf("with a gap: %s, %v", got, err)
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
