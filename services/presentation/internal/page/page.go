// Package page holds the web page: an HTML file, a style sheet and a few
// JavaScript modules that are embedded as they are. Nothing is built, and the page
// loads nothing from anywhere else.
//
// Its main noun is the [Page], which serves the files. The page itself speaks to
// the service's HTTP interface only; schemas/openapi.yaml describes that.
//
//	p, err := page.New()
//	known := p.Serve(w, r, page.Index)
package page

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"mime"
	"net/http"
	"path"
	"slices"
	"strings"
)

// Index is the name of the page.
const Index = "index.html"

// policy lets the page load its own files and talk to the service that it is
// from, and nothing else.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

//go:embed files
var files embed.FS

// Page serves the files. It is safe for concurrent use.
type Page struct {
	files map[string]file
}

type file struct {
	body []byte
	kind string
	tag  string
}

// New reads the files.
func New() (*Page, error) {
	entries, err := files.ReadDir("files")
	if err != nil {
		return nil, fmt.Errorf("read the page: %w", err)
	}
	p := &Page{files: map[string]file{}}
	for _, e := range entries {
		body, err := files.ReadFile("files/" + e.Name())
		if err != nil {
			return nil, fmt.Errorf("read the page: %w", err)
		}
		sum := sha256.Sum256(body)
		p.files[e.Name()] = file{body: body, kind: mediaType(e.Name()), tag: `"` + hex.EncodeToString(sum[:8]) + `"`}
	}
	return p, nil
}

// mediaType names what browsers insist on by themselves: the computer's own table
// may lack it.
func mediaType(name string) string {
	switch ext := path.Ext(name); ext {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	default:
		return mime.TypeByExtension(ext)
	}
}

// Names returns the names of the files, sorted.
func (p *Page) Names() []string {
	var names []string
	for name := range p.files {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Serve answers with a file, or with 304 where the client has it. It returns false,
// and answers nothing, where there is no such file.
func (p *Page) Serve(w http.ResponseWriter, r *http.Request, name string) bool {
	f, ok := p.files[name]
	if !ok {
		return false
	}
	h := w.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-cache")
	h.Set("ETag", f.tag)
	for tag := range strings.SplitSeq(r.Header.Get("If-None-Match"), ",") {
		if strings.TrimPrefix(strings.TrimSpace(tag), "W/") == f.tag {
			w.WriteHeader(http.StatusNotModified)
			return true
		}
	}
	h.Set("Content-Type", f.kind)
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(f.body)
	return true
}
