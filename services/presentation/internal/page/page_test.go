package page_test

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/millrace/millrace/services/presentation/internal/page"
)

func serve(t *testing.T, name string, header ...string) (*http.Response, string, bool) {
	t.Helper()
	p, err := page.New()
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	if len(header) > 0 {
		r.Header.Set(header[0], header[1])
	}
	w := httptest.NewRecorder()
	known := p.Serve(w, r, name)
	return w.Result(), w.Body.String(), known
}

func TestServe(t *testing.T) {
	p, err := page.New()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range p.Names() {
		resp, body, known := serve(t, name)
		if !known || resp.StatusCode != http.StatusOK || body == "" {
			t.Errorf("%s: %d", name, resp.StatusCode)
		}
		kind := map[string]string{"html": "text/html; charset=utf-8", "css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}
		if want := kind[name[strings.LastIndex(name, ".")+1:]]; resp.Header.Get("Content-Type") != want {
			t.Errorf("%s is %s, want %s", name, resp.Header.Get("Content-Type"), want)
		}
		if csp := resp.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
			t.Errorf("%s: policy %q", name, csp)
		}
		tag := resp.Header.Get("ETag")
		for _, have := range []string{tag, "W/" + tag, `"x", ` + tag} {
			if resp, body, _ := serve(t, name, "If-None-Match", have); resp.StatusCode != http.StatusNotModified || body != "" {
				t.Errorf("%s: %d to one who has %s", name, resp.StatusCode, have)
			}
		}
		if resp, _, _ := serve(t, name, "If-None-Match", `"other"`); resp.StatusCode != http.StatusOK {
			t.Errorf("%s: %d to one who has another", name, resp.StatusCode)
		}
	}
	for _, name := range []string{"", "nothing.js", "../page.go", "files"} {
		if _, _, known := serve(t, name); known {
			t.Errorf("there is a file %q", name)
		}
	}
}

// The policy forbids what is inline; markup made from text would be a hole; and
// nothing comes from elsewhere.
func TestFilesKeepThePolicy(t *testing.T) {
	p, err := page.New()
	if err != nil {
		t.Fatal(err)
	}
	names := p.Names()
	for _, name := range names {
		_, body, _ := serve(t, name)
		for _, bad := range []string{"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "alert(", "confirm(", "//cdn", "@import"} {
			if strings.Contains(body, bad) {
				t.Errorf("%s has %s", name, bad)
			}
		}
		if away := regexp.MustCompile(`(?:src|href|from|url\()\s*=?\s*["'(]?\s*https?:`).FindString(body); away != "" {
			t.Errorf("%s loads from elsewhere: %s", name, away)
		}
		if strings.HasSuffix(name, ".html") {
			if bad := regexp.MustCompile(`<script(?:\s[^>]*)?>[^<]|<style|\sstyle=|\son[a-z]+=`).FindString(body); bad != "" {
				t.Errorf("%s has something inline: %s", name, bad)
			}
		}
		for _, m := range regexp.MustCompile(`(?:from|import)\s+"\./([^"]+)"|/page/([a-z-]+\.[a-z]+)`).FindAllStringSubmatch(body, -1) {
			if want := m[1] + m[2]; !slices.Contains(names, want) {
				t.Errorf("%s wants %s, which there is not", name, want)
			}
		}
	}
}
