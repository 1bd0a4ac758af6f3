package api_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/millrace/millrace/libs/explain"
	"github.com/millrace/millrace/libs/sql/catalog"
	"github.com/millrace/millrace/services/presentation/internal/api"
	"github.com/millrace/millrace/services/presentation/internal/directory"
)

// stuck is a response that its client does not read.
type stuck struct {
	*httptest.ResponseRecorder
	writing chan struct{} // closed when it is written
	read    chan struct{}
}

func (s *stuck) Write(p []byte) (int, error) {
	select {
	case <-s.writing:
	default:
		close(s.writing)
	}
	<-s.read
	return s.ResponseRecorder.Write(p)
}

// The whole plan is told to one client after the other, and who gives up while
// waiting takes nobody's turn.
func TestPlanIsToldOneByOne(t *testing.T) {
	c, err := catalog.Default()
	if err != nil {
		t.Fatal(err)
	}
	a := api.New(api.Config{
		Directory: directory.Planning(c, explain.New), Log: slog.New(slog.DiscardHandler),
	})
	ask := func(ctx context.Context, w http.ResponseWriter) {
		a.ServeHTTP(w, httptest.NewRequestWithContext(ctx, http.MethodGet, "http://localhost/v1/plan", nil))
	}
	first := &stuck{httptest.NewRecorder(), make(chan struct{}), make(chan struct{})}
	told := make(chan struct{})
	go func() {
		defer close(told)
		ask(t.Context(), first)
	}()
	<-first.writing

	gone, cancel := context.WithCancel(t.Context())
	cancel()
	second := httptest.NewRecorder()
	if ask(gone, second); second.Code == http.StatusOK {
		t.Error("a second plan was told beside the first")
	}
	close(first.read)
	<-told
	third := httptest.NewRecorder()
	if ask(t.Context(), third); third.Code != http.StatusOK || third.Body.String() != first.Body.String() {
		t.Errorf("then: %d %s", third.Code, third.Body)
	}
}
