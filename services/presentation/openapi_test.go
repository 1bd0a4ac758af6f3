package presentation_test

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// openapi is schemas/openapi.yaml, against which the tests hold every answer.
type openapi struct {
	doc      map[string]any
	compiler *jsonschema.Compiler
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
	o := &openapi{doc: doc.(map[string]any), compiler: jsonschema.NewCompiler()}
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
	if at(resp, "content", media) == nil {
		return fmt.Errorf("%s %s answers %d with %s, which is not described", method, path, a.status, media)
	}
	if !strings.HasSuffix(media, "json") {
		return nil
	}
	return o.validate(pointer+"/content/"+strings.ReplaceAll(media, "/", "~1")+"/schema", a)
}

func (o *openapi) validate(pointer string, a answer) error {
	schema, err := o.compiler.Compile(openapiURL + "#" + pointer)
	if err != nil {
		return err
	}
	body, err := jsonschema.UnmarshalJSON(strings.NewReader(a.text))
	if err != nil {
		return err
	}
	return schema.Validate(body)
}

// TestOpenAPI compiles every schema of the description, and asks the service for
// every operation, with nothing given: none may be unknown.
func TestOpenAPI(t *testing.T) {
	h := open(t)
	for name := range at(h.openapi.doc, "components", "schemas").(map[string]any) {
		if _, err := h.openapi.compiler.Compile(openapiURL + "#/components/schemas/" + name); err != nil {
			t.Error(err)
		}
	}
	operations := map[string]bool{}
	for template, item := range at(h.openapi.doc, "paths").(map[string]any) {
		for method, op := range item.(map[string]any) {
			if method == "parameters" {
				continue
			}
			id := fmt.Sprint(at(op, "operationId"))
			if operations[id] {
				t.Errorf("operation %s is there twice", id)
			}
			operations[id] = true
			path := strings.ReplaceAll(template, "{id}", "nobody")
			a := h.do(strings.ToUpper(method), path, "")
			if a.status == 405 || a.status == 404 && !strings.Contains(fmt.Sprint(a.body["detail"]), "nobody") {
				t.Errorf("%s %s is described and not there: %d", method, path, a.status)
			}
		}
	}
}
