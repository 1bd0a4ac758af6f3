package cli

import (
	"bytes"
	"net"
	"net/http"
	"strings"
	"testing"
)

func TestHealthcheck(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/healthz", func(http.ResponseWriter, *http.Request) {})
	server := &http.Server{Handler: mux}
	done := make(chan struct{})
	go func() { defer close(done); _ = server.Serve(ln) }()
	ask := func() (int, string) {
		var out bytes.Buffer
		code := Main([]string{"healthcheck", "--listen", ln.Addr().String()}, &out, &out)
		return code, out.String()
	}
	if code, text := ask(); code != 0 {
		t.Errorf("exit %d: %s", code, text)
	}
	_ = server.Close()
	<-done
	if code, text := ask(); code != 1 || !strings.Contains(text, "no answer") {
		t.Errorf("nobody there: exit %d: %s", code, text)
	}
}
