package api

import (
	"net/http"
	"strings"

	"github.com/millrace/millrace/schemas"
	"github.com/millrace/millrace/services/presentation/internal/page"
)

// index serves the web page.
func (a *API) index(w http.ResponseWriter, r *http.Request) error {
	return a.serve(w, r, page.Index)
}

// file serves what the page loads.
func (a *API) file(w http.ResponseWriter, r *http.Request) error {
	return a.serve(w, r, r.PathValue("file"))
}

func (a *API) serve(w http.ResponseWriter, r *http.Request, name string) error {
	if a.cfg.Page == nil || !a.cfg.Page.Serve(w, r, name) {
		return problem(http.StatusNotFound, notFound, "There is nothing here", "the page has no such file")
	}
	return nil
}

// description serves a description of the interfaces.
func (a *API) description(w http.ResponseWriter, r *http.Request) error {
	text, err := schemas.Description(strings.TrimPrefix(r.URL.Path, "/"))
	if err != nil {
		return err
	}
	plain(w, "application/yaml", text)
	return nil
}

// message serves the schema of a message, where asyncapi.yaml refers to it.
func (a *API) message(w http.ResponseWriter, r *http.Request) error {
	name, _ := strings.CutSuffix(r.PathValue("file"), ".json")
	text, err := schemas.Message(name)
	if err != nil {
		return problem(http.StatusNotFound, notFound, "There is nothing here", "the messages are those that asyncapi.yaml names")
	}
	plain(w, "application/schema+json", text)
	return nil
}

func plain(w http.ResponseWriter, contentType string, text []byte) {
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(text)
}
