// Package api is the HTTP interface of Millrace: submit, list, show, explain,
// read, follow and drop standing queries. schemas/openapi.yaml describes it.
//
// Its main noun is the [API], an http.Handler over what it is given: a directory
// of queries, the results in Redis, what checks submissions, and a way to submit.
// It keeps no state of its own.
//
// Errors are problem+json (RFC 9457). Requests that change something must have
// the content type application/json and must not come from a page of another
// origin.
//
//	handler := api.New(api.Config{Directory: dir, Results: reader, Submit: submit, Checker: checker})
package api
