package api

import (
	"mime"
	"net"
	"net/http"
	"slices"
	"strings"
)

// admit refuses requests that a page of somebody else may have sent.
func (a *API) admit(r *http.Request) error {
	if !a.knownHost(r.Host) {
		return problem(http.StatusForbidden, foreignOrigin, "The service is not called that",
			"it answers to localhost and to addresses; allow other names with --allow-host")
	}
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return nil
	}
	if err := a.origin.Check(r); err != nil || r.Header.Get("Origin") == "null" {
		return problem(http.StatusForbidden, foreignOrigin, "Requests from pages of other origins are refused",
			"this one comes from "+r.Header.Get("Origin"))
	}
	return nil
}

// admitBody refuses what changes something and does not say that it is JSON,
// which a page of somebody else cannot do without asking first.
func admitBody(r *http.Request) error {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return nil
	}
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != "application/json" {
		return problem(http.StatusUnsupportedMediaType, wrongMediaType, "The content type must be application/json",
			"requests that change something must have it, those without a body too")
	}
	return nil
}

// knownHost reports whether the name in the Host header cannot be a stranger's
// that points here.
func (a *API) knownHost(host string) bool {
	if a.cfg.AnyHost {
		return true
	}
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	name = strings.ToLower(strings.TrimSuffix(strings.Trim(name, "[]"), "."))
	return name == "localhost" || strings.HasSuffix(name, ".localhost") || net.ParseIP(name) != nil ||
		slices.ContainsFunc(a.cfg.Hosts, func(h string) bool { return strings.EqualFold(h, name) })
}
