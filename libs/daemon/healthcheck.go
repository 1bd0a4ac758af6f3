package daemon

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// Healthcheck asks the program that listens on address for its /healthz: whether
// it lives. It fails if there is no good answer within five seconds.
func Healthcheck(ctx context.Context, address string) error { return ask(ctx, address, "/healthz") }

// Readycheck is [Healthcheck] of /readyz: whether the program can do its work.
func Readycheck(ctx context.Context, address string) error { return ask(ctx, address, "/readyz") }

func ask(ctx context.Context, address, path string) error {
	if err := checkAddress("--listen", address); err != nil {
		return err
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	if ip := net.ParseIP(host); host == "" || (ip != nil && ip.IsUnspecified()) {
		host = "127.0.0.1"
		if ip != nil && ip.To4() == nil {
			host = "::1"
		}
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	url := "http://" + net.JoinHostPort(host, port) + path
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return fmt.Errorf("healthcheck: %w", err)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(request)
	if err != nil {
		return fmt.Errorf("healthcheck: no answer (is the program running, and with this --listen?): %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		body, _ := io.ReadAll(io.LimitReader(response.Body, 4096))
		return fmt.Errorf("healthcheck: %s answered %s: %s", url, response.Status, bytes.TrimSpace(body))
	}
	return nil
}
