package legacy

import (
	"encoding/json" // its offsets are what positions of errors are made of
	"errors"
	"strconv"
	"strings"

	"github.com/millrace/millrace/libs/sql/ast"
)

// value is a JSON value with its place.
type value struct {
	at      ast.Pos
	path    string // select.field, where._and[1].text._eq
	kind    kind
	text    string // of a string or number
	truth   bool
	items   []*value
	members []member
}

type member struct {
	at    ast.Pos // of the key
	key   string
	value *value
}

type kind uint8

const (
	null kind = iota
	boolean
	number
	text
	list
	object
)

func (k kind) String() string {
	return [...]string{"null", "a boolean", "a number", "a string", "a list", "an object"}[k]
}

// maxDepth bounds how deep values nest.
const maxDepth = 200

// reader builds the tree of one document.
type reader struct {
	src string
	dec *json.Decoder
}

// parse reads the whole of src.
func parse(src string) (*value, *ast.Error) {
	if err := checkSyntax(src); err != nil {
		return nil, err
	}
	dec := json.NewDecoder(strings.NewReader(src))
	dec.UseNumber()
	return (&reader{src: src, dec: dec}).value("", 0)
}

// checkSyntax finds the place where src stops being one JSON value. A decoder
// that reads token by token does not know it.
func checkSyntax(src string) *ast.Error {
	err := json.Unmarshal([]byte(src), new(json.RawMessage))
	var syntax *json.SyntaxError
	switch {
	case err == nil:
		return nil
	case !errors.As(err, &syntax), strings.HasPrefix(syntax.Error(), "unexpected end"):
		return ast.NewError(src, ast.Pos(len(src)), "not JSON: it ends too early")
	}
	at := ast.Pos(max(0, syntax.Offset-1))
	if strings.HasSuffix(syntax.Error(), "after top-level value") {
		return ast.NewError(src, at, "something follows the JSON object")
	}
	return ast.NewError(src, at, "not JSON: "+syntax.Error())
}

// next returns where the next token begins.
func (r *reader) next() ast.Pos {
	at := int(r.dec.InputOffset())
	for at < len(r.src) && strings.IndexByte(" \t\r\n:,", r.src[at]) >= 0 {
		at++
	}
	return ast.Pos(at)
}

func (r *reader) token() (json.Token, *ast.Error) {
	t, err := r.dec.Token()
	if err != nil {
		return nil, ast.NewError(r.src, r.next(), "not JSON: "+err.Error())
	}
	return t, nil
}

func (r *reader) value(path string, depth int) (*value, *ast.Error) {
	v := &value{at: r.next(), path: path}
	if depth > maxDepth {
		return nil, ast.NewError(r.src, v.at, "more than "+strconv.Itoa(maxDepth)+" objects and lists within each other")
	}
	t, err := r.token()
	if err != nil {
		return nil, err
	}
	switch t := t.(type) {
	case bool:
		v.kind, v.truth = boolean, t
	case json.Number:
		v.kind, v.text = number, t.String()
	case string:
		v.kind, v.text = text, t
	case json.Delim:
		if t == '[' {
			return v, r.list(v, depth)
		}
		return v, r.object(v, depth)
	}
	return v, nil
}

func (r *reader) list(v *value, depth int) *ast.Error {
	v.kind = list
	for r.dec.More() {
		item, err := r.value(v.path+"["+strconv.Itoa(len(v.items))+"]", depth+1)
		if err != nil {
			return err
		}
		v.items = append(v.items, item)
	}
	_, err := r.token()
	return err
}

func (r *reader) object(v *value, depth int) *ast.Error {
	v.kind = object
	for r.dec.More() {
		at := r.next()
		t, err := r.token()
		if err != nil {
			return err
		}
		key, _ := t.(string) // the decoder lets nothing else stand here
		path := join(v.path, key)
		for _, m := range v.members {
			if m.key == key {
				return ast.NewError(r.src, at, path+": given twice")
			}
		}
		item, err := r.value(path, depth+1)
		if err != nil {
			return err
		}
		v.members = append(v.members, member{at: at, key: key, value: item})
	}
	_, err := r.token()
	return err
}

// join writes the path of an object's entry.
func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
