package presentation_test

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// openapi is schemas/openapi.yaml, against which the tests hold every answer.
type openapi struct {
	doc      map[string]any
	compiler *jsonschema.Compiler

	mu       sync.Mutex
	answers  map[string]bool // METHOD PATH STATUS MEDIA that were seen
	problems map[string]bool // types of problems that were seen
}

const openapiURL = "file:///openapi.json"

func loadOpenAPI(t *testing.T) *openapi {
	t.Helper()
	text, err := os.ReadFile("../../schemas/openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	asJSON, err := yaml.YAMLToJSON(text)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(asJSON))
	if err != nil {
		t.Fatal(err)
	}
	o := &openapi{doc: doc.(map[string]any), compiler: jsonschema.NewCompiler(), answers: map[string]bool{}, problems: map[string]bool{}}
	o.compiler.DefaultDraft(jsonschema.Draft2020)
	if err := o.compiler.AddResource(openapiURL, doc); err != nil {
		t.Fatal(err)
	}
	return o
}

func at(v any, path ...string) any {
	for _, p := range path {
		m, _ := v.(map[string]any)
		v = m[p]
	}
	return v
}

// operation returns the path of the description that a request's path matches.
func (o *openapi) operation(path string) (string, bool) {
	path, _, _ = strings.Cut(path, "?")
	have := strings.Split(path, "/")
next:
	for template := range at(o.doc, "paths").(map[string]any) {
		want := strings.Split(template, "/")
		if len(want) != len(have) {
			continue
		}
		for i := range want {
			if want[i] != have[i] && !strings.HasPrefix(want[i], "{") {
				continue next
			}
		}
		return template, true
	}
	return "", false
}

// check holds an answer against the description. What is nowhere described must
// be a problem.
func (o *openapi) check(method, path string, a answer) error {
	media, _, _ := strings.Cut(a.header.Get("Content-Type"), ";")
	template, known := o.operation(path)
	o.mu.Lock()
	o.answers[fmt.Sprint(method, " ", template, " ", a.status, " ", media)] = true
	if name, ok := a.body["type"].(string); ok && media == "application/problem+json" {
		o.problems[name] = true
	}
	o.mu.Unlock()
	op := at(o.doc, "paths", template, strings.ToLower(method))
	if !known || op == nil {
		if a.status != 404 && a.status != 405 && a.status != 403 {
			return fmt.Errorf("%s %s is not described and answers %d", method, path, a.status)
		}
		return o.validate("/components/schemas/Problem", a)
	}
	pointer := "/paths/" + strings.ReplaceAll(strings.ReplaceAll(template, "~", "~0"), "/", "~1") + "/" + strings.ToLower(method) + "/responses/" + fmt.Sprint(a.status)
	resp := at(op, "responses", fmt.Sprint(a.status))
	if resp == nil {
		return fmt.Errorf("%s %s answers %d, which is not described", method, path, a.status)
	}
	if ref, ok := at(resp, "$ref").(string); ok {
		pointer = strings.TrimPrefix(ref, "#")
		resp = at(o.doc, strings.Split(pointer, "/")[1:]...)
	}
	if a.status == http.StatusNotModified {
		return nil // has no body
	}
	if at(resp, "content", media) == nil {
		return fmt.Errorf("%s %s answers %d with %s, which is not described", method, path, a.status, media)
	}
	if !strings.HasSuffix(media, "json") {
		return nil
	}
	return o.validate(pointer+"/content/"+strings.ReplaceAll(media, "/", "~1")+"/schema", a)
}

func (o *openapi) validate(pointer string, a answer) error {
	o.mu.Lock()
	schema, err := o.compiler.Compile(openapiURL + "#" + pointer)
	o.mu.Unlock()
	if err != nil {
		return err
	}
	body, err := jsonschema.UnmarshalJSON(strings.NewReader(a.text))
	if err != nil {
		return err
	}
	return schema.Validate(body)
}

// event holds a server-sent event against the schema of its name: WindowGoneEvent
// of window-gone.
func (o *openapi) event(ev sse) error {
	name := ""
	for word := range strings.SplitSeq(ev.name, "-") {
		name += strings.ToUpper(word[:1]) + word[1:]
	}
	return o.validate("/components/schemas/"+name+"Event", answer{text: ev.data})
}

// operations returns METHOD PATH of all that is described, sorted.
func (o *openapi) operations() []string {
	var all []string
	for path, item := range at(o.doc, "paths").(map[string]any) {
		for method := range item.(map[string]any) {
			if method != "parameters" {
				all = append(all, strings.ToUpper(method)+" "+path)
			}
		}
	}
	slices.Sort(all)
	return all
}

// resolve follows a reference.
func (o *openapi) resolve(v any) any {
	if ref, ok := at(v, "$ref").(string); ok {
		return at(o.doc, strings.Split(strings.TrimPrefix(ref, "#/"), "/")...)
	}
	return v
}

// parameters returns the names of an operation's query parameters, sorted.
func (o *openapi) parameters(method, path string) []string {
	list, _ := at(o.doc, "paths", path, strings.ToLower(method), "parameters").([]any)
	var names []string
	for _, p := range list {
		if p = o.resolve(p); at(p, "in") == "query" {
			names = append(names, fmt.Sprint(at(p, "name")))
		}
	}
	slices.Sort(names)
	return names
}

// described returns METHOD PATH STATUS MEDIA of every answer of an operation but
// those of defects.
func (o *openapi) described(method, path string) []string {
	var all []string
	for status, resp := range at(o.doc, "paths", path, strings.ToLower(method), "responses").(map[string]any) {
		content, _ := at(o.resolve(resp), "content").(map[string]any)
		for media := range content {
			if status != "500" {
				all = append(all, strings.Join([]string{method, path, status, media}, " "))
			}
		}
	}
	slices.Sort(all)
	return all
}
